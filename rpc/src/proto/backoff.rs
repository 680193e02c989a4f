//! When to try again.

use std::{hash::BuildHasher, hash::RandomState, time::Duration};

/// Waits that double from `first` to `most`; each but the first is shortened by up to a quarter at random, so that
/// many who failed together do not come back together.
///
/// ```
/// use std::time::Duration;
/// use sunrpc::proto::Backoff;
///
/// let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(1));
/// let waits: Vec<_> = (0..6).map(|_| backoff.next_wait()).collect();
/// assert_eq!(waits[0], Duration::from_millis(100));
/// assert!(waits[5] >= Duration::from_millis(750) && waits[5] <= Duration::from_secs(1));
/// ```
#[derive(Clone, Debug)]
pub struct Backoff {
    wait: Duration,
    most: Duration,
    tries: u32,
}

impl Backoff {
    /// Starts at `first`; never waits longer than `most`.
    #[must_use]
    pub const fn new(first: Duration, most: Duration) -> Self {
        Self { wait: first, most, tries: 0 }
    }

    /// How long to wait before the next try.
    #[inline]
    pub fn next_wait(&mut self) -> Duration {
        let wait = self.wait.min(self.most);
        self.wait = wait.saturating_mul(2);
        self.tries = self.tries.wrapping_add(1);
        if self.tries == 1 {
            return wait;
        }
        wait.saturating_sub(wait.mul_f64(random_share() / 4.0))
    }
}

/// A number from 0 to 1. The standard library's hasher is keyed anew for each.
fn random_share() -> f64 {
    let [low, high, ..] = RandomState::new().hash_one(0).to_ne_bytes();
    f64::from(u16::from_ne_bytes([low, high])) / f64::from(u16::MAX)
}
