//! What the emitted Rust takes it writes again, byte for byte: there is one encoding of a value.

use std::process::Command;

use sunrpc_field_tests::{
    mutate::mutate,
    peer::{Answer, Peer},
    rust,
    values::Values,
};
use sunrpc_tests::{hex, rng::Rng};

use crate::world;

#[test]
fn what_is_taken_is_written_again() {
    let files = world::files("what_is_taken_is_written_again");
    let mut peer = Peer::start(Command::new(world::peer(files)));
    let (mut taken, mut refused) = (0, 0);
    for (index, (file, def)) in rust::types(files).enumerate() {
        for value in 0..world::values() {
            let seed = world::seed(index, value);
            let show = |bytes: &[u8], answer: &Answer| {
                let (module, name, hex) = (&file.module, &def.name, hex::encode(bytes));
                format!("{module}: {name}, seed {seed}: {hex}\n{answer:?}")
            };
            let valid = Values::new(files, seed).of(file, def);
            let answer = peer.ask(0, index, &valid).unwrap_or_else(Answer::Failed);
            let whole = |bytes: &[u8]| Answer::Taken(bytes.len(), bytes.to_vec());
            assert!(answer == whole(&valid), "{}", show(&valid, &answer));

            let faulty = Values::new(files, seed).with_faults().of(file, def);
            for damaged in [mutate(&mut Rng(seed ^ 1), &valid), faulty] {
                let answer = peer.ask(0, index, &damaged).unwrap_or_else(Answer::Failed);
                let is_refused = matches!(answer, Answer::Refused(_));
                *(if is_refused { &mut refused } else { &mut taken }) += 1;
                assert!(is_refused || answer == whole(&damaged), "{}", show(&damaged, &answer));
            }
        }
    }
    println!("of damaged values {taken} taken, {refused} refused");
    assert!(taken > 100 && refused > 100, "{taken} taken, {refused} refused");
}
