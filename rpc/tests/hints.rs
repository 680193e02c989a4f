//! What the compiler says to mistakes that newcomers make.

use std::{env, fs, path::Path, process::Command};

/// What the compiler says of a program that serves `Hello`, which is no service.
fn complaint() -> String {
    let this = env::current_exe().unwrap();
    let deps = this.parent().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("main.rs");
    let program = "struct Hello; fn main() { sunrpc::server::Server::builder().service(Hello); }";
    fs::write(&source, program).unwrap();
    let mut rustc = Command::new(Path::new(env!("CARGO")).with_file_name("rustc"));
    rustc.args(["--edition=2024", "--emit=metadata", "--out-dir"]).args([folder.path(), &source]);
    let dependencies = format!("dependency={}", deps.display());
    let library = format!("sunrpc={}", newest_library(deps));
    let output = rustc.args(["-L", &dependencies, "--extern", &library]).output().unwrap();
    String::from_utf8(output.stderr).unwrap()
}

/// Those of other features lie beside it, and may be older.
fn newest_library(deps: &Path) -> String {
    let files = fs::read_dir(deps).unwrap().map(|entry| entry.unwrap());
    let ours = files.filter(|file| {
        let name = file.file_name().into_string().unwrap();
        name.starts_with("libsunrpc-") && name.ends_with(".rlib")
    });
    let newest = ours.max_by_key(|file| file.metadata().unwrap().modified().unwrap());
    newest.expect("the library").path().into_os_string().into_string().unwrap()
}

#[test]
fn what_is_no_service_is_served_in_its_struct() {
    let complaint = complaint();
    for part in
        ["`Hello` is not a service", "is served in the struct of that name", "`FooV1Server(Hello)`"]
    {
        assert!(complaint.contains(part), "{complaint}");
    }
}
