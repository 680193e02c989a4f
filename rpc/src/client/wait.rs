//! How long a caller waits for its calls, and what ends the wait sooner.

use std::{
    thread,
    time::{Duration, Instant},
};

use super::{Cancel, Error};

/// How long a thread that reads or writes the socket sleeps at a time where its wait may be cancelled.
const SLICE: Duration = Duration::from_millis(10);

#[derive(Clone)]
pub(super) struct Wait {
    /// How long a call may take in all.
    pub(super) timeout: Duration,
    pub(super) cancel: Option<Cancel>,
}

impl Wait {
    pub(super) const fn new(timeout: Duration) -> Self {
        Self { timeout, cancel: None }
    }

    #[inline]
    pub(super) fn is_cancelled(&self) -> bool {
        self.cancel.as_ref().is_some_and(Cancel::is_cancelled)
    }

    /// Whether the wait goes on.
    #[inline]
    pub(super) fn check(&self) -> Result<(), Error> {
        if self.is_cancelled() { Err(Error::Cancelled) } else { Ok(()) }
    }

    /// How long to sleep before looking whether the wait was cancelled.
    #[inline]
    pub(super) fn slice(&self, left: Duration) -> Duration {
        if self.cancel.is_some() { left.min(SLICE) } else { left }
    }

    /// Sleeps, unless the wait is cancelled.
    pub(super) fn pause(&self, mut left: Duration) -> Result<(), Error> {
        while !left.is_zero() {
            self.check()?;
            let slice = self.slice(left);
            thread::sleep(slice);
            left = left.saturating_sub(slice);
        }
        self.check()
    }

    /// How long a call that began then may still take: more than nothing.
    pub(super) fn left(&self, began: Instant) -> Result<Duration, Error> {
        self.check()?;
        let left = self.timeout.saturating_sub(began.elapsed());
        if left.is_zero() { Err(Error::Timeout(self.timeout)) } else { Ok(left) }
    }
}
