//! What a test needs of the machine, and what becomes of it where that is missing.

use std::{
    env,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// Something a test needs.
#[derive(Clone, Copy, Debug)]
pub enum Need {
    /// A program, and the Debian package it comes from.
    Program(&'static str, &'static str),
    /// A file, and the Debian package it comes from.
    File(&'static str, &'static str),
    /// A network of the test's own ([`isolated`](crate::isolated)).
    Network,
    /// The programs of this project, compiled.
    Ours,
    /// The project's README.
    Readme,
}

/// `rpcinfo`, of Debian's rpcbind.
pub const RPCINFO: Need = Need::Program("rpcinfo", "rpcbind");
/// Debian's portmapper.
pub const RPCBIND: Need = Need::Program("rpcbind", "rpcbind");
/// C's `rpcgen`.
pub const RPCGEN: Need = Need::Program("rpcgen", "rpcsvc-proto");
/// A C compiler.
pub const GCC: Need = Need::Program("gcc", "gcc");
/// libtirpc, to compile against.
pub const LIBTIRPC: Need = Need::File("/usr/include/tirpc/rpc/rpc.h", "libtirpc-dev");
/// RPC in Python, for instruments.
pub const PYVISA: Need =
    Need::File("/usr/lib/python3/dist-packages/pyvisa_py", "python3-pyvisa-py");
/// Java, to compile and to run.
pub const JAVAC: Need = Need::Program("javac", "default-jdk-headless");
/// RPC in Java.
pub const REMOTE_TEA: Need = Need::File("/usr/share/java/oncrpc.jar", "remotetea");
/// NFS without a kernel, and with an RPC of its own.
pub const LIBNFS: Need = Need::Program("nfs-ls", "libnfs-utils");
/// An NFS server outside of the kernel, whose RPC is ntirpc.
pub const GANESHA: Need = Need::Program("ganesha.nfsd", "nfs-ganesha");
/// Its files in memory.
pub const GANESHA_MEM: Need =
    Need::File("/usr/share/doc/nfs-ganesha-mem/copyright", "nfs-ganesha-mem");
/// What loses packets.
pub const NFT: Need = Need::Program("nft", "nftables");
/// The packet dissector.
pub const TSHARK: Need = Need::Program("tshark", "tshark");

impl Need {
    /// Why it is missing; `None` where it is there.
    fn missing(self) -> Option<String> {
        match self {
            Self::Program(name, package) => {
                find(name).is_none().then(|| format!("no {name} (package {package})"))
            }
            Self::File(path, package) => {
                (!Path::new(path).exists()).then(|| format!("no {path} (package {package})"))
            }
            Self::Network => crate::isolated::impossible()
                .map(|why| format!("no private network namespace ({why})")),
            Self::Readme => {
                (!crate::build::top().join("README.md").exists()).then(|| "no README.md".to_owned())
            }
            Self::Ours => {
                crate::build::programs();
                None
            }
        }
    }
}

/// Whether everything is there. Where something is not, the test is left out by name, or fails if peers are required.
///
/// # Panics
///
/// Something is missing and `SUNRPC_PEERS` is `required`.
#[must_use]
pub fn have(test: &str, needs: &[Need]) -> bool {
    let missing: Vec<String> = needs.iter().filter_map(|need| need.missing()).collect();
    if missing.is_empty() {
        return true;
    }
    let missing = missing.join(", ");
    assert!(!required(), "{test} cannot run: {missing}");
    // Past the capture of the test harness, so that it is seen of tests that pass.
    let _ = writeln!(io::stderr(), "left out: {test}: {missing}");
    false
}

/// Whether a missing peer is a failure.
#[must_use]
pub fn required() -> bool {
    env::var_os("SUNRPC_PEERS").is_some_and(|value| value == "required")
}

/// Where a program is: in `PATH`, or where Debian keeps those for administrators.
#[must_use]
pub fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/sbin".into(), "/usr/bin".into()])
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}
