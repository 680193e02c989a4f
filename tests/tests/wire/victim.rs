//! The server under attack: a process of its own, so that its memory and its time can be told from the test's.

use std::{net::SocketAddr, process::Command};

use sunrpc_tests::{
    process::Daemon,
    usage::Usage,
    wire::{Tcp, Udp, call, success},
};

/// The program of `src/bin/victim.rs`.
pub(crate) const PROGRAM: u32 = 0x2000_0099;
pub(crate) const VERSION: u32 = 2;
pub(crate) const ECHO: u32 = 1;
pub(crate) const NAME: u32 = 2;
pub(crate) const SUM: u32 = 3;
pub(crate) const LENGTH: u32 = 4;
pub(crate) const NOT: u32 = 5;
pub(crate) const FILL: u32 = 6;
pub(crate) const COUNT: u32 = 7;
pub(crate) const PANIC: u32 = 0x7ead_beef;

/// How much resident memory may grow by, whatever was sent.
const GROWTH: u64 = 1 << 20;

pub(crate) struct Victim {
    pub(crate) daemon: Daemon,
    pub(crate) tcp: SocketAddr,
    pub(crate) udp: SocketAddr,
    pub(crate) before: Usage,
}

impl Victim {
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    /// With limits; see `src/bin/victim.rs`.
    pub(crate) fn with(limits: &[&str]) -> Self {
        Self::run(Command::new(env!("CARGO_BIN_EXE_victim")).args(limits))
    }

    pub(crate) fn run(command: &mut Command) -> Self {
        let mut daemon = Daemon::start(command);
        let ready = daemon.line();
        let addr = |name: &str| {
            let addr = ready.split(' ').find_map(|part| part.strip_prefix(name));
            addr.and_then(|addr| addr.parse().ok()).unwrap_or_else(|| panic!("{name} in {ready:?}"))
        };
        let (tcp, udp) = (addr("tcp="), addr("udp="));
        let mut victim = Self { before: Usage::of(daemon.id()), daemon, tcp, udp };
        // The first calls make the buffers that stay; growth is counted from there.
        victim.answers();
        let full = call(1, PROGRAM, VERSION, ECHO, &sunrpc_tests::wire::opaque(&[7; 60_000]));
        let _ = victim.udp().exchange(&full);
        let _ = victim.tcp().exchange(&full);
        victim.before = Usage::of(victim.daemon.id());
        victim
    }

    pub(crate) fn tcp(&self) -> Tcp {
        Tcp::connect(self.tcp).served_by(self.daemon.id())
    }

    pub(crate) fn udp(&self) -> Udp {
        Udp::connect(self.udp).served_by(self.daemon.id())
    }

    /// What it has used since its start.
    pub(crate) fn used(&self) -> Usage {
        let now = Usage::of(self.daemon.id());
        Usage {
            resident: now.resident.saturating_sub(self.before.resident),
            cpu: now.cpu.saturating_sub(self.before.cpu),
        }
    }

    /// It answers a NULL call over both transports.
    pub(crate) fn answers(&mut self) {
        assert!(self.daemon.is_alive(), "the server is dead: {}", self.daemon.stderr());
        let null = call(0xabcd_0001, PROGRAM, VERSION, 0, &[]);
        assert_eq!(self.udp().exchange(&null), success(0xabcd_0001, &[]), "over UDP");
        assert_eq!(self.tcp().exchange(&null), Some(success(0xabcd_0001, &[])), "over TCP");
    }

    /// It lives, answers, has not grown, and nothing in it panicked.
    pub(crate) fn unharmed(mut self) {
        self.answers();
        let grown = self.used().resident;
        assert!(grown <= GROWTH, "resident memory grew by {grown} bytes");
        assert!(!self.daemon.stderr().contains("panicked"), "{}", self.daemon.stderr());
    }

    /// What comes back for `message` over UDP and over TCP, which must be the same.
    pub(crate) fn exchange(&self, message: &[u8]) -> Vec<u8> {
        let over_udp = self.udp().exchange(message);
        let over_tcp = self.tcp().exchange(message).expect("an answer over TCP");
        assert_eq!(over_udp, over_tcp, "UDP and TCP differ");
        over_udp
    }

    /// Nothing comes back for `message`: over UDP the next call's answer is the next datagram; over TCP the
    /// connection is closed, or the next call is answered.
    pub(crate) fn is_silent_about(&self, message: &[u8]) {
        let null = call(0xabcd_0002, PROGRAM, VERSION, 0, &[]);
        let udp = self.udp();
        udp.send(message);
        assert_eq!(udp.exchange(&null), success(0xabcd_0002, &[]), "UDP, after {message:02x?}");
        let mut tcp = self.tcp();
        let _ = tcp.send(&sunrpc_tests::wire::record(message));
        if let Some(reply) = tcp.exchange(&null) {
            assert_eq!(reply, success(0xabcd_0002, &[]), "TCP, after {message:02x?}");
        }
    }
}
