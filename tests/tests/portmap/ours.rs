//! The program `portmap`, and the calls it gets.

use std::{net::SocketAddr, process::Command};

use sunrpc_tests::{
    build::program,
    process::Daemon,
    usage::Usage,
    wire::{Tcp, Udp, call, garbage_args, opaque, success, words},
};

pub(crate) const PORTMAP: u32 = 100_000;
pub(crate) const SET: u32 = 1;
pub(crate) const UNSET: u32 = 2;
pub(crate) const GETPORT: u32 = 3;
pub(crate) const DUMP: u32 = 4;
pub(crate) const CALLIT: u32 = 5;
pub(crate) const UADDR2TADDR: u32 = 7;
pub(crate) const TADDR2UADDR: u32 = 8;
pub(crate) const GETSTAT: u32 = 12;

pub(crate) const XID: u32 = 0x0102_0304;

/// How much resident memory may grow by, whatever was sent.
const GROWTH: u64 = 1 << 20;

pub(crate) struct Portmap {
    pub(crate) daemon: Daemon,
    pub(crate) tcp: SocketAddr,
    pub(crate) udp: SocketAddr,
    before: Usage,
}

impl Portmap {
    pub(crate) fn start(args: &[&str]) -> Self {
        let mut command = Command::new(program("portmap"));
        let mut daemon = Daemon::start(command.args(args).env("RUST_LOG", "error"));
        let ready = daemon.line();
        let addr = |name: &str| {
            let addr = ready.split(' ').find_map(|part| part.strip_prefix(name));
            addr.and_then(|addr| addr.parse().ok()).unwrap_or_else(|| panic!("{name} in {ready:?}"))
        };
        let (tcp, udp) = (addr("tcp="), addr("udp="));
        let mut portmap = Self { before: Usage::of(daemon.id()), daemon, tcp, udp };
        // The first calls make the buffers that stay; growth is counted from there.
        portmap.answers();
        let long = call(9, PORTMAP, 2, SET, &[0; 60_000]);
        assert_eq!(portmap.exchange(&long), garbage_args(9));
        portmap.before = Usage::of(portmap.daemon.id());
        portmap
    }

    /// On a free port of loopback.
    pub(crate) fn anywhere() -> Self {
        Self::start(&["--port", "0"])
    }

    pub(crate) fn udp(&self) -> Udp {
        Udp::connect(self.udp).served_by(self.daemon.id())
    }

    pub(crate) fn tcp(&self) -> Tcp {
        Tcp::connect(self.tcp).served_by(self.daemon.id())
    }

    /// What comes back over UDP and over TCP, which must be the same.
    pub(crate) fn exchange(&self, message: &[u8]) -> Vec<u8> {
        let over_udp = self.udp().exchange(message);
        assert_eq!(self.tcp().exchange(message).as_ref(), Some(&over_udp), "UDP and TCP differ");
        over_udp
    }

    pub(crate) fn answers(&mut self) {
        assert!(self.daemon.is_alive(), "it is dead: {}", self.daemon.stderr());
        assert_eq!(self.exchange(&call(9, PORTMAP, 2, 0, &[])), success(9, &[]));
    }

    /// It lives, answers, has not grown, and nothing in it panicked.
    pub(crate) fn unharmed(mut self) {
        self.answers();
        let grown = Usage::of(self.daemon.id()).resident.saturating_sub(self.before.resident);
        assert!(grown <= GROWTH, "resident memory grew by {grown} bytes");
        assert!(!self.daemon.stderr().contains("panicked"), "{}", self.daemon.stderr());
    }

    pub(crate) fn port_of(&self, program: u32, version: u32, protocol: u32) -> u32 {
        let reply = self.exchange(&v2(GETPORT, [program, version, protocol, 0]));
        number(&reply)
    }
}

/// A call of version 2 with a mapping.
pub(crate) fn v2(procedure: u32, mapping: [u32; 4]) -> Vec<u8> {
    call(XID, PORTMAP, 2, procedure, &words(&mapping))
}

/// A call of version 3 or 4 with an `rpcb`.
pub(crate) fn rpcb(version: u32, procedure: u32, program: [u32; 2], texts: [&[u8]; 3]) -> Vec<u8> {
    let args = [words(&program), texts.map(opaque).concat()].concat();
    call(XID, PORTMAP, version, procedure, &args)
}

/// The one number (or bool) that a successful reply holds.
pub(crate) fn number(reply: &[u8]) -> u32 {
    assert_eq!(reply.get(..24), Some(&success(XID, &[])[..]), "{reply:02x?}");
    assert_eq!(reply.len(), 28, "{reply:02x?}");
    u32::from_be_bytes(reply[24..].try_into().expect("four bytes"))
}
