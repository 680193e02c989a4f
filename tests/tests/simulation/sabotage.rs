//! Parts that are broken on purpose: a simulation that would not notice would be worth nothing.
//!
//! What is broken here is set up wrongly or called wrongly. The code under test was also broken itself, once and by
//! hand: nineteen changes to `proto/duplicates.rs`, `proto/attempt.rs`, `proto/backoff.rs`, `proto/record.rs`,
//! `server/core.rs` and `server/exchange.rs` (every call new; replies forgotten or not replayed; a key without the
//! peer; age the wrong way round; the deadline ignored; no doubling; a header cut in two lost; a fragment counter that
//! is not reset; …) each made tests of the simulation fail.

use crate::{
    datagrams::{Plan, Sabotage},
    ledger::Violation,
    server::FORGETFUL,
    streams,
    worlds::{five_percent, repeated_over},
};

fn violation(plan: &Plan) -> Violation {
    plan.run(0).expect_err("nothing was noticed")
}

#[test]
fn a_server_without_memory() {
    let plan = Plan { duplicates: FORGETFUL, ..five_percent() };
    assert!(matches!(violation(&plan), Violation::Doubled { .. }));
}

#[test]
fn a_server_without_memory_of_streams() {
    let doubled = (0..20).filter(|seed| {
        let plan = streams::Plan { duplicates: FORGETFUL, ..repeated_over(*seed) };
        matches!(plan.run(*seed), Err(Violation::Doubled { .. }))
    });
    let doubled = doubled.count();
    assert!(doubled > 10, "noticed in {doubled} of 20 runs");
}

#[test]
fn a_caller_who_changes_his_id() {
    let plan = Plan { sabotage: Sabotage::NewIds, ..five_percent() };
    assert!(matches!(violation(&plan), Violation::Doubled { .. }));
}

#[test]
fn a_caller_who_never_sends_again() {
    let plan = Plan { sabotage: Sabotage::NoResend, ..five_percent() };
    assert!(matches!(violation(&plan), Violation::Lost { .. }));
}

#[test]
fn a_caller_who_believes_any_reply() {
    let plan = Plan { sabotage: Sabotage::Believes, ..five_percent() };
    assert!(matches!(violation(&plan), Violation::WrongResult { .. }));
}
