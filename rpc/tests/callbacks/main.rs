//! Calls of the server to its callers, over their own connections.

#[path = "../common/mod.rs"]
mod common;

mod callers;
mod guests;
mod visits;
