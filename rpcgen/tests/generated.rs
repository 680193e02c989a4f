//! docs/GENERATED.md shows what is emitted.

use std::{fs, path::Path};

use sunrpc_rpcgen::Builder;

/// An excerpt begins with the `.x` file that it is of; each of its paragraphs stands in the Rust which that becomes.
#[test]
fn excerpts_are_emitted() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let document = fs::read_to_string(top.join("docs/GENERATED.md")).expect("the document");
    let mut seen = 0;
    for (file, excerpt) in document.split("```rust,ignore\n// idl/").skip(1).map(excerpt) {
        let rust = Builder::new().generate(top.join("idl").join(file)).expect("it compiles");
        let rust = bare(&rust);
        for paragraph in excerpt.split("\n\n") {
            assert!(rust.contains(&bare(paragraph)), "not emitted of {file}:\n{paragraph}");
            seen += 1;
        }
    }
    assert!(seen >= 10, "the excerpts are gone: {seen}");
}

fn excerpt(from: &str) -> (&str, &str) {
    let block = from.split("\n```").next().unwrap_or_default();
    block.split_once('\n').expect("a file's name, and Rust")
}

/// Without layout, comments and search aliases.
fn bare(rust: &str) -> String {
    let lines = rust.lines().map(|line| line.split("//").next().unwrap_or_default());
    let code = lines.filter(|line| !line.trim_start().starts_with("#[doc(alias"));
    let bare: String = code.flat_map(str::split_whitespace).collect();
    bare.replace(",)", ")").replace(",}", "}")
}
