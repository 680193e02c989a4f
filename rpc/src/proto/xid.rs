//! Transaction ids that nobody off the path can guess.

use std::{
    hash::{BuildHasher, RandomState},
    sync::atomic::{AtomicU64, Ordering},
};

/// A source of transaction ids: a keyed hash (SipHash, keyed at random) of a counter.
///
/// A forged reply needs the id of a call that is under way; a counter would give it away.
///
/// ```
/// use sunrpc::proto::Xids;
///
/// let (one, other) = (Xids::new(), Xids::new());
/// assert_ne!([one.next(), one.next(), one.next()], [other.next(), other.next(), other.next()]);
/// ```
#[derive(Debug, Default)]
pub struct Xids {
    key: Key,
    count: AtomicU64,
}

#[derive(Debug)]
enum Key {
    Random(RandomState),
    Seed(u64),
}

impl Default for Key {
    fn default() -> Self {
        Self::Random(RandomState::new())
    }
}

impl Xids {
    /// A source with a key of its own.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A source that gives the same ids for the same `seed`, so that a simulation can be run again. Who knows the seed
    /// knows all of them: not for a network.
    ///
    /// ```
    /// # use sunrpc::proto::Xids;
    /// assert_eq!(Xids::seeded(7).next(), Xids::seeded(7).next());
    /// ```
    #[must_use]
    pub const fn seeded(seed: u64) -> Self {
        Self { key: Key::Seed(seed), count: AtomicU64::new(0) }
    }

    /// The next id. Two of them may be equal by chance: whoever keeps several under way must look.
    #[must_use]
    pub fn next(&self) -> u32 {
        self.pair().0
    }

    /// The next two ids, for the price of one.
    #[must_use]
    pub fn pair(&self) -> (u32, u32) {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let number = match &self.key {
            Key::Random(key) => key.hash_one(count),
            Key::Seed(seed) => mix(mix(*seed).wrapping_add(count)),
        };
        let [a, b, c, d, e, f, g, h] = number.to_le_bytes();
        (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]))
    }
}

/// Scatters a number over all 64 bits, one to one (the last step of SplitMix64).
pub(super) const fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
