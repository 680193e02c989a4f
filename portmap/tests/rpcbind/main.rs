//! The same operations on rpcbind and on ours: every difference is one that `docs/INTEROP.md` explains.

mod operation;
mod rpcinfo;
mod rules;
mod servers;

use std::{collections::BTreeMap, fmt::Write as _};

use sunrpc_tests::{isolated::isolated, needs::RPCBIND, rng::Rng};

use operation::{Kind, Operation};
use rules::Rule;
use servers::{Clients, Ports, ours, rpcbind};

/// From what the operations are chosen.
const SEEDS: [u64; 3] = [0x5eed_0001, 0x5eed_0002, 0x5eed_0003];
/// How many operations, of each seed.
const OPERATIONS: usize = 3000;

#[test]
fn the_same_operations_give_the_same_results() {
    isolated(&[RPCBIND], || {
        // Programs that listen: rpcbind drops what does not.
        let ports = Ports::open();
        let mut seen: BTreeMap<Rule, usize> = BTreeMap::new();
        for seed in SEEDS {
            compare(seed, &ports, &mut seen);
        }
        println!("{OPERATIONS} operations of each seed; differences: {seen:?}");
        for rule in Rule::ALL {
            assert!(
                seen.contains_key(&rule),
                "{rule:?} explains nothing: it does not belong in the list"
            );
        }
    });
}

/// Runs the operations of one seed on both, and counts what differs by the rule that explains it.
fn compare(seed: u64, ports: &Ports, seen: &mut BTreeMap<Rule, usize>) {
    let operations = operations(seed, ports);
    let theirs = run(&rpcbind(), &operations);
    let ours = run(&ours(), &operations);
    let mut unexplained = String::new();
    for ((operation, theirs), ours) in operations.iter().zip(&theirs).zip(&ours) {
        if theirs == ours {
            continue;
        }
        match Rule::that_explains(operation, theirs, ours) {
            Some(rule) => *seen.entry(rule).or_default() += 1,
            None => {
                let _ =
                    writeln!(unexplained, "{operation:?}\n  rpcbind: {theirs}\n  ours:    {ours}");
            }
        }
    }
    assert!(unexplained.is_empty(), "seed {seed:#x}:\n{unexplained:.8000}");
}

#[test]
fn the_list_of_differences_is_written_down() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/INTEROP.md");
    let text = std::fs::read_to_string(path).expect("docs/INTEROP.md");
    for rule in Rule::ALL {
        let row = format!("| {} |", rule.number());
        assert!(text.contains(&row), "docs/INTEROP.md has no row {row:?} ({rule:?})");
    }
}

fn operations(seed: u64, ports: &Ports) -> Vec<Operation> {
    let mut rng = Rng(seed);
    let mut operations: Vec<Operation> =
        (0..OPERATIONS).map(|_| Operation::random(&mut rng, ports)).collect();
    // What would change the portmapper itself comes last: rpcbind lets root do so.
    operations.sort_by_key(|operation| operation.kind == Kind::Itself);
    operations
}

/// What each operation answers.
fn run(server: &servers::Server, operations: &[Operation]) -> Vec<String> {
    let clients = Clients::connect(server);
    operations.iter().map(|operation| operation.run(&clients)).collect()
}
