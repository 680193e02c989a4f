//! Which seeds are tried, and how a failure is told.

use std::fmt::Debug;

/// Runs `run` for each seed: `count` of them, or as many as `SIMULATION_SEEDS` says, or the one of `SIMULATION_SEED`.
///
/// `test` is the name under which the failing seed can be run again.
pub(crate) fn each<T, V: Debug>(
    test: &str,
    count: u64,
    run: impl Fn(u64) -> Result<T, V>,
) -> Vec<T> {
    let seeds = match number("SIMULATION_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("SIMULATION_SEEDS").unwrap_or(count),
    };
    seeds
        .map(|seed| {
            let told = Told { test, seed };
            let outcome = run(seed).unwrap_or_else(|violation| panic!("{violation:?}"));
            std::mem::forget(told);
            outcome
        })
        .collect()
}

/// A number from the environment.
pub(crate) fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}

/// Tells the seed when a panic passes by.
struct Told<'t> {
    test: &'t str,
    seed: u64,
}

impl Drop for Told<'_> {
    fn drop(&mut self) {
        let Self { test, seed } = self;
        eprintln!(
            "seed {seed} failed; to see it again:\n    SIMULATION_SEED={seed} cargo test -p sunrpc-tests --test simulation {test}"
        );
    }
}
