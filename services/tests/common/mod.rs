//! What the tests share: services on ports of the system's choice.

// Each test takes what it needs, as a module of its own.
#![allow(dead_code, unreachable_pub)]

pub mod program;

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

use sunrpc::{
    Transport,
    client::{Client, ProgramClient},
};
use sunrpc_portmap::{Address, Portmapper, Timing};
use sunrpc_services::{
    hosting::{Host, Ready},
    passcheck::{Account, Checker, Cost, Hasher, Passcheck, Store, ThrottleLimits},
};

/// Loopback, with a port that the system chooses.
pub const HERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// A hash that takes no time.
pub const CHEAP: Cost = Cost { memory: 64, passes: 1, lanes: 1 };

/// A port for those who must know it before: below those that the system chooses from, so that no other
/// test is given it; `which` tells several of one process apart.
pub fn unchosen_port(which: u16) -> u16 {
    let process = u16::try_from(std::process::id() % 1000).expect("below 1000");
    20_000 + process * 10 + which
}

/// Starts a service without a portmapper: port 1 is nobody's, and refuses at once.
pub fn start(host: io::Result<Host>) -> Ready {
    let host = host.expect("sockets");
    host.start(SocketAddr::from(([127, 0, 0, 1], 1)), Timing::default(), |_| {}).expect("a thread")
}

/// A client for the service, looked up by nobody.
pub fn client<P: ProgramClient>(ready: &Ready, transport: Transport) -> P {
    let client = match transport {
        Transport::Udp => Client::udp(ready.udp()),
        _ => Client::tcp(ready.tcp()),
    };
    P::new(client.expect("a client"))
}

/// Accounts in a directory of their own; `alice` has the password `secret`.
pub struct Accounts {
    pub directory: tempfile::TempDir,
}

impl Accounts {
    pub fn new(cost: Cost) -> Self {
        let accounts = Self { directory: tempfile::tempdir().expect("a directory") };
        let hash = Hasher::new(cost).and_then(|hasher| hasher.hash("secret")).expect("a hash");
        let alice = Account::new("alice", hash).expect("an account");
        Store::update(&accounts.path(), |accounts| accounts.put(alice)).expect("written");
        accounts
    }

    pub fn path(&self) -> std::path::PathBuf {
        self.directory.path().join("passwords")
    }

    pub fn passcheck(&self, cost: Cost, allow_remote: bool) -> Passcheck {
        let store = Store::open(self.path()).expect("a store");
        let hasher = Hasher::new(cost).expect("a hasher");
        let checker = Checker::new(store, hasher, ThrottleLimits::default()).expect("a checker");
        Passcheck::new(checker, allow_remote)
    }
}

/// A portmapper within this process, until it is dropped.
pub struct Portmap {
    pub at: String,
    portmapper: Portmapper,
}

impl Portmap {
    pub fn start() -> Self {
        Self::start_at("127.0.0.1:0")
    }

    pub fn start_at(at: &str) -> Self {
        let portmapper = Portmapper::bind(at).expect("a portmapper");
        let at = portmapper.tcp_addr().expect("its address").to_string();
        Self { at, portmapper }
    }

    pub fn address(&self) -> Address {
        self.at.parse().expect("its own address")
    }

    /// The port registered for version 1; 0 for none.
    pub fn port(&self, program: u32, transport: Transport) -> u16 {
        self.client().get_port(program, 1, transport).expect("an answer").unwrap_or(0)
    }

    pub fn set(&self, program: u32, transport: Transport, port: u16) {
        self.client().set(program, 1, transport, port).expect("registered");
    }

    pub fn unset(&self, program: u32) -> bool {
        self.client().unset(program, 1).expect("an answer")
    }

    fn client(&self) -> sunrpc_portmap::Portmap {
        sunrpc_portmap::Portmap::connect(self.address()).expect("a connection")
    }
}
