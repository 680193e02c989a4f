//! Which server a thread works for: for what that server is to do it cannot wait.

use std::{cell::Cell, ptr};

use super::shared::Shared;

thread_local! {
    static HERE: Cell<Place> = const { Cell::new(NOWHERE) };
}

const NOWHERE: Place = Place { server: ptr::null(), is_reactor: false };

#[derive(Clone, Copy)]
struct Place {
    /// Never followed: it tells servers apart.
    server: *const Shared,
    is_reactor: bool,
}

/// A thread's time in a server's service.
pub(super) struct Serving(());

impl Serving {
    /// This thread serves sockets.
    pub(super) fn sockets(server: &Shared) -> Self {
        Self::at(Place { server, is_reactor: true })
    }

    /// This thread runs what a pool is handed.
    pub(super) fn pool(server: &Shared) -> Self {
        Self::at(Place { server, is_reactor: false })
    }

    fn at(place: Place) -> Self {
        HERE.set(place);
        Self(())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        HERE.set(NOWHERE);
    }
}

/// Whether this thread serves sockets: it never waits for a caller.
pub(super) fn serves_sockets() -> bool {
    HERE.get().is_reactor
}

/// Whether this thread is one of that server's: it never waits for its end.
pub(super) fn serves(server: *const Shared) -> bool {
    ptr::eq(HERE.get().server, server)
}
