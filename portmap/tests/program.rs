//! The program `portmap`: what it prints, how it ends, what it says when it cannot start.

mod common;

use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader},
    process::Command,
};

use common::Program;
use sunrpc::Transport;
use sunrpc_portmap::{Error, Portmap};
use sunrpc_tests::{
    needs::{Need, have},
    process::run,
};

const PROGRAM: u32 = 0x2000_0001;

#[test]
fn it_says_in_one_line_that_it_is_ready_and_ends_well_at_a_signal() {
    for signal in ["TERM", "INT"] {
        let program = Program::start(&[]);
        let (tcp, udp) = (program.addr("tcp"), program.addr("udp"));
        assert_eq!(program.ready, format!("ready portmap tcp={tcp} udp={udp}\n"));
        assert!(tcp.ip().is_loopback());
        Portmap::connect(tcp).unwrap().dump().unwrap();
        program.signal(signal);
        let (code, rest, _) = program.end();
        assert_eq!((code, rest.as_str()), (Some(0), ""), "SIG{signal}");
    }
}

#[test]
fn a_socket_in_the_file_system_goes_with_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("portmap.sock");
    let program = Program::start(&["--unix", path.to_str().unwrap()]);
    assert!(program.ready.ends_with(&format!(" unix={}\n", path.display())), "{}", program.ready);
    let client = Portmap::connect(path.clone()).unwrap();
    assert!(client.dump_all().unwrap().iter().any(|entry| entry.r_addr == path.to_str().unwrap()));
    program.signal("TERM");
    assert_eq!(program.end().0, Some(0));
    assert!(!path.exists());
}

#[test]
fn refusals_stand_in_the_log() {
    let program = Program::start(&[]);
    let client = Portmap::connect(program.addr("tcp")).unwrap();
    assert!(matches!(client.set(100_000, 2, Transport::Tcp, 4711), Err(Error::Refused { .. })));
    assert!(matches!(client.set(PROGRAM, 1, Transport::Tcp, 80), Err(Error::Refused { .. })));
    program.signal("TERM");
    let (_, _, log) = program.end();
    assert!(
        log.contains("SET of tcp 0.0.0.0.18.103 refused: the program is the portmapper itself"),
        "{log}"
    );
    assert!(
        log.contains("SET of tcp 0.0.0.0.0.80 refused: a port below 1024 is for root to give"),
        "{log}"
    );
}

#[test]
fn a_log_that_nobody_reads_is_in_nobodys_way() {
    let mut program = Program::start(&[]);
    drop(program.child.stderr.take());
    let client = Portmap::connect(program.addr("tcp")).unwrap();
    assert!(matches!(client.set(PROGRAM, 1, Transport::Tcp, 80), Err(Error::Refused { .. })));
}

#[test]
fn a_state_file_that_cannot_be_written_takes_the_change_back() {
    let directory = tempfile::tempdir().unwrap();
    let gone = directory.path().join("gone");
    std::fs::create_dir(&gone).unwrap();
    let program = Program::start(&["--state", gone.join("state").to_str().unwrap()]);
    let client = Portmap::connect(program.addr("tcp")).unwrap();
    client.set(PROGRAM, 1, Transport::Tcp, 4711).unwrap();
    std::fs::remove_dir_all(&gone).unwrap();
    let refused = client.set(PROGRAM, 2, Transport::Tcp, 4711).unwrap_err().to_string();
    assert!(refused.contains("SYSTEM_ERR") && !refused.contains("is one running"), "{refused}");
    assert!(client.unset(PROGRAM, 1).is_err());
    assert_eq!(client.get_port(PROGRAM, 1, Transport::Tcp).unwrap(), Some(4711));
    let listed = client.dump().unwrap();
    assert!(!listed.iter().any(|entry| (entry.prog, entry.vers) == (PROGRAM, 2)), "{listed:?}");
}

#[test]
fn a_state_file_that_cannot_be_written_is_refused_at_the_start() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gone/state");
    let program = Program::start(&["--state", path.to_str().unwrap()]);
    assert_eq!(program.ready, "");
    let (code, _, said) = program.end();
    assert_eq!(code, Some(2));
    let (path, parent) = (path.display(), path.parent().unwrap().display());
    assert!(
        said.contains(&format!("the state file {path} cannot be written: No such file")),
        "{said}"
    );
    assert!(said.contains(&format!("the directory {parent} has to be there")), "{said}");
}

