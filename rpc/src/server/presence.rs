//! Tells the calls of a socket, which may be with a pool, that it is gone.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// A socket's side. Dropping it is what the calls are told of.
pub(super) struct Presence {
    /// Made for the first call that is watched over: most connections have none.
    gone: Option<Arc<AtomicBool>>,
}

/// A call's side.
#[derive(Clone)]
pub(super) struct Absence {
    gone: Arc<AtomicBool>,
}

impl Presence {
    pub(super) const fn new() -> Self {
        Self { gone: None }
    }

    pub(super) fn watch(&mut self) -> Absence {
        Absence { gone: Arc::clone(self.gone.get_or_insert_default()) }
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        if let Some(gone) = &self.gone {
            gone.store(true, Ordering::Relaxed);
        }
    }
}

impl Absence {
    pub(super) fn is_noted(&self) -> bool {
        self.gone.load(Ordering::Relaxed)
    }
}
