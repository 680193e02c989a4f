//! What ties a call to the connection it came over: whether that is still there, and the way back to the caller.

use std::sync::{
    Arc, Mutex, MutexGuard, OnceLock, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use super::{back::Back, pool::Job};
use crate::client::Client;

/// A socket's side. Dropping it is what the calls are told of.
#[derive(Default)]
pub(super) struct Presence {
    /// Made for the first call: most connections are idle.
    tie: Option<Arc<Tie>>,
}

/// A call's side.
pub(super) struct Tie {
    gone: AtomicBool,
    /// Over a stream: how to call the caller.
    back: Option<Arc<Back>>,
    /// Whoever does uses this, or the one before it that has failed.
    client: OnceLock<Mutex<Client>>,
    replies: Mutex<Replies>,
}

/// What pools have made of a caller's calls.
#[derive(Default)]
struct Replies {
    /// How many bytes he has not taken.
    bytes: usize,
    /// He never will: the socket is closed.
    closed: bool,
    /// Calls that pools have not begun, each with the number of its pool.
    parked: Vec<(Job, usize)>,
}

impl Presence {
    #[inline]
    pub(super) fn tie(&mut self, back: impl FnOnce() -> Option<Back>) -> &Arc<Tie> {
        self.tie.get_or_insert_with(|| Tie::new(back().map(Arc::new)))
    }

    /// Takes the reply to a call back; nothing where there was none.
    pub(super) fn feed(&self, reply: &[u8]) -> Option<()> {
        self.tie.as_ref()?.made()?.feed(reply);
        Some(())
    }

    /// Whether somebody waits for the caller's reply.
    pub(super) fn awaits_reply(&self) -> bool {
        let client = self.tie.as_ref().and_then(|tie| tie.lock());
        client.is_some_and(|client| client.is_waited_for())
    }

    /// Whether somebody keeps a client to call the caller with.
    pub(super) fn is_kept(&self) -> bool {
        let client = self.tie.as_ref().and_then(|tie| tie.lock());
        client.is_some_and(|client| client.is_kept())
    }

    /// Notes that the caller has taken so many bytes of what pools have answered: what was parked goes on.
    #[cold]
    pub(super) fn taken(&self, bytes: usize) {
        if let Some(tie) = &self.tie {
            let mut replies = tie.replies();
            replies.bytes = replies.bytes.saturating_sub(bytes);
            drop(replies);
            tie.resume();
        }
    }

    /// Notes that the caller sends no more: his calls are told that he is gone. He may read all the same.
    pub(super) fn leave(&self) {
        let Some(tie) = &self.tie else { return };
        tie.gone.store(true, Ordering::Release);
        if let Some(client) = tie.made() {
            client.hang_up();
        }
    }

    /// Notes that so many bytes that were to go back have gone.
    pub(super) fn gone_out(&self, count: usize) {
        if let Some(back) = self.tie.as_ref().and_then(|tie| tie.back.as_ref()) {
            back.gone_out(count);
        }
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.leave();
        if let Some(tie) = &self.tie {
            tie.replies().closed = true;
            tie.resume();
        }
    }
}

impl Tie {
    #[cold]
    fn new(back: Option<Arc<Back>>) -> Arc<Self> {
        let (gone, client) = (AtomicBool::new(false), OnceLock::new());
        Arc::new(Self { gone, back, client, replies: Mutex::default() })
    }

    pub(super) fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Acquire)
    }

    /// A call that a worker may begin. One whose caller does not take what he is answered is parked until he does, or
    /// his connection is closed.
    pub(super) fn admit(&self, job: Job, pool: usize) -> Option<Job> {
        let Some(back) = &self.back else { return Some(job) };
        let mut replies = self.replies();
        if replies.bytes == 0 || replies.bytes < back.room || replies.closed {
            return Some(job);
        }
        replies.parked.push((job, pool));
        None
    }

    /// Notes that a reply of so many bytes is on its way to the caller.
    pub(super) fn owe(&self, bytes: usize) {
        let mut replies = self.replies();
        replies.bytes = replies.bytes.saturating_add(bytes);
    }

    fn resume(&self) {
        let parked = std::mem::take(&mut self.replies().parked);
        let shared = self.back.as_ref().and_then(|back| back.shared.upgrade());
        if let Some(shared) = shared {
            parked.into_iter().for_each(|(job, pool)| shared.resume(job, pool));
        }
    }

    fn replies(&self) -> MutexGuard<'_, Replies> {
        self.replies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn client(&self) -> Option<Client> {
        let back = self.back.as_ref()?;
        if self.client.get().is_none() {
            // Of two that are made at once, one is used.
            let _ = self.client.set(Mutex::new(Client::back(Arc::clone(back)).ok()?));
        }
        let mut client = self.lock()?;
        if client.is_broken() && !self.is_gone() {
            *client = Client::back(Arc::clone(back)).ok()?;
        }
        let client = client.clone();
        if self.is_gone() {
            // The connection may have gone before it could hang up on this one.
            client.hang_up();
        }
        Some(client)
    }

    /// The client, where there is one: to be used unlocked, since whoever is told something may ask for it.
    fn made(&self) -> Option<Client> {
        self.lock().map(|client| client.clone())
    }

    fn lock(&self) -> Option<MutexGuard<'_, Client>> {
        Some(self.client.get()?.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
