//! What of the protocol needs neither sockets nor threads.

#[path = "../common/mod.rs"]
mod common;

mod duplicates;
mod headers;
mod records;
mod schedule;
