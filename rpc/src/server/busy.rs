//! Busy polling: when a reactor asks for more instead of sleeping.

use std::{
    thread,
    time::{Duration, Instant},
};

pub(super) struct Busy {
    /// For how long after something has come; zero for never.
    time: Duration,
    /// When something came last, while there may be more.
    since: Option<Instant>,
}

impl Busy {
    pub(super) const fn new(time: Duration) -> Self {
        Self { time, since: None }
    }

    /// Notes whether anything has come by `now`. Where not, somebody else may have the core first.
    #[inline]
    pub(super) fn note(&mut self, came: bool, now: Instant) {
        if came && !self.time.is_zero() {
            self.since = Some(now);
        } else if let Some(since) = self.since {
            if now.saturating_duration_since(since) < self.time {
                thread::yield_now();
            } else {
                self.since = None;
            }
        }
    }

    /// Whether to ask without sleeping.
    #[inline]
    pub(super) const fn is_busy(&self) -> bool {
        self.since.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reactor_is_busy_for_a_while_after_something_has_come() {
        let (start, ms) = (Instant::now(), Duration::from_millis(1));
        let mut busy = Busy::new(10 * ms);
        assert!(!busy.is_busy());
        for (after, came, is_busy) in [
            (0, false, false),
            (1, true, true),
            (5, true, true),
            (14, false, true),
            (15, false, false),
            (16, false, false),
        ] {
            busy.note(came, start + after * ms);
            assert_eq!(busy.is_busy(), is_busy, "after {after} ms");
        }
    }

    #[test]
    fn a_reactor_may_be_busy_for_ever() {
        let mut busy = Busy::new(Duration::MAX);
        busy.note(true, Instant::now());
        assert!(busy.is_busy());
    }

    #[test]
    fn none_is_busy_by_default() {
        let mut busy = Busy::new(Duration::ZERO);
        busy.note(true, Instant::now());
        assert!(!busy.is_busy());
    }
}
