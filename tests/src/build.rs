//! What has to be compiled before it can be tested: this project's programs, and C peers.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
    time::Duration,
};

use tempfile::TempDir;

use crate::{
    isolated::is_inside,
    process::{command, run, run_within},
};

/// The top of the project.
#[must_use]
pub fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a folder above tests").to_owned()
}

/// Compiles the programs of this project. Tests in a network of their own [need](crate::needs::Need::Ours) this done
/// before.
///
/// # Panics
///
/// They cannot be compiled.
pub fn programs() {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.current_dir(top()).args(["build", "--quiet", "--bins"]);
        cargo.args([
            "-p",
            "sunrpc-services",
            "-p",
            "sunrpc-portmap",
            "-p",
            "sunrpc-tools",
            "-p",
            "sunrpc-readme",
        ]);
        if folder().ends_with("release") {
            cargo.arg("--release");
        }
        let _ = run_within(&mut cargo, Duration::from_secs(900)).ok();
    });
}

/// A program of this project by its name: `services`, `portmap`, `rpccall`, `hello` (the README's).
///
/// # Panics
///
/// It cannot be compiled.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    if !is_inside() {
        programs();
    }
    let program = folder().join(name);
    assert!(program.is_file(), "{} is not there", program.display());
    program
}

/// Where cargo puts programs: `target/debug`, above the folder of the test programs, `target/debug/deps`.
fn folder() -> PathBuf {
    let this = env::current_exe().expect("this program");
    let folder = this.parent().expect("a folder of programs");
    let folder = if folder.ends_with("deps") { folder.parent() } else { Some(folder) };
    folder.expect("a folder of programs").to_owned()
}

/// A C program with the stubs that C's `rpcgen` makes of a file in `idl/`, linked with libtirpc.
#[derive(Debug)]
pub struct CProgram {
    folder: TempDir,
}

impl CProgram {
    /// Compiles `tests/c/NAME.c` with those stubs of `idl/INTERFACE.x` that `parts` name: `h` (the header, always
    /// needed), `c` (XDR), `l` (client), `s` (a whole server over UDP and TCP, but for what its procedures do).
    ///
    /// # Panics
    ///
    /// It cannot be compiled.
    #[must_use]
    pub fn compile(name: &str, interface: &str, parts: &[&str]) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let at = folder.path();
        let x = format!("{interface}.x");
        fs::copy(top().join("idl").join(&x), at.join(&x)).expect("the interface file");
        for part in parts {
            let out = if *part == "h" { format!("{interface}.h") } else { format!("{part}.c") };
            let mut rpcgen = command("rpcgen");
            match *part {
                "s" => rpcgen.args(["-s", "udp", "-s", "tcp"]),
                part => rpcgen.arg(format!("-{part}")),
            };
            let _ = run(rpcgen.current_dir(at).args(["-o", &out, &x])).ok();
        }
        let mut gcc = command("gcc");
        // What rpcgen writes is not clean; what is ours is.
        gcc.current_dir(at).args(["-O1", "-w", "-I/usr/include/tirpc", "-I.", "-o", "program"]);
        gcc.arg(top().join("tests/c").join(format!("{name}.c")));
        gcc.args(parts.iter().filter(|part| **part != "h").map(|part| format!("{part}.c")));
        let _ = run(gcc.arg("-ltirpc")).ok();
        Self { folder }
    }

    /// To run it.
    #[must_use]
    pub fn command(&self) -> Command {
        Command::new(self.folder.path().join("program"))
    }
}
