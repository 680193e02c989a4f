//! Calls that the server makes over the client's own connection. A thread of their own answers them, so that a handler
//! may wait, for calls of its own client too, and nobody else has to wait for it.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak},
    thread,
    time::Instant,
};

use super::{calls::Calls, sending::Caller, table::Broken, wait::Wait};
use crate::{
    Endpoint, Transport,
    server::{Core, Peer},
    xdr::Parts,
};

/// How many calls wait to be answered at the most, and how many bytes of them.
const ROOM: (usize, usize) = (256, 1 << 20);

/// The client's side: dropping it ends the thread, which finishes the call that it is at.
pub(super) struct Inbound(Arc<Queue>);

/// What answers the calls, and those that wait.
struct Queue {
    core: Arc<Core>,
    server: Peer,
    waiting: Mutex<Waiting>,
    /// Told when a call has come, or none will any more.
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    calls: VecDeque<Vec<u8>>,
    bytes: usize,
    has_ended: bool,
    /// The client has gone, and the connection with it.
    is_left: bool,
}

/// Starts the thread.
pub(super) fn start(calls: &Arc<Calls>) {
    let Some(Inbound(queue)) = &calls.inbound else { return };
    let (queue, weak) = (Arc::clone(queue), Arc::downgrade(calls));
    let tell = calls.options.on_disconnect.clone();
    let work = move || {
        while queue.next().is_some_and(|call| queue.serve(call, &weak)) {}
        if !queue.waiting().is_left {
            tell.iter().for_each(|tell| tell());
        }
    };
    let started = thread::Builder::new().name("rpc-client-serve".to_owned()).spawn(work);
    if let Err(error) = started {
        calls.break_off(Broken::Io(error.kind()));
    }
}

impl Inbound {
    pub(super) fn new(core: Arc<Core>, transport: Transport, server: &Endpoint) -> Self {
        let server =
            server.addr().map_or_else(|| Peer::unix(None), |addr| Peer::inet(transport, addr));
        let (waiting, changed) = (Mutex::default(), Condvar::new());
        Self(Arc::new(Queue { core, server, waiting, changed }))
    }

    /// Keeps a call to be answered, unless too many wait.
    #[cold]
    pub(super) fn push(&self, message: &[u8]) {
        if !self.0.waiting().push(message) {
            tracing::warn!("too many calls of the server wait; one is not answered");
        }
        self.0.changed.notify_one();
    }

    /// Notes that no other call will come.
    pub(super) fn end(&self) {
        self.0.waiting().has_ended = true;
        self.0.changed.notify_one();
    }
}

impl Drop for Inbound {
    fn drop(&mut self) {
        let mut waiting = self.0.waiting();
        let is_left = !waiting.has_ended;
        *waiting = Waiting { has_ended: true, is_left, ..Waiting::default() };
        drop(waiting);
        self.0.changed.notify_one();
    }
}

impl Queue {
    /// Answers a call; false where the client is gone. The client is not held meanwhile: so it can go.
    fn serve(&self, call: Vec<u8>, calls: &Weak<Calls>) -> bool {
        let reply = self.core.answer(self.server, call);
        let Some(calls) = calls.upgrade() else { return false };
        if let Some(reply) = reply
            && let Err(error) = send(&calls, &reply)
        {
            tracing::debug!(%error, "cannot answer the server");
        }
        true
    }

    /// The call that waits longest; `None` where no other will come.
    fn next(&self) -> Option<Vec<u8>> {
        let mut waiting = self.waiting();
        loop {
            if let Some(call) = waiting.pop() {
                return Some(call);
            }
            if waiting.has_ended {
                return None;
            }
            waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// False where there is no room.
    fn push(&mut self, message: &[u8]) -> bool {
        let bytes = self.bytes.saturating_add(message.len());
        if self.calls.len() >= ROOM.0 || (self.bytes > 0 && bytes > ROOM.1) {
            return false;
        }
        self.bytes = bytes;
        self.calls.push_back(message.to_vec());
        true
    }

    fn pop(&mut self) -> Option<Vec<u8>> {
        let call = self.calls.pop_front()?;
        self.bytes = self.bytes.saturating_sub(call.len());
        Some(call)
    }
}

/// Sends a reply, which nobody takes back: it needs no id.
fn send(calls: &Calls, reply: &[u8]) -> Result<(), super::Error> {
    let wait = Wait::new(calls.options.timeout);
    let caller = Caller { xid: None, began: Instant::now(), wait: &wait };
    calls.send(reply, &Parts::new(), 0, &caller, &mut false)
}
