//! The client: its calls, how they end, and the connections they go over.

#[path = "../common/mod.rs"]
mod common;

mod bounds;
mod broadcast;
mod calls;
mod cancel;
mod connection;
mod counts;
mod fallback;
mod outgoing;
mod panics;
mod pending;
mod prompt;
mod queued;
mod reconnect;
mod resend;
mod stuck;
mod tries;
mod waits;
mod within;
