//! Ours beside Debian's: the same options, on the same portmapper, say the same.

use std::{path::PathBuf, process::Command};

use sunrpc::server::Server;
use sunrpc_portmap::{Netid, Portmap, Portmapper, Uaddr};
use sunrpc_tests::{
    isolated::isolated,
    needs::RPCINFO,
    process::{Finished, command, run},
    service::null,
};

const PROGRAM: u32 = 0x2000_0867;
const PORT: u16 = 20_001;
const SOCKET: &str = "/run/rpcbind.sock";

/// Where both say the same.
const OPTIONS: [&str; 22] = [
    "",
    "127.0.0.1",
    "-s",
    "-s 127.0.0.1",
    "-p",
    "-p 127.0.0.1",
    "-T tcp 127.0.0.1 536873063",
    "-T udp 127.0.0.1 536873063 2",
    "-T tcp6 ::1 536873063",
    "-T udp6 ::1 portmapper 4",
    "-T local localhost 100000",
    "-t 127.0.0.1 536873063",
    "-u 127.0.0.1 sunrpc 2",
    "-n 20001 -t 127.0.0.1 536873063 1",
    "-a 127.0.0.1.78.33 -T udp 536873063",
    "-l 127.0.0.1 536873063 1",
    "-T tcp 127.0.0.1 536873063 7",
    "-t 127.0.0.1 99",
    "-l 127.0.0.1 536873063 9",
    "-d 536873063 9",
    "-d 100000 2",
    "-b 536873063 1",
];

#[test]
fn ours_says_what_debians_says() {
    isolated(&[RPCINFO], || {
        let builder = Server::builder().service(null(PROGRAM, 1)).service(null(PROGRAM, 2));
        let builder = builder.listen(("127.0.0.1", PORT)).listen(("::1", PORT));
        let _program = builder.bind().expect("ports").spawn().expect("a thread");
        let _portmapper = portmapper();
        for option in OPTIONS {
            same(option, said);
        }
        // Each call is counted, so each is asked of a portmapper as it was for the other.
        drop(_portmapper);
        let _portmapper = portmapper();
        let theirs = said(&rpcinfo(false, "-m"));
        drop(_portmapper);
        let _portmapper = portmapper();
        assert_eq!(said(&rpcinfo(true, "-m")), theirs, "rpcinfo -m");
    });
}

fn same(option: &str, in_words: impl Fn(&Finished) -> String) {
    let (theirs, ours) = (rpcinfo(false, option), rpcinfo(true, option));
    assert_eq!(
        in_words(&ours),
        in_words(&theirs),
        "rpcinfo {option}: ours (left), Debian's (right)\n{ours}\n{theirs}"
    );
}

/// A portmapper in which the program is registered, and has been looked up.
fn portmapper() -> Portmapper {
    let portmapper = Portmapper::builder()
        .listen("127.0.0.1:111")
        .listen("[::1]:111")
        .listen_unix(SOCKET)
        .spawn()
        .expect("a portmapper");
    let client = Portmap::connect(PathBuf::from(SOCKET)).expect("a connection");
    for version in [1, 2] {
        for (netid, addr) in [
            (Netid::Tcp, "127.0.0.1.78.33"),
            (Netid::Udp, "0.0.0.0.78.33"),
            (Netid::Tcp6, "::1.78.33"),
            (Netid::Udp6, "::.78.33"),
        ] {
            let addr = Uaddr::parse(netid, addr).expect("an address");
            client.set_addr(PROGRAM, version, netid, &addr).expect("registered");
        }
    }
    assert!(client.get_port(PROGRAM, 1, sunrpc::Transport::Tcp).expect("an answer").is_some());
    portmapper
}

fn rpcinfo(ours: bool, options: &str) -> Finished {
    let mut command =
        if ours { Command::new(env!("CARGO_BIN_EXE_rpcinfo")) } else { command("rpcinfo") };
    run(command.args(options.split_whitespace()).env_remove("PORTMAP"))
}

/// What was printed, word by word, and how it ended. Complaints are worded differently.
fn said(finished: &Finished) -> String {
    let words = |line: &str| line.split_whitespace().map(in_order).collect::<Vec<_>>().join(" ");
    let says_something = |line: &&str| !line.trim().is_empty() && !line.contains("not available");
    let lines: Vec<String> = finished.stdout.lines().filter(says_something).map(words).collect();
    format!("{}\nexit {:?}", lines.join("\n"), finished.status.code())
}

/// A list of versions, which ours sorts.
fn in_order(word: &str) -> String {
    let mut items: Vec<&str> = word.split(',').collect();
    items.sort_unstable();
    items.join(",")
}
