//! Where "at most once" ends: a server's memory of calls is bounded, in bytes and in time, and what it has forgotten
//! runs again. These runs show it on purpose; `proto::DuplicateLimits` is where to set the bounds.

use std::time::Duration;

use sunrpc::proto::DuplicateLimits;

use crate::{datagrams::Plan, ledger::Rules, link::Weather, seeds, worlds::five_percent};

const FORGETFUL: Rules = Rules { at_most_once: false, none_lost: true, given_back: false };

/// How many calls of how many ran more than once.
fn doubled(plan: &Plan, test: &str) -> (usize, usize) {
    let outcomes = seeds::each(test, 4, |seed| plan.run(seed));
    let calls = outcomes.iter().map(|outcome| outcome.totals.succeeded).sum();
    (outcomes.iter().map(|outcome| outcome.totals.doubled).sum(), calls)
}

/// Room for a few dozen calls while hundreds are made in the time that a caller takes to send again: of the calls whose
/// reply was lost (5 %), most run twice. Callers still get a right answer, and none is lost.
#[test]
fn a_memory_too_small() {
    let duplicates = DuplicateLimits { max_bytes: 8 << 10, ..DuplicateLimits::default() };
    let plan = Plan { duplicates, rules: FORGETFUL, ..five_percent() };
    let (twice, calls) = doubled(&plan, "limits::a_memory_too_small");
    assert!(twice > calls / 100 && twice < calls / 10, "{twice} of {calls}");
}

/// Forgetting after 2 s, while callers go on sending for longer: only what is lost several times runs twice.
#[test]
fn a_memory_too_short() {
    let duplicates =
        DuplicateLimits { max_age: Duration::from_secs(2), ..five_percent().duplicates };
    let plan = Plan { duplicates, rules: FORGETFUL, ..five_percent() };
    let (twice, calls) = doubled(&plan, "limits::a_memory_too_short");
    assert!(twice > 0 && twice < calls / 100, "{twice} of {calls}");
}

/// A copy that the network keeps longer than the server remembers runs again, long after its call was answered.
#[test]
fn a_copy_that_comes_late() {
    let detour = Duration::from_secs(300);
    let weather = Weather { loss: 0, copies: 100, detours: 30, detour, ..five_percent().weather };
    let plan = Plan { weather, rules: FORGETFUL, ..five_percent() };
    let (twice, calls) = doubled(&plan, "limits::a_copy_that_comes_late");
    assert!(twice > 0 && twice < calls / 10, "{twice} of {calls}");
}

/// The default memory (1 MiB) holds a few thousand calls: at some 1,700 calls a second that is less than two seconds,
/// and a call that is lost twice is forgotten before it comes again. Who serves so many that must not run twice gives
/// it more.
#[test]
fn a_memory_too_busy() {
    let plan = Plan { clients: 1000, calls: 10_000, rules: FORGETFUL, ..five_percent() };
    let (twice, calls) = doubled(&plan, "limits::a_memory_too_busy");
    assert!(twice > 0 && twice < calls / 50, "{twice} of {calls}");
    let duplicates = DuplicateLimits { max_bytes: 64 << 20, ..plan.duplicates };
    assert_eq!(doubled(&Plan { duplicates, ..plan }, "limits::a_memory_too_busy").0, 0);
}

/// A slow server with a tiny memory forgets calls as soon as it has answered them, but never one that it is still
/// working on; it stays within its bytes, or within what those need.
#[test]
fn a_small_memory_of_slow_calls() {
    let duplicates = DuplicateLimits { max_bytes: 2000, ..DuplicateLimits::default() };
    let work = Duration::from_secs(3);
    let plan = Plan { duplicates, work, rules: FORGETFUL, ..five_percent() };
    let (twice, _) = doubled(&plan, "limits::a_small_memory_of_slow_calls");
    assert!(twice > 0);
}

/// A call that was forgotten while it ran, and then ran a second time, is counted once.
#[test]
fn what_is_forgotten_is_given_back() {
    let duplicates = DuplicateLimits { max_bytes: 100_000, max_age: Duration::from_secs(1) };
    let rules = Rules { given_back: true, ..FORGETFUL };
    let plan = Plan { duplicates, work: Duration::from_secs(3), rules, ..five_percent() };
    doubled(&plan, "limits::what_is_forgotten_is_given_back");
}
