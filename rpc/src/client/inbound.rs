//! Calls that the server makes over the client's own connection.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    Endpoint, Transport,
    proto::{begin_record, end_record},
    server::{Core, Peer},
};

/// How many calls wait to be answered at the most, and how many bytes of them.
const ROOM: (usize, usize) = (256, 1 << 20);

/// What answers them, and those that wait.
pub(super) struct Inbound {
    core: Arc<Core>,
    server: Peer,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    calls: VecDeque<Vec<u8>>,
    bytes: usize,
}

impl Inbound {
    pub(super) fn new(core: Arc<Core>, transport: Transport, server: &Endpoint) -> Self {
        let server =
            server.addr().map_or_else(|| Peer::unix(None), |addr| Peer::inet(transport, addr));
        Self { core, server, waiting: Mutex::default() }
    }

    /// Whether a message is a call.
    #[inline]
    pub(super) fn is_call(message: &[u8]) -> bool {
        message.get(4..8) == Some(&[0; 4])
    }

    /// Keeps a call to be answered; false where too many wait.
    pub(super) fn push(&self, message: &[u8]) -> bool {
        let mut waiting = self.waiting();
        let bytes = waiting.bytes.saturating_add(message.len());
        if waiting.calls.len() >= ROOM.0 || (waiting.bytes > 0 && bytes > ROOM.1) {
            return false;
        }
        waiting.bytes = bytes;
        waiting.calls.push_back(message.to_vec());
        true
    }

    /// Answers the call that waits longest: the reply as a record, if it gets one. `None` where none waits.
    pub(super) fn answer(&self) -> Option<Option<Vec<u8>>> {
        let call = self.next()?;
        let mut reply = Vec::new();
        let start = begin_record(&mut reply);
        let answered = self.core.answer(self.server, call, &mut reply);
        Some((answered && end_record(&mut reply, start).is_ok()).then_some(reply))
    }

    fn next(&self) -> Option<Vec<u8>> {
        let mut waiting = self.waiting();
        let call = waiting.calls.pop_front()?;
        waiting.bytes = waiting.bytes.saturating_sub(call.len());
        Some(call)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
