//! The network of datagrams: what it does to each, by chance.

use std::time::Duration;

use sunrpc_tests::rng::Rng;

use crate::chance::Chance;

/// How bad the network is; chances are of a thousand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weather {
    pub(crate) loss: usize,
    pub(crate) copies: usize,
    /// Takes `detour` instead of `delay` at the most: arrives behind what was sent later.
    pub(crate) detours: usize,
    pub(crate) delay: Duration,
    pub(crate) detour: Duration,
    /// From one partition to the next, at the most; zero for none.
    pub(crate) partitions: Duration,
}

impl Weather {
    /// The times that one datagram takes: none where it is lost, several where it is copied.
    pub(crate) fn journeys(&self, rng: &mut Rng) -> impl Iterator<Item = Duration> + use<> {
        let count = match (rng.chance(self.loss), rng.chance(self.copies)) {
            (true, _) => 0,
            (false, false) => 1,
            (false, true) => 2 + rng.below(2),
        };
        let mut times = [Duration::ZERO; 3];
        times[..count].fill_with(|| self.journey(rng));
        times.into_iter().take(count)
    }

    fn journey(&self, rng: &mut Rng) -> Duration {
        let most = if rng.chance(self.detours) { self.detour } else { self.delay };
        rng.up_to(most)
    }
}

/// What a client cannot get through to, for a while.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cut {
    pub(crate) up: bool,
    pub(crate) down: bool,
}

impl Cut {
    /// In one direction or in both.
    pub(crate) fn any(rng: &mut Rng) -> Self {
        match rng.below(4) {
            0 => Self { up: true, down: false },
            1 => Self { up: false, down: true },
            _ => Self { up: true, down: true },
        }
    }
}
