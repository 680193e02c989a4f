//! What sees every call on its way out.

use std::time::Duration;

use super::Error;
use crate::{Endpoint, Transport};

/// Sees every call of a [`Client`](super::Client) that is waited for: to log, to measure, or to forbid it.
/// [`Builder::intercept`](super::Builder::intercept) adds one; several see a call in the order they were added.
pub trait Interceptor: Send + Sync + 'static {
    /// Before a call is sent.
    ///
    /// # Errors
    ///
    /// An error here ends the call: nothing is sent.
    fn before(&self, call: &Outgoing<'_>) -> Result<(), Error> {
        let _ = call;
        Ok(())
    }

    /// After a call has ended, with how long it took.
    fn after(&self, call: &Outgoing<'_>, outcome: Result<(), &Error>, took: Duration) {
        let _ = (call, outcome, took);
    }
}

/// A call on its way out.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Outgoing<'a> {
    /// The program called.
    pub program: u32,
    /// Its version.
    pub version: u32,
    /// The procedure called.
    pub procedure: u32,
    /// How the call travels.
    pub transport: Transport,
    /// Where it goes.
    pub server: &'a Endpoint,
}
