//! Every file compiles, and so does the Rust that it becomes.

use sunrpc_field_tests::{
    corpus::{PACKAGES, beyond_c, left_out},
    folder::rpcgen,
    rust,
};
use sunrpc_tests::process::run;

use crate::world;

/// rustc and clippy take all of it without a warning, servers, clients and documentation included.
#[test]
fn every_file_becomes_rust_that_compiles() {
    let files = world::files("every_file_becomes_rust_that_compiles");
    let of = |package: &str| {
        let module = package.replace('-', "_");
        files.iter().filter(|file| file.module.starts_with(&module)).count()
    };
    let counts = PACKAGES.map(|package| (package, of(package)));
    println!("{} files: {counts:?}", files.len());
    if files.iter().any(|file| file.module.starts_with("libvirt")) {
        assert!(counts.iter().all(|(_, count)| *count > 0), "{counts:?}");
    }
    world::generate(files);
    rust::check("rust");
}

/// So do they with the original names, with bytes for strings, and in modules.
#[test]
fn so_it_does_with_other_options() {
    rust::generate_otherwise(world::files("so_it_does_with_other_options"));
    rust::check("otherwise");
}

/// What is left out is refused with errors that show where, not by a crash.
#[test]
fn what_is_left_out_is_explained() {
    let _ = world::files("what_is_left_out_is_explained");
    for path in left_out() {
        let refused = run(rpcgen().arg("--check").arg(&path));
        assert_eq!(refused.status.code(), Some(1), "{path:?}: {refused}");
        assert!(refused.stderr.contains("error[X"), "{path:?}: {refused}");
    }
}

/// What C cannot compile is taken all the same; `rpcgen/tests/options` runs the like.
#[test]
fn what_is_beyond_c_is_taken() {
    let _ = world::files("what_is_beyond_c_is_taken");
    for path in beyond_c() {
        let taken = run(rpcgen().arg("--check").arg(&path));
        assert_eq!(taken.status.code(), Some(0), "{path:?}: {taken}");
    }
}
