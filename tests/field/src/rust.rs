//! The crate of all files: a module for each, and a program that answers for their types.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use sunrpc_tests::{
    build::top,
    process::{run, run_within},
};

use crate::{
    arguments, codec,
    corpus::File,
    folder::{PATIENCE, cargo, field, target, write},
    schema::TypeDef,
    second_opinion,
};

/// Writes the crate; what did not change stays as it is.
///
/// # Panics
///
/// A file is refused by our compiler.
pub fn generate(files: &[File]) {
    let src = field("rust/src");
    for file in files {
        let mut rpcgen = file.rpcgen(&["--serde"]);
        let emitted = run(&mut rpcgen).ok().stdout;
        write(&src.join(&file.module).with_extension("rs"), &(emitted + &arguments::shims(file)));
        emit(file, &["--types-only", "--borrow", "."], &src.join(borrowing(file)));
    }
    write(&src.join("lib.rs"), &lib(files, &src));
    write(&src.join("main.rs"), MAIN);
    surround(&src, "sunrpc-field-peer");
}

/// Writes a crate of the same files, emitted otherwise: this project's in each of the ways, the others in one of them,
/// in turn, as they are many. Those that need types of another file are left out.
///
/// # Panics
///
/// A file is refused by our compiler.
pub fn generate_otherwise(files: &[File]) {
    let src = field("otherwise/src");
    let mut text = "//! Options.\n\n#![deny(warnings, missing_docs)]\n".to_owned();
    for (turn, file) in files.iter().filter(|file| file.stands_alone()).enumerate() {
        for (at, options) in OTHERWISE.iter().enumerate() {
            if !file.is_ours() && turn % OTHERWISE.len() != at {
                continue;
            }
            let module = format!("{}_{at}", file.module);
            emit(file, options, &src.join(&module));
            let _ = write!(text, "\n/// One of the ways.\npub mod {module};\n");
        }
    }
    write(&src.join("lib.rs"), &text);
    surround(&src, "sunrpc-field-otherwise");
}

/// Options that change what is emitted.
const OTHERWISE: [&[&str]; 3] = [
    &["--keep-names"],
    &["--bytes", ".", "--shared-bytes", ".", "--no-server"],
    &["--modules", "--borrow", ".", "--no-client"],
];

fn emit(file: &File, options: &[&str], to: &Path) {
    let to = to.with_extension("rs");
    let to = to.to_str().expect("a path in UTF-8");
    let _ = run(&mut file.rpcgen(&[options, &["-o", to]].concat())).ok();
}

/// What cargo needs beside the sources. Two crates of one name would take each other's place in the target folder.
fn surround(src: &Path, package: &str) {
    write(&src.join("../Cargo.toml"), &manifest(package));
    // The same versions as everywhere; cargo takes out what this crate does not need.
    let lock = src.join("../Cargo.lock");
    fs::copy(top().join("Cargo.lock"), lock).expect("the workspace's lock");
}

/// Rust's compiler and clippy take the crate in this folder without a warning.
///
/// # Panics
///
/// They do not.
pub fn check(name: &str) {
    let folder = field(name);
    // Cargo does one thing at a time in a target folder: in one of its own, this goes on while others are compiled.
    let mut clippy = cargo(&["clippy", "--quiet"], &folder.join("target"));
    clippy.current_dir(folder).args(["--", "-D", "warnings"]);
    let _ = run_within(&mut clippy, PATIENCE).ok();
}

/// The program.
///
/// # Panics
///
/// It cannot be compiled.
#[must_use]
pub fn peer() -> PathBuf {
    let _ =
        run_within(cargo(&["build", "--quiet"], &target()).current_dir(field("rust")), PATIENCE)
            .ok();
    target().join("debug/sunrpc-field-peer")
}

/// Every type that the program answers for, in the order of its table.
pub fn types(files: &[File]) -> impl Iterator<Item = (&File, &TypeDef)> {
    files.iter().flat_map(|file| file.schema.roots().map(move |def| (file, def)))
}

const MAIN: &str = "//! Answers on standard output.\n\nfn main() -> std::io::Result<()> {\n    \
                    sunrpc_field_peer::serve()\n}\n";

fn manifest(package: &str) -> String {
    let top = top();
    let top = top.display();
    format!(
        "[workspace]\n\n[package]\nname = \"{package}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
         publish = false\n\n[dependencies]\nserde = {{ version = \"1.0\", features = [\"derive\"] }}\n\
         serde_xdr = {{ version = \"0.6\", package = \"serde-xdr\" }}\nsunrpc = {{ path = \"{top}/rpc\", features = [\"bytes\", \"serde\"] }}\n\n\
         [profile.dev]\ndebug = false\n"
    )
}

/// The module of the types that borrow.
fn borrowing(file: &File) -> String {
    format!("{}_borrowed", file.module)
}

fn lib(files: &[File], src: &Path) -> String {
    let mut text = include_str!("../harness/lib.rs").to_owned();
    for file in files {
        let _ = write!(text, "\n/// What its `.x` file becomes.\npub mod {};\n", file.module);
        let _ = write!(text, "\n/// The types that borrow.\npub mod {};\n", borrowing(file));
    }
    text.push_str("\n/// What stands for typedefs.\npub mod stand_in {\n");
    for file in files {
        let stood_in: Vec<String> = stood_in(files, file).collect();
        if !stood_in.is_empty() {
            let module = &file.module;
            let _ = write!(
                text,
                "    /// Of one file.\n    pub mod {module} {{\n{}    }}\n",
                stood_in.concat()
            );
        }
    }
    text.push_str("}\n\n/// Every type.\npub static TYPES: &[Type] = &[\n");
    for file in files {
        let emitted = src.join(borrowing(file)).with_extension("rs");
        let emitted = fs::read_to_string(emitted).expect("it was emitted");
        for def in file.schema.roots() {
            let entry = entry(files, file, def) + &borrowed(file, def, &emitted);
            let _ = writeln!(text, "    {entry},");
        }
    }
    text.push_str("];\n");
    text
}

/// What answers for one type.
fn entry(files: &[File], file: &File, def: &TypeDef) -> String {
    if def.is_arguments() {
        let path = arguments::path(file, def);
        return format!("Type {{ ours: {path}, theirs: None, borrowed: None }}");
    }
    let by = if second_opinion::supports(files, file, def) { "both" } else { "ours" };
    format!("{by}::<{}, {}>()", codec::of(file, def), codec::path(file, def))
}

/// And through the type that borrows, where the emitted code has one.
fn borrowed(file: &File, def: &TypeDef, emitted: &str) -> String {
    let twin = format!("{}Ref", def.rust);
    if !emitted.contains(&format!(" {twin}<'a>")) {
        return String::new();
    }
    let (module, other) = (format!("crate::{}::", file.module), borrowing(file));
    let here = |path: String| path.replace(&module, &format!("crate::{other}::"));
    let (codec, owned) = (here(codec::of(file, def)), here(codec::path(file, def)));
    format!(".and(borrowed!({codec}, crate::{other}::{twin}<'_>, {owned}))")
}

/// What stands for those typedefs of a file that others take from its header.
fn stood_in<'a>(files: &'a [File], file: &'a File) -> impl Iterator<Item = String> + 'a {
    let is_used = |def: &&TypeDef| {
        let path = codec::stand_in(file, def);
        files.iter().any(|user| user.takes(&path))
    };
    file.schema.types.iter().filter(is_used).map(|def| {
        let (codec, value) = (codec::of(file, def), codec::path(file, def));
        format!("        stand_in!({}, {codec}, {value});\n", def.rust)
    })
}
