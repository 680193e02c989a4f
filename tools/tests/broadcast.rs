//! `rpcinfo -b` over a network: who passes calls on answers, who does not is silent.

use std::net::SocketAddr;

use sunrpc::{
    Transport,
    server::{Running, Server},
};
use sunrpc_portmap::{Portmap, Portmapper};
use sunrpc_tests::{
    isolated::isolated,
    process::{command, eventually, run},
    service::null,
};

/// A cable with an address on this side, and another machine on the other.
const CABLE: &str = "
    ip netns add far
    ip link add near0 type veth peer name far0 netns far
    ip addr add 10.9.0.1/24 brd + dev near0
    ip link set near0 up
    ip -n far addr add 10.9.0.2/24 brd + dev far0
    ip -n far link set far0 up
    ip -n far link set lo up
";

#[test]
fn those_that_pass_calls_on_answer() {
    isolated(&[], || {
        let path = "/usr/sbin:/sbin:/usr/bin:/bin";
        let _ = run(command("sh").args(["-ec", CABLE]).env("PATH", path)).ok();
        eventually("the cable to carry", || {
            run(command("ip").args(["link", "show", "near0"])).ok().stdout.contains("LOWER_UP")
        });
        let builder = || Portmapper::builder().listen("0.0.0.0:0");
        let passing = builder().enable_callit(true).spawn().expect("a portmapper");
        let silent = builder().spawn().expect("a portmapper");
        let service = service();
        let expected = service.udp_addr().expect("UDP").port();
        for portmapper in [&passing, &silent] {
            let port = portmapper.tcp_addr().expect("TCP").port();
            let client = Portmap::connect(SocketAddr::from(([127, 0, 0, 1], port)));
            let client = client.expect("a connection");
            client.set(PROGRAM, 1, Transport::Udp, expected).expect("registered");
        }
        let asked = |portmapper: &Portmapper, more: &str| {
            let port = portmapper.udp_addr().expect("UDP").port().to_string();
            let mut far = command("ip");
            far.args(["netns", "exec", "far", env!("CARGO_BIN_EXE_rpcinfo"), "--timeout", "1"]);
            far.args(["--port", &port, "-b"]).args(more.split_whitespace());
            run(far.args([&PROGRAM.to_string(), "1"])).ok()
        };
        let address = format!("10.9.0.1.{}.{}", expected >> 8, expected & 0xff);
        assert_eq!(
            asked(&passing, "").stdout,
            format!("{address}\t10.9.0.1\n"),
            "once, though asked thrice"
        );
        assert!(asked(&passing, "--json").stdout.contains(&format!("\"address\": \"{address}\"")));
        let unanswered = asked(&silent, "");
        assert_eq!(unanswered.stdout, "");
        assert_eq!(unanswered.stderr, "rpcinfo: nobody answered within 1s\n");
    });
}

const PROGRAM: u32 = 0x2000_0867;

/// A program that answers NULL.
fn service() -> Running {
    let server = Server::builder().service(null(PROGRAM, 1)).listen_udp("0.0.0.0:0");
    server.bind().expect("a port").spawn().expect("a thread")
}
