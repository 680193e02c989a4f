//! Two users of one machine: what the one has registered, the other cannot take back.

use std::process::Command;

use sunrpc::Transport;
use sunrpc_portmap::{Error, Netid, Owner, Portmap, Portmapper, Uaddr};

const PROGRAM: u32 = 0x2000_0001;
const ADA: &str = "12345";
const BOB: &str = "12346";

#[test]
fn a_registration_is_its_users() {
    if !rustix::process::getuid().is_root() || !has_setpriv() {
        eprintln!("left out: a_registration_is_its_users: only root can be two others (setpriv)");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    open_to_all(directory.path());
    let path = directory.path().join("portmap.sock");
    let portmapper = Portmapper::builder().listen_unix(&path).spawn().unwrap();
    // A copy that other users may run, wherever the program was built.
    let registrar = directory.path().join("registrar");
    std::fs::copy(std::env::current_exe().unwrap(), &registrar).unwrap();
    open_to_all(&registrar);
    let by = |user: &str, change: &str| {
        let status = Command::new("setpriv")
            .args(["--reuid", user, "--regid", user, "--clear-groups", "--"])
            .arg(&registrar)
            .args(["--exact", "changes_what_it_is_told", "--test-threads=1"])
            .env(CHANGE, change)
            .env(SOCKET, &path)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&status.stdout).into_owned();
        assert!(said.contains("1 passed") || said.contains("1 failed"), "{said}");
        status.status.success()
    };
    let owners = || -> Vec<Owner> {
        let all = portmapper.registrations().into_iter();
        all.filter(|entry| entry.program == PROGRAM).map(|entry| entry.owner).collect()
    };
    assert!(by(ADA, "set 4711"));
    assert_eq!(owners(), [Owner::User(12_345)]);
    assert!(!by(BOB, "unset"), "it is not his");
    assert!(!by(BOB, "set 4712"), "nor may he replace it");
    assert!(!by(ADA, "set 80"), "a port below 1024 is not hers to give");
    assert_eq!(owners(), [Owner::User(12_345)]);
    assert!(by(ADA, "unset"));
    assert!(owners().is_empty());
    assert!(by(BOB, "set 4712"));
    // Root may.
    assert!(Portmap::connect(path).unwrap().unset(PROGRAM, 1).unwrap());
    assert!(owners().is_empty());
}

/// What the other process is to do, and where; it does nothing where it is told nothing.
const CHANGE: &str = "SUNRPC_TEST_CHANGE";
const SOCKET: &str = "SUNRPC_TEST_SOCKET";

#[test]
fn changes_what_it_is_told() {
    let (Ok(change), Ok(socket)) = (std::env::var(CHANGE), std::env::var(SOCKET)) else { return };
    let client = Portmap::connect(std::path::PathBuf::from(socket)).unwrap();
    let done = match change.split_once(' ') {
        Some((_, port)) => client.set(PROGRAM, 1, Transport::Tcp, port.parse().unwrap()).is_ok(),
        None => client.unset_addr(PROGRAM, 1, None).unwrap(),
    };
    // Version 4 says of it what version 2 did.
    let addr = Uaddr::parse(Netid::Tcp, "0.0.0.0.18.103").unwrap();
    assert!(matches!(client.set_addr(100_000, 4, Netid::Tcp, &addr), Err(Error::Refused { .. })));
    assert!(done, "refused");
}

fn open_to_all(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

fn has_setpriv() -> bool {
    Command::new("setpriv").arg("--version").output().is_ok_and(|output| output.status.success())
}
