//! When to try again.

use std::{hash::BuildHasher, hash::RandomState, time::Duration};

use super::xid::mix;

/// Waits that double from `first` to `most`; each but the first is shortened by up to a quarter at random, so that
/// many who failed together do not come back together.
///
/// ```
/// use std::time::Duration;
/// use sunrpc::proto::Backoff;
///
/// let backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(1));
/// let waits = |mut backoff: Backoff| (0..6).map(move |_| backoff.next_wait()).collect::<Vec<_>>();
/// let some = waits(backoff.clone());
/// assert_eq!(some[0], Duration::from_millis(100));
/// assert!(some[5] >= Duration::from_millis(750) && some[5] <= Duration::from_secs(1));
/// // From a seed, the same each time.
/// assert_eq!(waits(backoff.clone().seeded(7)), waits(backoff.seeded(7)));
/// ```
#[derive(Clone, Debug)]
pub struct Backoff {
    wait: Duration,
    most: Duration,
    tries: u32,
    /// What the next shortening is drawn from; `None` draws from the system's source.
    seed: Option<u64>,
}

impl Backoff {
    /// Starts at `first`; never waits longer than `most`.
    #[must_use]
    #[inline]
    pub const fn new(first: Duration, most: Duration) -> Self {
        Self { wait: first, most, tries: 0, seed: None }
    }

    /// Draws from `seed` what is otherwise random, so that a simulation can be run again.
    #[must_use]
    pub const fn seeded(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// How long to wait before the next try.
    #[inline]
    pub fn next_wait(&mut self) -> Duration {
        let wait = self.wait.min(self.most);
        self.wait = wait.saturating_mul(2);
        self.tries = self.tries.wrapping_add(1);
        if self.tries == 1 { wait } else { self.shortened(wait) }
    }

    fn shortened(&mut self, wait: Duration) -> Duration {
        let number = match &mut self.seed {
            Some(seed) => {
                *seed = seed.wrapping_add(1);
                mix(*seed)
            }
            // The standard library's hasher is keyed anew for each.
            None => RandomState::new().hash_one(0),
        };
        wait.saturating_sub(wait.mul_f64(share(number) / 4.0))
    }
}

/// A number from 0 to 1, of the lowest bits.
fn share(number: u64) -> f64 {
    let [.., high, low] = number.to_be_bytes();
    f64::from(u16::from_be_bytes([high, low])) / f64::from(u16::MAX)
}
