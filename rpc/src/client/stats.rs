//! What a connection has done so far.

use std::{
    iter::Sum,
    sync::atomic::{AtomicU64, Ordering},
};

use super::Client;

/// Counts of one [`Client`]'s messages since it connected, those over TCP to which it fell back among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Calls sent, each counted once.
    pub calls: u64,
    /// Messages sent again because no reply had come (UDP).
    pub retransmissions: u64,
    /// Replies that came when nobody waited for them any more: the call had been given up, or it had been sent again and
    /// another copy was answered first. Many of them say that its time is too short, or `retransmit` too soon.
    pub late: u64,
    /// Other replies that nobody waits for: forgeries, second ones to a call that was sent once, any to a call that was
    /// sent one way, and late ones to a call of long ago (the last 256 are known).
    pub strays: u64,
}

impl Sum for Stats {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            calls: sum.calls.saturating_add(one.calls),
            retransmissions: sum.retransmissions.saturating_add(one.retransmissions),
            late: sum.late.saturating_add(one.late),
            strays: sum.strays.saturating_add(one.strays),
        })
    }
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    calls: AtomicU64,
    retransmissions: AtomicU64,
    late: AtomicU64,
    strays: AtomicU64,
}

impl Counters {
    pub(super) fn call(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn retransmission(&self) {
        self.retransmissions.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn late(&self) {
        self.late.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn stray(&self) {
        self.strays.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> Stats {
        Stats {
            calls: self.calls.load(Ordering::Relaxed),
            retransmissions: self.retransmissions.load(Ordering::Relaxed),
            late: self.late.load(Ordering::Relaxed),
            strays: self.strays.load(Ordering::Relaxed),
        }
    }
}

impl Client {
    /// What this connection has done so far; a connection made anew starts at nothing.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.connection.stats()
    }
}
