//! The long run: a million calls of mixed sizes with 5 % loss, none lost, none doubled.

use std::time::Instant;

use crate::{datagrams::Plan, seeds, worlds::five_percent};

#[test]
fn a_million_calls() {
    let default = if cfg!(debug_assertions) { 20_000 } else { 1_000_000 };
    let calls = seeds::number("SIMULATION_CALLS").unwrap_or(default);
    let calls = usize::try_from(calls).expect("a number of calls");
    let began = Instant::now();
    let outcomes =
        seeds::each("long::a_million_calls", 1, |seed| Plan { calls, ..five_percent() }.run(seed));
    for outcome in outcomes {
        assert_eq!((outcome.totals.succeeded, outcome.totals.doubled), (calls, 0));
        println!(
            "{calls} calls, {} sent again, {} datagrams at the server, {} events, {:.0?} there, {:.1?} here",
            outcome.resent,
            outcome.arrived,
            outcome.events,
            outcome.took,
            began.elapsed()
        );
    }
}
