//! What is to be run, and what came of it.

use std::time::Duration;

use sunrpc::proto::DuplicateLimits;

use super::World;
use crate::{
    ledger::{Rules, Totals, Violation},
    link::Weather,
};

/// One run.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) clients: usize,
    pub(crate) servers: usize,
    /// Calls of one client at a time.
    pub(crate) at_once: usize,
    pub(crate) calls: usize,
    /// Between two calls, at the most.
    pub(crate) pause: Duration,
    pub(crate) most_bytes: usize,
    pub(crate) timeout: Duration,
    /// The first wait, and the longest.
    pub(crate) resend: (Duration, Duration),
    pub(crate) weather: Weather,
    pub(crate) duplicates: DuplicateLimits,
    /// How long a call may take in the server; zero for one that answers at once.
    pub(crate) work: Duration,
    pub(crate) rules: Rules,
    pub(crate) sabotage: Sabotage,
}

/// What is broken on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sabotage {
    Nothing,
    /// A caller who takes a new id when he sends again.
    NewIds,
    /// A caller who never sends again.
    NoResend,
    /// A caller who believes any reply, whichever call it is to.
    Believes,
}

/// What came of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) totals: Totals,
    pub(crate) resent: u64,
    /// Datagrams that arrived.
    pub(crate) arrived: u64,
    pub(crate) events: u64,
    pub(crate) took: Duration,
}

impl Plan {
    /// Runs it as `seed` has it.
    pub(crate) fn run(&self, seed: u64) -> Result<Outcome, Violation> {
        World::new(self, seed).run()
    }
}
