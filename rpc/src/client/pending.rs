//! A call that was started and not waited for yet.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use super::{
    Error,
    calls::Calls,
    interceptor::Watched,
    reply::{Decoder, taken, taken_so_far},
    seat::Seat,
};

/// A call under way: [`wait`](Self::wait) for it, `.await` it under any executor, or drop it.
///
/// Over a stream, calls that are started go out together: when one of them is waited for or polled, or when
/// [`Client::flush`](super::Client::flush) says so. Dropping one forgets it; what was not sent yet never is. Its time
/// runs from its start; a reply that has come by the end of it is there whenever it is asked for.
#[must_use = "a call that is dropped is forgotten"]
pub struct Pending<R> {
    seat: Seat<Arc<Calls>>,
    decode: Decoder<R>,
    watched: Watched,
}

impl<R> Pending<R> {
    pub(super) const fn new(seat: Seat<Arc<Calls>>, decode: Decoder<R>, watched: Watched) -> Self {
        Self { seat, decode, watched }
    }

    /// Waits for the results.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn wait(self) -> Result<R, Error> {
        let Self { mut seat, decode, mut watched } = self;
        let result = taken(decode, |take| seat.wait_late(take));
        // Others may have to read while the interceptors are told, or these may call themselves.
        drop(seat);
        watched.end(result)
    }
}

impl<R> Future for Pending<R> {
    type Output = Result<R, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let decode = self.decode;
        let polled = taken_so_far(decode, |take| self.seat.poll(cx.waker(), take).map(|_| ()));
        match polled.transpose() {
            Some(result) => Poll::Ready(self.watched.end(result)),
            None => {
                Calls::need_background(&self.seat.calls);
                Poll::Pending
            }
        }
    }
}

impl<R> std::fmt::Debug for Pending<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pending").field("xid", &self.seat.xid).finish_non_exhaustive()
    }
}
