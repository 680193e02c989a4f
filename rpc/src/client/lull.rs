//! When a connection was used last: one that nobody has read for a while may have been closed meanwhile.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};

/// Notes the second that a connection was used in last.
pub(super) struct Lull {
    made: Instant,
    second: AtomicU64,
}

impl Lull {
    pub(super) fn new() -> Self {
        Self { made: Instant::now(), second: AtomicU64::new(0) }
    }

    /// Whether a call that begins then is the first of its second.
    #[inline]
    pub(super) fn ends(&self, began: Instant) -> bool {
        let second = began.saturating_duration_since(self.made).as_secs();
        self.second.load(Ordering::Relaxed) != second
            && self.second.swap(second, Ordering::Relaxed) != second
    }
}
