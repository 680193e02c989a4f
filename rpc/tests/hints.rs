//! What the compiler says to mistakes that newcomers make. It takes a core while it runs, so nothing that looks at the
//! time is tested here.

use std::{env, fs, path::Path, process::Command};

/// What the compiler says of a program, without a build script.
fn complaint(program: &str) -> String {
    let this = env::current_exe().unwrap();
    let deps = this.parent().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("main.rs");
    fs::write(&source, program).unwrap();
    let mut rustc = Command::new(Path::new(env!("CARGO")).with_file_name("rustc"));
    rustc.env_remove("OUT_DIR");
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
    let complaint =
        complaint("struct Hello; fn main() { sunrpc::server::Server::builder().service(Hello); }");
    for part in
        ["`Hello` is not a service", "is served in the struct of that name", "`FooV1Server(Hello)`"]
    {
        assert!(complaint.contains(part), "{complaint}");
    }
}

#[test]
fn what_no_build_script_has_made_cannot_be_included() {
    for program in ["sunrpc::include_x!(mod hello); fn main() {}", "sunrpc::include_x!(\"hello\");"]
    {
        let complaint = complaint(program);
        assert!(complaint.contains("a build.rs beside Cargo.toml has to compile"), "{complaint}");
    }
}
