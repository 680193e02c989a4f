//! What sees every call on its way out.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{Error, calls::Target};
use crate::{Endpoint, Transport};

/// Sees every call of a [`Client`](super::Client), and each address of a [broadcast](super::Builder::broadcast): to
/// log, to measure, or to forbid it. [`Builder::intercept`](super::Builder::intercept) adds one; several see a call in
/// the order they were added.
pub trait Interceptor: Send + Sync + 'static {
    /// Before a call is sent.
    ///
    /// # Errors
    ///
    /// An error here ends the call: nothing is sent, and nobody hears of its end but the caller.
    fn before(&self, call: &Outgoing<'_>) -> Result<(), Error> {
        let _ = call;
        Ok(())
    }

    /// After a call has ended, with how long it took. A [`Pending`](super::Pending) ends when it is waited for, or
    /// ready; one that is dropped before is [`Cancelled`](Error::Cancelled). A call that is sent one way ends when it
    /// is sent, or queued to be.
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

/// A call that the interceptors, where there are any, have let through: they hear how it ends.
pub(super) struct Watched(Option<Box<Call>>);

struct Call {
    interceptors: Vec<Arc<dyn Interceptor>>,
    target: Target,
    transport: Transport,
    server: Endpoint,
    began: Instant,
}

impl Watched {
    /// Asks them.
    #[inline]
    pub(super) fn begin(
        interceptors: &[Arc<dyn Interceptor>],
        target: Target,
        transport: Transport,
        server: &Endpoint,
    ) -> Result<Self, Error> {
        if interceptors.is_empty() {
            return Ok(Self(None));
        }
        let call = Call::begin(interceptors, target, transport, server)?;
        Ok(Self(Some(Box::new(call))))
    }

    /// Tells them of the call's result, which it passes on.
    #[inline]
    pub(super) fn end<R>(&mut self, result: Result<R, Error>) -> Result<R, Error> {
        self.tell(result.as_ref().map(|_| ()));
        result
    }

    /// Tells them, once.
    #[inline]
    pub(super) fn tell(&mut self, outcome: Result<(), &Error>) {
        if let Some(call) = self.0.take() {
            call.end(outcome);
        }
    }
}

impl Drop for Watched {
    #[inline]
    fn drop(&mut self) {
        self.tell(Err(&Error::Cancelled));
    }
}

impl Call {
    #[cold]
    fn begin(
        interceptors: &[Arc<dyn Interceptor>],
        target: Target,
        transport: Transport,
        server: &Endpoint,
    ) -> Result<Self, Error> {
        let (interceptors, server) = (interceptors.to_vec(), server.clone());
        let call = Self { interceptors, target, transport, server, began: Instant::now() };
        call.interceptors.iter().try_for_each(|one| one.before(&call.outgoing()))?;
        Ok(Self { began: Instant::now(), ..call })
    }

    #[cold]
    fn end(self, outcome: Result<(), &Error>) {
        let took = self.began.elapsed();
        self.interceptors.iter().for_each(|one| one.after(&self.outgoing(), outcome, took));
    }

    fn outgoing(&self) -> Outgoing<'_> {
        let Target { program, version, procedure } = self.target;
        Outgoing { program, version, procedure, transport: self.transport, server: &self.server }
    }
}
