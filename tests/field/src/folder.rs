//! Where things lie, and the compiler.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
    time::Duration,
};

use sunrpc_tests::{build::top, process::run_within};

/// How long a compiler may take; only an endless one is meant.
pub const PATIENCE: Duration = Duration::from_secs(900);

/// Cargo's target folder, found as `tests/field/fetch` finds it.
#[must_use]
pub fn target() -> PathBuf {
    let given = env::var_os("CARGO_TARGET_DIR").filter(|given| !given.is_empty());
    top().join(given.unwrap_or_else(|| "target".into()))
}

/// `target/field/NAME`, made where it is missing.
#[must_use]
pub fn field(name: &str) -> PathBuf {
    let folder = target().join("field").join(name);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// Cargo, in the project, with what it makes in this folder.
#[must_use]
pub fn cargo(arguments: &[&str], target: &Path) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(top()).args(arguments).arg("--offline").arg("--target-dir").arg(target);
    cargo
}

/// Our compiler.
#[must_use]
pub fn rpcgen() -> Command {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let program = BUILT.get_or_init(|| {
        let build = ["build", "--quiet", "-p", "sunrpc-rpcgen", "--bin", "rpcgen"];
        let mut cargo = cargo(&build, &target());
        let _ = run_within(&mut cargo, PATIENCE).ok();
        target().join("debug/rpcgen")
    });
    Command::new(program)
}

/// Writes a file where it is not so already: what is not newer need not be compiled again.
pub fn write(path: &Path, text: &str) {
    if fs::read(path).is_ok_and(|old| old == text.as_bytes()) {
        return;
    }
    fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

/// A number from the environment.
#[must_use]
pub fn number(variable: &str, otherwise: u64) -> u64 {
    let given = env::var(variable).ok();
    given.map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{variable}={text}")))
}
