//! The `.x` compiler: any text is either refused with diagnostics or becomes Rust.

use std::path::Path;

use sunrpc_rpcgen::Builder;

/// The input is the text of a file.
pub fn run(data: &[u8]) {
    match Builder::new().generate_text("input.x", data) {
        Ok(rust) => {
            if let Err(error) = syn::parse_file(&rust) {
                panic!("not Rust: {error}\n{rust}");
            }
        }
        Err(error) => assert!(!error.to_string().is_empty(), "refused without a reason"),
    }
}

/// The project's own files, those that must be refused among them.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["../../idl", "../../idl/dialect", "../../idl/bad", "idl"] {
        let entries = std::fs::read_dir(here.join(folder)).expect("the folder is there");
        files.extend(entries.map(|entry| entry.expect("it can be read").path()));
    }
    files.retain(|path| path.extension().is_some_and(|extension| extension == "x"));
    files.sort();
    files.iter().map(|path| std::fs::read(path).expect("it can be read")).collect()
}
