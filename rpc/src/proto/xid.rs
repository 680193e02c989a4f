//! Transaction ids that nobody off the path can guess.

use std::{
    hash::{BuildHasher, RandomState},
    sync::atomic::{AtomicU64, Ordering},
};

/// A source of transaction ids: a keyed hash (SipHash, keyed at random) of a counter.
///
/// A forged reply needs the id of a call that is under way; a counter would give it away.
#[derive(Debug, Default)]
pub struct Xids {
    key: RandomState,
    count: AtomicU64,
}

impl Xids {
    /// A source with a key of its own.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The next id. Two of them may be equal by chance: whoever keeps several under way must look.
    #[must_use]
    pub fn next(&self) -> u32 {
        self.pair().0
    }

    /// The next two ids, for the price of one.
    #[must_use]
    pub fn pair(&self) -> (u32, u32) {
        let [a, b, c, d, e, f, g, h] =
            self.key.hash_one(self.count.fetch_add(1, Ordering::Relaxed)).to_ne_bytes();
        (u32::from_ne_bytes([a, b, c, d]), u32::from_ne_bytes([e, f, g, h]))
    }
}
