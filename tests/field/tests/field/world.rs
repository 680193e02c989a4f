//! What the tests share: the files, and the crate that they become.

use std::{
    io::{self, Write as _},
    path::PathBuf,
    sync::OnceLock,
};

use sunrpc_field_tests::{
    corpus::{self, File, XZ},
    folder::number,
    rust,
};
use sunrpc_tests::needs::{have, required};

/// Every file. Where those of the packages are missing, the test says so and goes on with this project's own, or fails
/// if peers are required.
pub(crate) fn files(test: &str) -> &'static [File] {
    static FILES: OnceLock<Vec<File>> = OnceLock::new();
    if let Err(why) = corpus::packages() {
        let _ = have(test, &[XZ]);
        assert!(!required(), "{test} cannot run: {why}");
        // Past the capture of the test harness, so that it is seen of tests that pass.
        let _ = writeln!(io::stderr(), "left out in part: {test}: {why}");
    }
    FILES.get_or_init(corpus::all)
}

/// Writes the crate of all files.
pub(crate) fn generate(files: &[File]) {
    static GENERATED: OnceLock<()> = OnceLock::new();
    GENERATED.get_or_init(|| rust::generate(files));
}

/// The program that answers for the Rust of all files.
pub(crate) fn peer(files: &[File]) -> PathBuf {
    static PEER: OnceLock<PathBuf> = OnceLock::new();
    PEER.get_or_init(|| {
        generate(files);
        rust::peer()
    })
    .clone()
}

/// How many values of each type.
pub(crate) fn values() -> u64 {
    number("SUNRPC_FIELD_VALUES", 8)
}

/// The seed of one value.
pub(crate) fn seed(index: usize, value: u64) -> u64 {
    let start = number("SUNRPC_FIELD_SEED", 1);
    start.wrapping_mul(1 << 40) + (u64::try_from(index).expect("an index") << 20) + value
}
