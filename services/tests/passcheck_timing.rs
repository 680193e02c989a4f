//! Whether time tells what the answer does not: `cargo test --release -p sunrpc-services -- --ignored`.

mod common;

use std::{
    net::{IpAddr, Ipv4Addr},
    time::{Duration, Instant},
};

use common::Accounts;
use sunrpc_services::{
    idl::passcheck::Verdict,
    passcheck::{Checker, Cost, Hasher, Store, ThrottleLimits},
};

/// Unknown, locked and wrong, 1000 checks each at the live cost, in turn: the medians within 5 %.
#[test]
#[ignore = "takes two minutes, and a machine that is not busy"]
fn unknown_locked_and_wrong_take_the_same_time() {
    let cost = Cost::default();
    let accounts = Accounts::new(cost);
    let store = Store::open(accounts.path()).expect("a store");
    let hasher = Hasher::new(cost).expect("a hasher");
    let mut locked = store.accounts().expect("accounts").get("alice").expect("alice").clone();
    locked.locked = true;
    let line = locked.to_string().replacen("alice", "locked", 1).parse().expect("an account");
    Store::update(&accounts.path(), |accounts| accounts.put(line)).expect("written");
    let limits = ThrottleLimits {
        account_tries: u32::MAX,
        account_interval: Duration::from_nanos(1),
        address_tries: u32::MAX,
        address_interval: Duration::from_nanos(1),
        max_entries: 100,
    };
    let checker = Checker::new(store, hasher, limits).expect("a checker");
    let names = ["alice", "locked", "nobody"];
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..1000 {
        for (name, times) in names.iter().zip(&mut times) {
            let began = Instant::now();
            let verdict = checker.check(name, "wrong", IpAddr::V4(Ipv4Addr::LOCALHOST));
            times.push(began.elapsed());
            assert_eq!(verdict.expect("a verdict"), Verdict::Denied);
        }
    }
    let medians = times.map(|mut times| {
        times.sort();
        times[times.len() / 2]
    });
    let [least, most] = [medians.iter().min(), medians.iter().max()].map(Option::unwrap);
    eprintln!("medians: wrong, locked, unknown: {medians:?}");
    assert!(most.as_secs_f64() / least.as_secs_f64() < 1.05, "{medians:?}");
}
