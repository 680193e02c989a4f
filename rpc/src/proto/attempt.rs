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
    deadline: Option<Instant>,
    next_send: Option<Instant>,
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
    pub fn new(began: Instant, timeout: Duration, resend: Option<Backoff>) -> Self {
        let mut attempt =
            Self { deadline: began.checked_add(timeout), next_send: None, backoff: resend };
        attempt.schedule(began);
        attempt
    }

    /// What to do now.
    #[inline]
    pub fn step(&mut self, now: Instant) -> Step {
        if self.deadline.is_some_and(|deadline| now >= deadline) {
            return Step::GiveUp;
        }
        if self.next_send.is_some_and(|next| now >= next) {
            self.schedule(now);
            return Step::SendAgain;
        }
        Step::Wait(self.until())
    }

    /// When [`step`](Self::step) has something else to say than to wait.
    #[must_use]
    #[inline]
    pub fn until(&self) -> Option<Instant> {
        match (self.deadline, self.next_send) {
            (Some(deadline), Some(next)) => Some(deadline.min(next)),
            (deadline, next) => deadline.or(next),
        }
    }

    #[inline]
    fn schedule(&mut self, now: Instant) {
        self.next_send =
            self.backoff.as_mut().and_then(|backoff| now.checked_add(backoff.next_wait()));
    }
}
