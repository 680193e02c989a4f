//! The way from a server to a caller, over the caller's own connection.

use std::{
    io,
    sync::{Condvar, Mutex, MutexGuard, PoisonError, Weak},
    thread::{self, ThreadId},
    time::Duration,
};

use super::{Peer, shared::Shared};
use crate::{Endpoint, Transport};

/// A connection as whoever calls the caller sees it.
pub(crate) struct Back {
    pub(super) shared: Weak<Shared>,
    pub(super) lane: usize,
    pub(super) slot: usize,
    pub(super) serial: u64,
    pub(super) peer: Peer,
    /// The thread that reads the replies: it cannot wait for one.
    pub(super) reader: ThreadId,
    /// How many bytes may wait for the reactor.
    pub(super) room: usize,
    /// How many do.
    pub(super) waiting: Mutex<usize>,
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

    /// Whether this thread would wait for itself if it waited for a reply.
    pub(crate) fn is_reader(&self) -> bool {
        thread::current().id() == self.reader
    }

    /// Hands records to the reactor, all or, where too much waits there, none: then only after waiting for room, for
    /// at most `patience`.
    pub(crate) fn write(&self, records: &[u8], patience: Duration) -> io::Result<usize> {
        let shared = self.shared.upgrade().ok_or(io::ErrorKind::NotConnected)?;
        let mut waiting = self.waiting();
        if *waiting > 0 && waiting.saturating_add(records.len()) > self.room {
            if patience.is_zero() {
                return Ok(0);
            }
            drop(self.taken.wait_timeout(waiting, patience));
            return Ok(0);
        }
        *waiting = waiting.saturating_add(records.len());
        drop(waiting);
        shared.call_back(self.lane, self.slot, self.serial, records.to_vec());
        Ok(records.len())
    }

    /// Notes that the reactor has taken so many bytes.
    pub(super) fn take(&self, count: usize) {
        let mut waiting = self.waiting();
        *waiting = waiting.saturating_sub(count);
        self.taken.notify_all();
    }

    fn waiting(&self) -> MutexGuard<'_, usize> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
