//! Debian's `rpcinfo`, with each of its options, prints of ours what it prints of rpcbind.

use sunrpc::{
    Transport,
    server::{Running, Server},
};
use sunrpc_portmap::{Netid, Portmap, Uaddr};
use sunrpc_tests::{
    isolated::isolated,
    needs::{Need, RPCBIND, RPCINFO},
    process::{command, run},
    service::null,
};

use crate::servers::{self, ours, rpcbind};

const PROGRAM: u32 = 0x2000_0867;
const PORT: u16 = 20_001;

/// What is asked, in this order: the counts of `-m` depend on it.
const OPTIONS: [&str; 22] = [
    "",
    "127.0.0.1",
    "-s",
    "-s 127.0.0.1",
    "-p",
    "-p 127.0.0.1",
    "-T tcp 127.0.0.1 536873063",
    "-T udp 127.0.0.1 536873063",
    "-T tcp6 ::1 536873063 1",
    "-T udp6 ::1 536873063 1",
    "-T tcp 127.0.0.1 536873063 7",
    "-T udp 127.0.0.1 99",
    "-t 127.0.0.1 536873063",
    "-u 127.0.0.1 536873063 2",
    "-n 20001 -u 127.0.0.1 536873063",
    "-a 127.0.0.1.78.33 -T tcp 536873063 1",
    "-l 127.0.0.1 536873063 1",
    "-l 127.0.0.1 536873063 9",
    "-m",
    "-d -T tcp 536873063 2",
    "-d 536873063 1",
    "-b 536873063 1",
];

#[test]
fn debians_rpcinfo_prints_the_same() {
    isolated(&[RPCBIND, RPCINFO, Need::Network], || {
        let _program = program();
        let theirs = asked(&rpcbind());
        let ours = asked(&ours());
        for ((option, theirs), ours) in OPTIONS.iter().zip(&theirs).zip(&ours) {
            assert_eq!(theirs, ours, "rpcinfo {option}\nrpcbind (left), ours (right)");
        }
        // It is no agreement on failure.
        let of = |option: &str| &ours[OPTIONS.iter().position(|o| *o == option).expect("it is")];
        assert!(of("").contains("536873063 1 tcp 127.0.0.1.78.33 - superuser"), "{}", of(""));
        assert!(of("-p").contains("536873063 2 tcp 20001"), "{}", of("-p"));
        let ready = "program 536873063 version 2 ready and waiting";
        assert!(of("-t 127.0.0.1 536873063").contains(ready));
        assert!(of("-l 127.0.0.1 536873063 1").contains("inet/udp/clts"));
    });
}

/// A program that answers over every transport but AF_UNIX.
fn program() -> Running {
    let builder = Server::builder().service(null(PROGRAM, 1)).service(null(PROGRAM, 2));
    let builder = builder.listen(("127.0.0.1", PORT)).listen(("::1", PORT));
    builder.bind().expect("ports").spawn().expect("a thread")
}

/// Registers, and asks everything.
fn asked(_: &servers::Server) -> Vec<String> {
    let portmap =
        Portmap::connect(std::path::PathBuf::from(servers::SOCKET)).expect("a portmapper");
    for version in [1, 2] {
        for (netid, addr) in [
            (Netid::Tcp, "127.0.0.1.78.33"),
            (Netid::Udp, "0.0.0.0.78.33"),
            (Netid::Tcp6, "::1.78.33"),
            (Netid::Udp6, "::.78.33"),
        ] {
            let addr = Uaddr::parse(netid, addr).expect("an address");
            portmap.set_addr(PROGRAM, version, netid, &addr).expect("registered");
        }
    }
    assert_eq!(portmap.client().transport(), Transport::Unix);
    OPTIONS.iter().map(|option| rpcinfo(option)).collect()
}

/// What `rpcinfo` prints and how it ends; words apart by one space, lines in order, since their order means nothing.
fn rpcinfo(options: &str) -> String {
    let said = run(command("rpcinfo").args(options.split_whitespace()));
    let words = |line: &str| line.split_whitespace().map(own).collect::<Vec<_>>().join(" ");
    let mut lines: Vec<String> =
        said.stdout.lines().chain(said.stderr.lines()).map(words).collect();
    lines.sort_unstable();
    lines.push(format!("exit {:?}", said.status.code()));
    lines.join("\n")
}

/// A list of netids has no order.
fn own(word: &str) -> String {
    let mut netids: Vec<&str> = word.split(',').collect();
    netids.sort_unstable();
    netids.join(",")
}
