//! What serving one socket needs besides the socket: a reactor has one, for all of its sockets.

use std::{
    sync::{Arc, Condvar, Mutex},
    time::Instant,
};

use super::{Limits, Peer, back::Back, shared::Shared};
use crate::{incoming::Spare, xdr::Parts};

/// What serving one socket needs besides the socket.
pub(super) struct Context {
    pub(super) shared: Arc<Shared>,
    /// Which of the server's reactors this is.
    pub(super) lane: usize,
    pub(super) limits: Limits,
    pub(super) now: Instant,
    /// The deadline of a call that arrives now.
    pub(super) deadline: Option<Instant>,
    /// Where input is read to.
    pub(super) scratch: Box<[u8]>,
    /// For a long record that arrives in pieces.
    pub(super) long: Spare,
    /// Where replies are put together. Empty between turns.
    pub(super) out: Vec<u8>,
    /// What the last of them has that was not copied.
    pub(super) parts: Parts,
}

impl Context {
    /// Sets the time.
    pub(super) fn set_now(&mut self, now: Instant) {
        self.now = now;
        self.deadline = now.checked_add(self.limits.call_timeout);
    }

    /// The way back over a connection.
    pub(super) fn back(&self, slot: usize, serial: u64, peer: Peer) -> Back {
        Back {
            shared: Arc::downgrade(&self.shared),
            lane: self.lane,
            slot,
            serial,
            peer,
            room: self.limits.max_reply_queue_bytes,
            under_way: Mutex::default(),
            taken: Condvar::new(),
        }
    }
}
