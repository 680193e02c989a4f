//! The way from a server to a caller, over the caller's own connection.

use std::{
    io,
    sync::{Condvar, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use super::{Peer, serving, shared::Shared};
use crate::{Endpoint, Transport};

/// A connection as whoever calls the caller sees it.
pub(crate) struct Back {
    pub(super) shared: Weak<Shared>,
    pub(super) lane: usize,
    pub(super) slot: usize,
    pub(super) serial: u64,
    pub(super) peer: Peer,
    /// How many bytes may be on their way.
    pub(super) room: usize,
    /// How many are: handed over, and not taken by the socket yet.
    pub(super) under_way: Mutex<usize>,
    /// Told when the socket has taken some.
    pub(super) taken: Condvar,
}

impl Back {
    pub(crate) const fn transport(&self) -> Transport {
        self.peer.transport()
    }

    /// Where the caller is; nothing over `AF_UNIX`, where callers have no address.
    pub(crate) fn endpoint(&self) -> Endpoint {
        self.peer.addr().map_or_else(|| Endpoint::Unix("".into()), Endpoint::Inet)
    }

    /// Whether this thread would keep a server from serving if it waited.
    pub(crate) fn must_not_wait(&self) -> bool {
        serving::serves_sockets()
    }

    /// Hands records to the reactor, all or, where too much is under way, none. Never waits: the reactor itself may
    /// wait for whoever does.
    ///
    /// # Errors
    ///
    /// The server is gone.
    pub(crate) fn write(&self, records: &[u8]) -> io::Result<usize> {
        let shared = self.shared.upgrade().ok_or(io::ErrorKind::NotConnected)?;
        let mut under_way = self.under_way();
        if *under_way > 0 && under_way.saturating_add(records.len()) > self.room {
            return Ok(0);
        }
        *under_way = under_way.saturating_add(records.len());
        drop(under_way);
        shared.call_back(self.lane, self.slot, self.serial, records.to_vec());
        Ok(records.len())
    }

    /// Waits for room, for at most `patience`.
    pub(crate) fn wait_for_room(&self, patience: Duration) {
        let under_way = self.under_way();
        if *under_way > 0 {
            drop(self.taken.wait_timeout(under_way, patience));
        }
    }

    /// Notes that the socket has taken so many bytes.
    pub(super) fn gone_out(&self, count: usize) {
        let mut under_way = self.under_way();
        *under_way = under_way.saturating_sub(count);
        self.taken.notify_all();
    }

    fn under_way(&self) -> MutexGuard<'_, usize> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
