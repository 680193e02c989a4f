//! Real daemons of Debian register with ours, answer, and take their registrations back.

use std::{path::PathBuf, process::Command};

use sunrpc_portmap::{Netid, Portmap};
use sunrpc_tests::{
    isolated::isolated,
    needs::{Need, RPCINFO},
    process::{Daemon, command, eventually, run},
};

const SOCKET: &str = "/run/rpcbind.sock";

/// A daemon, and what it is known for.
struct Debian {
    command: &'static [&'static str],
    program: u32,
    version: u32,
    netids: &'static [Netid],
    /// Whether it stays in the foreground, and takes its registrations back when it is told to end.
    tidy: bool,
}

const BOTH: &[Netid] = &[Netid::Tcp, Netid::Udp, Netid::Tcp6, Netid::Udp6];

#[test]
fn statd() {
    let command = &["rpc.statd", "-F"];
    isolated(&[Need::Program("rpc.statd", "nfs-common"), RPCINFO], || {
        try_out(&Debian { command, program: 100_024, version: 1, netids: BOTH, tidy: true });
    });
}

#[test]
fn mountd() {
    let command = &["rpc.mountd", "-F"];
    isolated(&[Need::Program("rpc.mountd", "nfs-kernel-server"), RPCINFO], || {
        try_out(&Debian { command, program: 100_005, version: 3, netids: BOTH, tidy: true });
    });
}

#[test]
fn ypserv() {
    let command = &["ypserv", "-f"];
    isolated(&[Need::Program("ypserv", "ypserv"), RPCINFO], || {
        try_out(&Debian { command, program: 100_004, version: 2, netids: BOTH, tidy: true });
    });
}

#[test]
fn rusersd() {
    let command = &["rpc.rusersd"];
    isolated(&[Need::Program("rpc.rusersd", "rusersd"), RPCINFO], || {
        try_out(&Debian {
            command,
            program: 100_002,
            version: 3,
            netids: &[Netid::Udp],
            tidy: false,
        });
    });
}

#[test]
fn rstatd() {
    let command = &["rpc.rstatd"];
    isolated(&[Need::Program("rpc.rstatd", "rstatd"), RPCINFO], || {
        try_out(&Debian {
            command,
            program: 100_001,
            version: 3,
            netids: &[Netid::Udp],
            tidy: false,
        });
    });
}

#[test]
fn rquotad() {
    let command = &["rpc.rquotad", "-F"];
    isolated(&[Need::Program("rpc.rquotad", "quota"), RPCINFO], || {
        try_out(&Debian { command, program: 100_011, version: 2, netids: BOTH, tidy: true });
    });
}

#[test]
fn rwalld() {
    let command = &["rpc.rwalld"];
    isolated(&[Need::Program("rpc.rwalld", "rwalld"), RPCINFO], || {
        let netids = &[Netid::Udp];
        try_out(&Debian { command, program: 100_008, version: 1, netids, tidy: false });
    });
}

fn try_out(daemon: &Debian) {
    state_of_nfs();
    let mut portmap = Command::new(env!("CARGO_BIN_EXE_portmap"));
    let mut portmap = Daemon::start(portmap.args(["--unix", SOCKET]));
    assert!(portmap.line().starts_with("ready portmap "));
    let client = Portmap::connect(PathBuf::from(SOCKET)).expect("our portmapper");
    let netids = || -> Vec<Netid> {
        let all = client.dump_all().expect("a list").into_iter();
        let mut netids: Vec<Netid> = all
            .filter(|entry| entry.r_prog == daemon.program)
            .map(|entry| entry.r_netid.parse().expect("a netid"))
            .collect();
        netids.sort_unstable();
        netids.dedup();
        netids
    };
    let [name, args @ ..] = daemon.command else { panic!("a command has a name") };
    let process = Daemon::start(command(name).args(args));
    let mut expected = daemon.netids.to_vec();
    expected.sort_unstable();
    eventually("the daemon to register", || netids() == expected);
    for netid in daemon.netids {
        let host = if matches!(netid, Netid::Tcp6 | Netid::Udp6) { "::1" } else { "127.0.0.1" };
        // By version: of a daemon that skips some, Debian's rpcinfo gives up.
        let [program, version] = [daemon.program, daemon.version].map(|number| number.to_string());
        let said = run(command("rpcinfo").args(["-T", netid.name(), host, &program, &version]));
        assert!(said.clone().ok().stdout.contains("ready and waiting"), "{said}");
    }
    if daemon.tidy {
        process.signal("TERM");
        eventually("the daemon to take its registrations back", || netids().is_empty());
    }
}

/// An empty directory for what the daemons of NFS keep.
fn state_of_nfs() {
    let script = "mkdir -p /var/lib/nfs && mount -t tmpfs none /var/lib/nfs && cd /var/lib/nfs \
        && mkdir sm sm.bak && touch etab rmtab state && chmod -R a+rwX .";
    let _ = run(command("sh").args(["-ec", script])).ok();
}
