//! What is left to chance.

use std::time::Duration;

use sunrpc_tests::rng::Rng;

/// Choices that a simulation makes.
pub(crate) trait Chance {
    /// Whether something happens that happens so often in a thousand times.
    fn chance(&mut self, of_thousand: usize) -> bool;

    /// A duration below `end`.
    fn up_to(&mut self, end: Duration) -> Duration;

    /// A length: short as a rule, `most` at times.
    fn length(&mut self, most: usize) -> usize;
}

impl Chance for Rng {
    fn chance(&mut self, of_thousand: usize) -> bool {
        of_thousand > 0 && self.below(1000) < of_thousand
    }

    fn up_to(&mut self, end: Duration) -> Duration {
        let micros = usize::try_from(end.as_micros()).expect("not that long");
        Duration::from_micros(self.below(micros.max(1)) as u64)
    }

    fn length(&mut self, most: usize) -> usize {
        let most = match self.below(16) {
            0 => most,
            1..4 => most.min(512),
            _ => most.min(40),
        };
        self.below(most + 1)
    }
}
