//! The long runs: a million calls of mixed sizes, none lost, none doubled.

use std::time::Instant;

use crate::{
    datagrams::Plan,
    seeds, streams,
    worlds::{five_percent, repeated_over, whole_stream},
};

fn calls() -> usize {
    let default = if cfg!(debug_assertions) { 20_000 } else { 1_000_000 };
    usize::try_from(seeds::number("SIMULATION_CALLS").unwrap_or(default))
        .expect("a number of calls")
}

/// Over datagrams, of which 5 % are lost.
#[test]
fn a_million_calls() {
    let (calls, began) = (calls(), Instant::now());
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

/// Over streams that arrive in pieces of any size.
#[test]
fn a_million_calls_over_streams() {
    let (calls, began) = (calls(), Instant::now());
    let plan = streams::Plan { connections: 20, at_once: 16, calls, ..whole_stream() };
    for totals in seeds::each("long::a_million_calls_over_streams", 1, |seed| plan.run(seed)) {
        assert_eq!((totals.failed, totals.doubled), (0, 0));
        println!("{totals:?}, {:.1?} here", began.elapsed());
    }
}

/// Over streams that break, and are repeated over others.
#[test]
fn a_million_calls_over_broken_streams() {
    let (calls, began) = (calls(), Instant::now());
    let name = "long::a_million_calls_over_broken_streams";
    let totals = seeds::each(name, 1, |seed| {
        streams::Plan { connections: 20, at_once: 16, calls, ..repeated_over(seed) }.run(seed)
    });
    for totals in totals {
        assert_eq!((totals.failed, totals.doubled), (0, 0));
        println!("{totals:?}, {:.1?} here", began.elapsed());
    }
}
