//! The two portmappers, and what listens beside them.

use std::{
    net::{TcpListener, UdpSocket},
    os::unix::net::UnixListener,
    process::Command,
    time::Duration,
};

use sunrpc::client::Client;
use sunrpc_portmap::{Netid, Portmap};
use sunrpc_tests::process::{Daemon, command, eventually};

/// Where both have their socket.
pub(crate) const SOCKET: &str = "/run/rpcbind.sock";

/// A running portmapper on port 111.
pub(crate) struct Server {
    _daemon: Daemon,
}

pub(crate) fn rpcbind() -> Server {
    let daemon = Daemon::start(command("rpcbind").arg("-f"));
    eventually("rpcbind to listen", answers);
    Server { _daemon: daemon }
}

pub(crate) fn ours() -> Server {
    let mut portmap = Command::new(env!("CARGO_BIN_EXE_portmap"));
    portmap.args(["--listen", "0.0.0.0", "--listen", "::", "--unix", SOCKET]);
    let mut daemon = Daemon::start(portmap.env("RUST_LOG", "error"));
    assert!(daemon.line().starts_with("ready portmap "));
    assert!(answers());
    Server { _daemon: daemon }
}

/// Whether a portmapper answers a NULL call, one: calls are counted.
fn answers() -> bool {
    Client::unix(SOCKET).is_ok_and(|client| client.call::<(), ()>(100_000, 4, 0, &()).is_ok())
}

/// A client over each transport.
pub(crate) struct Clients(Vec<(Netid, Portmap)>);

impl Clients {
    pub(crate) fn connect(_: &Server) -> Self {
        let connect = |netid: Netid| {
            let builder = Client::builder().timeout(Duration::from_secs(10));
            let client = match netid {
                Netid::Local => builder.connect_unix(SOCKET),
                Netid::Tcp | Netid::Udp => builder.connect(netid.transport(), "127.0.0.1:111"),
                Netid::Tcp6 | Netid::Udp6 => builder.connect(netid.transport(), "[::1]:111"),
            };
            (netid, Portmap::new(client.expect("a connection")))
        };
        Self(Netid::ALL.into_iter().map(connect).collect())
    }

    pub(crate) fn over(&self, netid: Netid) -> &Portmap {
        &self.0.iter().find(|(of, _)| *of == netid).expect("each has one").1
    }
}

/// Ports on which something listens, over every transport, on every address.
pub(crate) struct Ports {
    pub(crate) numbers: Vec<u16>,
    pub(crate) paths: Vec<String>,
    _sockets: Vec<(TcpListener, UdpSocket)>,
    _listeners: Vec<UnixListener>,
}

impl Ports {
    pub(crate) fn open() -> Self {
        let any = |port: u16| {
            // On Linux, a socket on :: listens to IPv4 as well.
            let tcp = TcpListener::bind(("::", port)).expect("TCP");
            let port = tcp.local_addr().expect("an address").port();
            (port, tcp, UdpSocket::bind(("::", port)).expect("UDP"))
        };
        let (mut numbers, mut sockets) = (Vec::new(), Vec::new());
        for number in [20_001, 20_002, 20_003] {
            let (port, tcp, udp) = any(number);
            numbers.push(port);
            sockets.push((tcp, udp));
        }
        let paths: Vec<String> =
            (0..2).map(|number| format!("/run/service{number}.sock")).collect();
        let listeners =
            paths.iter().map(|path| UnixListener::bind(path).expect("AF_UNIX")).collect();
        Self { numbers, paths, _sockets: sockets, _listeners: listeners }
    }
}
