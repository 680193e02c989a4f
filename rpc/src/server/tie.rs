//! What ties a call to the connection it came over: whether that is still there, and the way back to the caller.

use std::sync::{
    Arc, Mutex, MutexGuard, OnceLock, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use super::back::Back;
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

    /// Notes that so many bytes that were to go back have gone.
    pub(super) fn gone_out(&self, count: usize) {
        if let Some(back) = self.tie.as_ref().and_then(|tie| tie.back.as_ref()) {
            back.gone_out(count);
        }
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        let Some(tie) = &self.tie else { return };
        tie.gone.store(true, Ordering::Release);
        if let Some(client) = tie.made() {
            client.hang_up();
        }
    }
}

impl Tie {
    #[cold]
    fn new(back: Option<Arc<Back>>) -> Arc<Self> {
        Arc::new(Self { gone: AtomicBool::new(false), back, client: OnceLock::new() })
    }

    pub(super) fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Acquire)
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
