//! What a connection has done so far.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Client;

/// Counts of one [`Client`]'s messages since it connected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Calls sent, each counted once.
    pub calls: u64,
    /// Messages sent again because no reply had come (UDP).
    pub retransmissions: u64,
    /// Replies to calls that nobody waits for any more, or ever did: late ones, second ones, forgeries.
    pub strays: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    calls: AtomicU64,
    retransmissions: AtomicU64,
    strays: AtomicU64,
}

impl Counters {
    pub(super) fn call(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn retransmission(&self) {
        self.retransmissions.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn stray(&self) {
        self.strays.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> Stats {
        Stats {
            calls: self.calls.load(Ordering::Relaxed),
            retransmissions: self.retransmissions.load(Ordering::Relaxed),
            strays: self.strays.load(Ordering::Relaxed),
        }
    }
}

impl Client {
    /// What this connection has done so far; a connection made anew starts at nothing.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.connection.current().counters.read()
    }
}
