//! A failure is shown with the smallest value that fails. The disagreements here are planted.

use std::panic::{AssertUnwindSafe, catch_unwind};

use sunrpc_field_tests::{
    corpus::{self, File},
    sample::{Recipe, Sample},
    shrink::STEPS,
};
use sunrpc_tests::hex;

#[test]
fn a_list_of_strings_becomes_the_one_character() {
    let crab = "\u{1f980}".as_bytes();
    let planted = |bytes: &[u8]| bytes.windows(4).any(|window| window == crab);
    // One registration; its program and version, and a string in one of three places.
    let smallest = [
        "00000001 00000000 00000000 00000004 f09fa680 00000000 00000000 00000000",
        "00000001 00000000 00000000 00000000 00000004 f09fa680 00000000 00000000",
        "00000001 00000000 00000000 00000000 00000000 00000004 f09fa680 00000000",
    ];
    all_become("idl_rpcb", "rpcblist_ptr", Recipe::Valid, planted, &smallest);
}

#[test]
fn a_number_becomes_the_first_that_fails() {
    let planted = |bytes: &[u8]| bytes[4..8] > *1000_u32.to_be_bytes().as_slice();
    let smallest = ["00000000 000003e9 00000000 00000000"];
    all_become("idl_portmap", "mapping", Recipe::Valid, planted, &smallest);
}

#[test]
fn an_arm_becomes_its_simplest_value() {
    // The one that is not void: a session and a greeting.
    let planted = |bytes: &[u8]| bytes.len() > 4;
    let smallest = ["00000000 00000000 00000000 00000000"];
    all_become("idl_doctor", "open_result", Recipe::Valid, planted, &smallest);
}

#[test]
fn damage_becomes_the_least() {
    let planted = |bytes: &[u8]| !bytes.len().is_multiple_of(4);
    all_become("idl_rpcb", "rpcblist_ptr", Recipe::Damaged(1), planted, &["00"]);
}

#[test]
fn what_always_fails_becomes_the_simplest_of_all() {
    all_become("idl_rpcb", "rpcblist_ptr", Recipe::Faulty, |_| true, &["00000000"]);
}

#[test]
fn the_failure_shows_both() {
    let files = corpus::ours();
    let sample = sample(&files, "idl_portmap", "mapping", 7, Recipe::Valid);
    let judge = |bytes: &[u8]| match bytes[3] {
        0 => Ok(()),
        _ => Err(format!("the peers disagree on {}", bytes[3])),
    };
    let failure = catch_unwind(AssertUnwindSafe(|| sample.check(judge)));
    let failure = failure.expect_err("it was planted");
    let text = failure.downcast_ref::<String>().expect("a text");
    let full = hex::encode(&sample.bytes);
    assert!(text.starts_with(&format!("idl_portmap: mapping, seed 7, Valid: {full}\n")), "{text}");
    assert!(text.contains("steps: 00000001000000000000000000000000\n"), "{text}");
    assert!(text.ends_with("the peers disagree on 1"), "{text}");
}

/// From every seed of the first 300 whose value fails.
fn all_become(
    module: &str,
    name: &str,
    recipe: Recipe,
    fails: impl Fn(&[u8]) -> bool,
    smallest: &[&str],
) {
    let smallest: Vec<String> = smallest.iter().map(|text| text.replace(' ', "")).collect();
    let files = corpus::ours();
    let mut found = 0;
    for seed in 0..300 {
        let sample = sample(&files, module, name, seed, recipe);
        if !fails(&sample.bytes) {
            continue;
        }
        found += 1;
        let shrunk = sample.smallest(&fails);
        let (from, to) = (hex::encode(&sample.bytes), hex::encode(&shrunk.bytes));
        assert!(smallest.contains(&to), "seed {seed}: from {from} to {to}");
        assert!(shrunk.steps < STEPS, "seed {seed}: as many steps as may be");
    }
    assert!(found > 10, "{found} values failed");
}

fn sample<'a>(
    files: &'a [File],
    module: &str,
    name: &str,
    seed: u64,
    recipe: Recipe,
) -> Sample<'a> {
    let file = files.iter().find(|file| file.module == module).expect("a file");
    Sample::new(files, file, file.schema.get(name), seed, recipe)
}
