//! The types that borrow read and write what those that own do, and refuse the same for the same reason.

use std::process::Command;

use sunrpc_field_tests::{
    peer::{Answer, Peer},
    rust,
    sample::{Recipe, Sample},
};

use crate::world;

#[test]
fn borrowed_types_agree_with_owned_ones() {
    let files = world::files("borrowed_types_agree_with_owned_ones");
    let mut peer = Peer::start(Command::new(world::peer(files)));
    let (mut types, mut refused) = (0, 0);
    for (index, (file, def)) in rust::types(files).enumerate() {
        let nothing = peer.ask(2, index, &[]).unwrap_or_else(Answer::Failed);
        if nothing == Answer::None {
            continue;
        }
        types += 1;
        for value in 0..world::values() {
            for recipe in [Recipe::Valid, Recipe::Faulty, Recipe::Damaged(3)] {
                let sample = Sample::new(files, file, def, world::seed(index, value), recipe);
                refused += usize::from(sample.check(|bytes| is_refused(&mut peer, index, bytes)));
            }
        }
    }
    println!("{types} types, {refused} values refused");
    assert!(types > 20 && refused > 100, "{types} types, {refused} values refused");
}

/// Whether both refuse them; what both take, both write again.
fn is_refused(peer: &mut Peer, index: usize, bytes: &[u8]) -> Result<bool, String> {
    let owned = peer.ask(0, index, bytes).unwrap_or_else(Answer::Failed);
    let borrowed = peer.ask(2, index, bytes).unwrap_or_else(Answer::Failed);
    match &owned {
        Answer::Refused(_) if owned == borrowed => Ok(true),
        Answer::Taken(..) if owned == borrowed => Ok(false),
        _ => Err(format!("owned: {owned:?}\nborrowed: {borrowed:?}")),
    }
}
