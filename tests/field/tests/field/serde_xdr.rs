//! The same bytes through `serde_xdr`, for the types that it can do.

use sunrpc_field_tests::{
    peer::{Answer, Peer},
    rust,
    sample::{Recipe, Sample},
    second_opinion::supports,
};

use crate::world;

#[test]
fn serde_xdr_writes_and_reads_the_same() {
    let files = world::files("serde_xdr_writes_and_reads_the_same");
    let mut peer = Peer::start(std::process::Command::new(world::peer(files)));
    let (mut types, mut values) = (0, 0);
    for (index, (file, def)) in rust::types(files).enumerate() {
        if !supports(files, file, def) {
            continue;
        }
        types += 1;
        for value in 0..world::values() {
            values += 1;
            let seed = world::seed(index, value);
            Sample::new(files, file, def, seed, Recipe::Ascii).check(|bytes| {
                let expected = Answer::Taken(bytes.len(), bytes.to_vec());
                let answer = peer.ask(1, index, bytes).unwrap_or_else(Answer::Failed);
                if answer == expected { Ok(()) } else { Err(format!("{answer:?}")) }
            });
        }
    }
    println!("{values} values of {types} types");
    assert!(types > 20, "{types} types are not worth the name");
}
