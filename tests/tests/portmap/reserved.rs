//! Calls from a reserved port, which says that root makes them.

use std::{
    net::{IpAddr, SocketAddr},
    process::Command,
    sync::{Arc, Mutex},
    time::Duration,
};

use sunrpc::{
    Transport,
    client::{Builder, Client},
    server::{Peer, Server},
};
use sunrpc_portmap::{Error, Portmap};
use sunrpc_tests::{build::program, isolated::isolated, needs::Need, process::run, service::does};

use crate::ours;

/// A program of the tests' own, and a port that is for root to give.
const PROGRAM: u32 = 0x2000_4243;
const PORT: u16 = 700;

fn client() -> Builder {
    Client::builder().timeout(Duration::from_secs(20))
}

#[test]
fn who_calls_from_a_reserved_port_may_give_one_away() {
    isolated(&[Need::Ours], || {
        let portmap = ours::Portmap::start(&[]);
        for (transport, v4) in [(Transport::Tcp, portmap.tcp), (Transport::Udp, portmap.udp)] {
            let v6: SocketAddr = ("::1".parse::<IpAddr>().unwrap(), v4.port()).into();
            for (version, addr) in [(4, v4), (6, v6)] {
                let set = |client| {
                    let portmap = Portmap::connect_with(addr, transport, client).unwrap();
                    portmap.set(PROGRAM, version, transport, PORT)
                };
                assert!(matches!(set(client()), Err(Error::Refused { .. })), "{addr} {transport}");
                set(client().reserved_port()).unwrap();
            }
        }
    });
}

#[test]
fn the_tools_do_so_where_they_are_told_to() {
    isolated(&[Need::Ours], || {
        let peers: Arc<Mutex<Vec<Peer>>> = Arc::default();
        let seen = Arc::clone(&peers);
        let service = does(PROGRAM, 1, move |call, _, _| {
            seen.lock().unwrap().push(*call.peer());
            Ok(())
        });
        let server = Server::builder().service(service).listen("127.0.0.1:0").bind().unwrap();
        let port = server.tcp_addr().unwrap().port();
        let _server = server.spawn().unwrap();
        let args = format!("-n {port} 127.0.0.1 {PROGRAM} -c 2 --connect --reserved-port");
        let _ = run(Command::new(program("rpcping")).args(args.split(' '))).ok();
        let peers = peers.lock().unwrap();
        assert!(!peers.is_empty());
        for peer in &*peers {
            let port = peer.addr().unwrap().port();
            assert!((665..1024).contains(&port), "{peer}");
        }
    });
}