#[test]
fn a_state_file_is_as_it_was_where_it_cannot_be_replaced_and_where_it_cannot_be_read() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state");
    let mut program = Program::start(&["--state", path.to_str().unwrap()]);
    let client = Portmap::connect(program.addr("tcp")).unwrap();
    client.set(PROGRAM, 1, Transport::Tcp, 4711).unwrap();
    let kept = std::fs::read_to_string(&path).unwrap();
    for free in [1, 0] {
        leave_descriptors(program.child.id(), free);
        assert!(client.set(PROGRAM, 2, Transport::Tcp, 4711).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), kept, "{free} descriptors left");
    }
    program.signal("HUP");
    let mut log = BufReader::new(program.child.stderr.take().unwrap()).lines();
    let is_it = |line: &str| line.contains("read the state file again") || line.contains("aside");
    log.find(|line| line.as_ref().is_ok_and(|line| is_it(line)));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), kept);
}

/// Leaves a process so many descriptors that it may open.
fn leave_descriptors(pid: u32, free: usize) {
    let open = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
    let open: BTreeSet<u64> =
        open.map(|entry| entry.unwrap().file_name().to_str().unwrap().parse().unwrap()).collect();
    let current = (0..).filter(|fd| !open.contains(fd)).nth(free);
    let pid = rustix::process::Pid::from_raw(pid.try_into().unwrap());
    let limit = rustix::process::Rlimit { current, maximum: current };
    rustix::process::prlimit(pid, rustix::process::Resource::Nofile, limit).unwrap();
}

#[test]
fn processes_that_nothing_could_be_bound_to_are_said_so() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_portmap"));
    let said = run(program.args(["--port", "0", "--bind-processes"])).exits(2).stderr;
    assert!(said.ends_with("add --unix PATH\n"), "{said}");
}

#[test]
fn where_nobody_can_register_it_is_said_so() {
    let Some(own) = own_address() else {
        eprintln!("left out: this machine has no address but loopback");
        return;
    };
    let program = Program::start(&["--listen", &own]);
    let client = Portmap::connect(program.addr("tcp")).unwrap();
    let refused = client.set(PROGRAM, 1, Transport::Tcp, 4711).unwrap_err().to_string();
    assert!(refused.contains("it takes registrations over its loopback address or"), "{refused}");
    program.signal("TERM");
    let (_, _, log) = program.end();
    assert!(log.contains("nobody can register") && log.contains("add --listen 127.0.0.1"), "{log}");
    assert!(log.contains("audit: SET and UNSET are taken over a loopback address or"), "{log}");
    let program = Program::start(&["--listen", &own, "--listen", "127.0.0.1"]);
    program.signal("TERM");
    assert_eq!(program.end().2, "");
}

#[test]
fn a_user_that_it_cannot_become_is_said_so() {
    let said = |user: &str, program: &mut Command| {
        let output = run(program.args(["--port", "0", "--user", user]));
        output.exits(2).stderr
    };
    let unknown = said("no-such", &mut Command::new(env!("CARGO_BIN_EXE_portmap")));
    assert_eq!(unknown, "portmap: there is no user no-such (--user)\n");
    let (reader, closed) = std::io::pipe().unwrap();
    drop(reader);
    let mut unheard = Command::new(env!("CARGO_BIN_EXE_portmap"));
    let unheard = unheard.args(["--port", "0", "--user", "no-such"]).stderr(closed).status();
    assert_eq!(unheard.unwrap().code(), Some(2));
    if have("a_user_that_it_cannot_become_is_said_so", &[Need::Program("setpriv", "util-linux")]) {
        let mut unprivileged = Command::new("setpriv");
        if rustix::process::getuid().is_root() {
            unprivileged.args(["--bounding-set=-all", "--inh-caps=-all"]);
        }
        let refused = said("nobody", unprivileged.args(["--", env!("CARGO_BIN_EXE_portmap")]));
        let expected = "portmap: only root can become nobody: start as root, or without --user\n";
        assert_eq!(refused, expected);
    }
}

/// An address of this machine that is not loopback: the one it would ask another network from.
fn own_address() -> Option<String> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    // Nothing is sent.
    socket.connect("192.0.2.1:9").ok()?;
    let ip = socket.local_addr().ok()?.ip();
    (!ip.is_loopback() && !ip.is_unspecified()).then(|| ip.to_string())
}

#[test]
fn a_port_in_use_is_said_so() {
    let taken = Program::start(&[]);
    let port = taken.addr("tcp").port().to_string();
    let second = Command::new(env!("CARGO_BIN_EXE_portmap"))
        .args(["--port", &port, "--listen", "127.0.0.1"])
        .output()
        .unwrap();
    assert_eq!(second.status.code(), Some(2));
    assert!(second.stdout.is_empty());
    let said = String::from_utf8(second.stderr).unwrap();
    assert!(said.contains("another server has it"), "{said}");
}
