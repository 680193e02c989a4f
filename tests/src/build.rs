//! What has to be compiled before it can be tested: this project's programs, and C peers.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use tempfile::TempDir;

use crate::process::{command, run};

/// The top of the project.
#[must_use]
pub fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a folder above tests").to_owned()
}

/// A program of this project by its name (`services`, `portmap`), compiled where it is not.
///
/// # Panics
///
/// It cannot be compiled.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    static BUILT: OnceLock<()> = OnceLock::new();
    // Beside the folder of the test programs: `target/debug/deps/x` and `target/debug/services`.
    let this = env::current_exe().expect("this program");
    let folder = this.ancestors().nth(2).expect("a folder of programs");
    BUILT.get_or_init(|| {
        // In a network of its own, a test finds compiled what was compiled outside.
        if env::var_os("SUNRPC_TEST_INSIDE").is_some() {
            return;
        }
        let mut cargo = Command::new(env!("CARGO"));
        cargo.current_dir(top()).args(["build", "--quiet", "--bins"]);
        cargo.args(["-p", "sunrpc-services", "-p", "sunrpc-portmap"]);
        if folder.ends_with("release") {
            cargo.arg("--release");
        }
        let _ = crate::process::run_within(&mut cargo, std::time::Duration::from_secs(900)).ok();
    });
    let program = folder.join(name);
    assert!(program.is_file(), "{} is not there", program.display());
    program
}

/// A C program with the stubs that C's `rpcgen` makes of a file in `idl/`, linked with libtirpc.
#[derive(Debug)]
pub struct CProgram {
    folder: TempDir,
}

impl CProgram {
    /// Compiles `tests/c/NAME.c` with those stubs of `idl/INTERFACE.x` that `parts` name: `h` (the header, always
    /// needed), `c` (XDR), `l` (client), `m` (server's dispatcher).
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
            let option = format!("-{part}");
            let rpcgen = run(command("rpcgen").current_dir(at).args([&option, "-o", &out, &x]));
            let _ = rpcgen.ok();
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
