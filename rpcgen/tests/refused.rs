//! Files that must be refused, and what is said of them.

use std::path::{Path, PathBuf};

use sunrpc_rpcgen::Builder;

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../idl/bad");
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.expect("it can be read").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "x"));
    files.sort();
    files
}

#[test]
fn are_explained() {
    let files = files();
    assert!(files.len() >= 60, "only {} files", files.len());
    for path in files {
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("a name in ASCII");
        let error = Builder::new().generate(&path).expect_err(name).to_string();
        // The places are those of the checkout; the names are not.
        let folder = path.parent().expect("it lies in a folder").display().to_string();
        let error = error.replace(&format!("{folder}/"), "");
        let settings = insta::Settings::clone_current();
        let mut settings = settings;
        settings.set_snapshot_path("refused");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name, error));
    }
}

#[test]
fn nothing_that_a_terminal_obeys_is_shown() {
    let text = "#error \u{1b}[2J \u{9b}2J \u{202e}\n";
    let error = Builder::new().schema_text("a.x", text).expect_err("refused").to_string();
    assert!(error.contains("[2J \u{fffd}2J \u{fffd}"), "{error:?}");
    assert!(error.chars().all(|c| c == '\n' || !c.is_control()), "{error:?}");
}
