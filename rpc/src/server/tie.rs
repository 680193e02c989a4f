//! What ties a call to the connection it came over: whether that is still there, and the way back to the caller.

use std::sync::{
    Arc, OnceLock,
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
    client: OnceLock<Option<Client>>,
}

impl Presence {
    pub(super) fn tie(&mut self, back: impl FnOnce() -> Option<Arc<Back>>) -> &Arc<Tie> {
        self.tie.get_or_insert_with(|| {
            Arc::new(Tie { gone: AtomicBool::new(false), back: back(), client: OnceLock::new() })
        })
    }

    /// The client that somebody calls the caller with, where somebody does.
    pub(super) fn client(&self) -> Option<&Client> {
        self.tie.as_ref()?.client.get()?.as_ref()
    }

    /// Notes that so many bytes that were to go back have been taken.
    pub(super) fn taken(&self, count: usize) {
        if let Some(back) = self.tie.as_ref().and_then(|tie| tie.back.as_ref()) {
            back.take(count);
        }
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        let Some(tie) = &self.tie else { return };
        tie.gone.store(true, Ordering::Release);
        if let Some(Some(client)) = tie.client.get() {
            client.hang_up();
        }
    }
}

impl Tie {
    pub(super) fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Acquire)
    }

    pub(super) fn client(&self) -> Option<Client> {
        let back = self.back.as_ref()?;
        let client = self.client.get_or_init(|| Client::back(Arc::clone(back)).ok()).as_ref()?;
        if self.is_gone() {
            // The connection may have gone before it could hang up on this client.
            client.hang_up();
        }
        Some(client.clone())
    }
}
