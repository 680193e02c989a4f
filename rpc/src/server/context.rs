//! What serving one socket needs besides the socket: a reactor has one, for all of its sockets.

use std::{
    sync::{Arc, Condvar, Mutex},
    time::Instant,
};

use super::{Limits, Peer, back::Back, shared::Shared};
use crate::proto::RecordReader;

/// Up to this, a connection keeps its buffer for records that arrive in pieces.
const KEEP_IN: usize = 4 << 10;
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
    /// A buffer for a long record that arrives in pieces. Whatever is in it is of no meaning.
    pub(super) long: Vec<u8>,
    /// Where replies are put together. Empty between turns.
    pub(super) out: Vec<u8>,
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

    /// Keeps the buffer of a record that was put together: for the same reader, or where it is long, for whoever has
    /// a long record next.
    pub(super) fn put_back(&mut self, mut buffer: Vec<u8>, records: &mut RecordReader) {
        if buffer.capacity() <= KEEP_IN {
            records.lend(&mut buffer);
        } else if buffer.capacity() > self.long.capacity() {
            self.long = buffer;
        }
    }
}
