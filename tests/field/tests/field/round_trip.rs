//! What the emitted Rust takes it writes again, byte for byte: there is one encoding of a value.

use std::process::Command;

use sunrpc_field_tests::{
    peer::{Answer, Peer},
    rust,
    sample::{Recipe, Sample},
};

use crate::world;

#[test]
fn what_is_taken_is_written_again() {
    let files = world::files("what_is_taken_is_written_again");
    let mut peer = Peer::start(Command::new(world::peer(files)));
    let (mut taken, mut refused) = (0, 0);
    for (index, (file, def)) in rust::types(files).enumerate() {
        for value in 0..world::values() {
            let mut check = |recipe: Recipe| {
                let sample = Sample::new(files, file, def, world::seed(index, value), recipe);
                sample.check(|bytes| is_taken(&mut peer, index, recipe, bytes))
            };
            let _ = check(Recipe::Valid);
            for recipe in [Recipe::Faulty, Recipe::Damaged(1)] {
                *(if check(recipe) { &mut taken } else { &mut refused }) += 1;
            }
        }
    }
    println!("of damaged values {taken} taken, {refused} refused");
    assert!(taken > 100 && refused > 100, "{taken} taken, {refused} refused");
}

/// Whether it takes them, and so writes them; what is valid it must take.
fn is_taken(peer: &mut Peer, index: usize, recipe: Recipe, bytes: &[u8]) -> Result<bool, String> {
    let answer = peer.ask(0, index, bytes).unwrap_or_else(Answer::Failed);
    match &answer {
        Answer::Refused(_) if !matches!(recipe, Recipe::Valid) => Ok(false),
        _ if answer == Answer::Taken(bytes.len(), bytes.to_vec()) => Ok(true),
        _ => Err(format!("{answer:?}")),
    }
}
