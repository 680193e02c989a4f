//! One call's time: when it is sent again, and when it is given up.

use std::time::{Duration, Instant};

use super::Backoff;

/// The schedule of one call, driven by the time.
///
/// ```
/// use std::time::{Duration, Instant};
/// use sunrpc::proto::{Attempt, Backoff, Step};
///
/// let began = Instant::now();
/// let after = |millis| began + Duration::from_millis(millis);
/// let backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(1));
/// let mut attempt = Attempt::new(began, Duration::from_millis(250), Some(backoff));
/// assert_eq!(attempt.step(after(10)), Step::Wait(Some(after(100))));
/// assert_eq!(attempt.step(after(100)), Step::SendAgain);
/// assert_eq!(attempt.step(after(250)), Step::GiveUp);
/// ```
#[derive(Clone, Debug)]
pub struct Attempt {
    began: Instant,
    timeout: Duration,
    /// When it is sent again, from `began` on.
    next_send: Duration,
    backoff: Option<Backoff>,
}

/// What a call that has no reply yet has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Wait for the reply, until then at the latest; `None` is for ever.
    Wait(Option<Instant>),
    /// Send the same message again, and ask again what to do.
    SendAgain,
    /// Stop waiting.
    GiveUp,
}

impl Attempt {
    /// The schedule of a call that was sent at `began` and may take `timeout` in all. It is sent again as `resend`
    /// says; where that is `None`, never.
    #[must_use]
    #[inline]
    pub fn new(began: Instant, timeout: Duration, resend: Option<Backoff>) -> Self {
        let mut attempt = Self { began, timeout, next_send: Duration::MAX, backoff: resend };
        attempt.schedule(Duration::ZERO);
        attempt
    }

    /// What to do now.
    pub fn step(&mut self, now: Instant) -> Step {
        match self.after(now.saturating_duration_since(self.began)) {
            None => Step::GiveUp,
            Some(Duration::ZERO) => Step::SendAgain,
            Some(_) => Step::Wait(self.until()),
        }
    }

    /// The same as times, which cost less: so long after the beginning, how long to wait. Nothing means to send again,
    /// `None` to give up.
    #[inline]
    pub(crate) fn after(&mut self, elapsed: Duration) -> Option<Duration> {
        if elapsed >= self.timeout {
            return None;
        }
        if elapsed >= self.next_send {
            self.schedule(elapsed);
            return Some(Duration::ZERO);
        }
        Some(self.timeout.min(self.next_send).saturating_sub(elapsed))
    }

    /// When [`step`](Self::step) has something else to say than to wait.
    #[must_use]
    pub fn until(&self) -> Option<Instant> {
        self.began.checked_add(self.timeout.min(self.next_send))
    }

    #[inline]
    fn schedule(&mut self, elapsed: Duration) {
        self.next_send = self
            .backoff
            .as_mut()
            .map_or(Duration::MAX, |backoff| elapsed.saturating_add(backoff.next_wait()));
    }
}
