//! Every fuzz target on its seeds and on random mutations of them: what a fuzzer does, for a few seconds and without
//! one.
//!
//! `FUZZ_SMOKE=100000 cargo test --release -p sunrpc-fuzz-targets` tries more; `FUZZ_SMOKE_SEED` chooses other
//! mutations.

use std::panic::{AssertUnwindSafe, catch_unwind};

use sunrpc_fuzz_targets::{TARGETS, Target, mutate::mutation};
use sunrpc_tests::{hex, rng::Rng};

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

fn try_one(target: &Target, bytes: &[u8]) {
    let outcome = catch_unwind(AssertUnwindSafe(|| (target.run)(bytes)));
    assert!(outcome.is_ok(), "target {}, input {}", target.name, hex::encode(bytes));
}

fn smoke(name: &str, mutations: u64) {
    let target = TARGETS.iter().find(|target| target.name == name).expect("a target");
    let seeds = (target.seeds)();
    try_one(target, &[]);
    seeds.iter().for_each(|seed| try_one(target, seed));
    let first = number("FUZZ_SMOKE_SEED", 1) << 32;
    for seed in first..first + number("FUZZ_SMOKE", mutations) {
        try_one(target, &mutation(&mut Rng(seed), &seeds));
    }
}

#[test]
fn codec() {
    smoke("codec", 20_000);
}

#[test]
fn records() {
    smoke("records", 20_000);
}

#[test]
fn message() {
    smoke("message", 20_000);
}

#[test]
fn datagrams() {
    smoke("datagrams", 3_000);
}

#[test]
fn stream() {
    smoke("stream", 3_000);
}

/// Few, because rpcgen has a test of its own for mutations of its files; this one also reads what it emits.
#[test]
fn idl() {
    smoke("idl", 200);
}

#[test]
fn registry() {
    smoke("registry", 10_000);
}

#[test]
fn uaddr() {
    smoke("uaddr", 20_000);
}

#[test]
fn state() {
    smoke("state", 1_000);
}

#[test]
fn dynamic() {
    smoke("dynamic", 20_000);
}
