//! A machine with two interfaces, and another machine at the end of a cable: each is told the address by which it
//! reaches the service.

use std::{
    net::{SocketAddr, UdpSocket},
    process::Command,
    time::{Duration, Instant},
};

use sunrpc::{
    Transport,
    client::{self, Client},
    proto::AuthStat,
    server::{Running, Server},
};
use sunrpc_portmap::{Address, Error, Netid, Portmap, Uaddr};
use sunrpc_tests::{
    isolated::isolated,
    needs::RPCINFO,
    process::{Daemon, command, eventually, run},
    service::null,
};

const PROGRAM: &str = "536873063";
const NUMBER: u32 = 0x2000_0867;

/// A cable to another machine.
const CABLE: &str = "
    ip netns add far
    ip link add near0 type veth peer name far0 netns far
    ip addr add 10.9.0.1/24 brd + dev near0
    ip -6 addr add fd00:9::1/64 dev near0 nodad
    ip link set near0 up
    ip -n far addr add 10.9.0.2/24 brd + dev far0
    ip -n far -6 addr add fd00:9::2/64 dev far0 nodad
    ip -n far link set far0 up
    ip -n far link set lo up
";

#[test]
fn each_is_told_the_address_by_which_it_reaches_the_service() {
    isolated(&[RPCINFO], || {
        let _machine = Machine::start();
        for (netid, host, reached) in [
            ("tcp", "127.0.0.1", "127.0.0.1."),
            ("udp", "127.0.0.1", "127.0.0.1."),
            ("tcp6", "::1", "::1."),
            ("tcp", "10.9.0.1", "10.9.0.1."),
            ("tcp6", "fd00:9::1", "fd00:9::1."),
        ] {
            let here = run(command("rpcinfo").args(["-l", "-T", netid, host, PROGRAM, "1"])).ok();
            assert!(here.stdout.contains(&format!(" {reached}")), "{here}");
        }
        for (netid, host, reached) in
            [("tcp", "10.9.0.1", "10.9.0.1."), ("tcp6", "fd00:9::1", "fd00:9::1.")]
        {
            let there = run(far().args(["rpcinfo", "-l", "-T", netid, host, PROGRAM, "1"])).ok();
            assert!(there.stdout.contains(&format!(" {reached}")), "{there}");
        }
        for (netid, host) in [("tcp", "10.9.0.1"), ("udp", "10.9.0.1"), ("udp6", "fd00:9::1")] {
            let there = run(far().args(["rpcinfo", "-T", netid, host, PROGRAM])).ok();
            assert!(there.stdout.contains("version 1 ready and waiting"), "{there}");
        }
    });
}

/// Asked by broadcast, by Debian's program: it says by whom it was answered, and where the service is.
#[test]
fn a_broadcast_is_answered() {
    isolated(&[RPCINFO], || {
        let _machine = Machine::start();
        let asked = run(far().args(["rpcinfo", "-b", "-T", "udp", PROGRAM, "1"]));
        assert!(asked.stdout.contains("10.9.0.1."), "{asked}");
    });
}

/// Only what comes over loopback or AF_UNIX comes from this machine beyond doubt; over UDP, others get no answer that
/// is longer than its question.
#[test]
fn other_addresses_change_nothing_and_get_short_answers() {
    isolated(&[RPCINFO], || {
        let _machine = Machine::start();
        let this = std::env::current_exe().expect("this program");
        let asks = |mut command: Command| {
            command.args(["--exact", "asks_from_elsewhere", "--nocapture", "--test-threads=1"]);
            let asked = run(command.env(ELSEWHERE, "10.9.0.1:111"));
            assert!(asked.stdout.contains("1 passed"), "{asked}");
        };
        let mut there = far();
        there.arg(&this);
        asks(there);
        // This machine, by an address that another could claim.
        asks(Command::new(&this));
        let client =
            Portmap::connect(SocketAddr::from(([127, 0, 0, 1], 111))).expect("our portmapper");
        let listed = client.dump_all().expect("a list");
        assert!(!listed.iter().any(|entry| entry.r_prog == 0x2000_0001), "{listed:?}");
        assert!(listed.iter().any(|entry| entry.r_prog == NUMBER), "{listed:?}");
    });
}

/// Whom to ask; the test below does nothing where it is told nobody.
const ELSEWHERE: &str = "SUNRPC_TEST_ELSEWHERE";

#[test]
fn asks_from_elsewhere() {
    let Ok(to) = std::env::var(ELSEWHERE) else { return };
    let portmap: Address = to.parse().expect("an address");
    let is_too_weak = |error: &Error| {
        matches!(error, Error::Portmap { source: client::Error::Auth(AuthStat::TooWeak), .. })
    };
    for transport in Transport::INET {
        let client = Portmap::connect_with(&portmap, transport, Client::builder());
        let client = client.expect("a connection");
        let set = client.set(0x2000_0001, 1, transport, 4711).unwrap_err();
        assert!(is_too_weak(&set));
        assert!(is_too_weak(&client.unset(NUMBER, 1).unwrap_err()));
        assert!(is_too_weak(&client.unset_addr(NUMBER, 1, None).unwrap_err()));
        assert!(client.get_port(NUMBER, 1, transport).expect("an answer").is_some());
        match transport {
            Transport::Udp => {
                assert!(is_too_weak(&client.dump().unwrap_err()));
                assert!(is_too_weak(&client.dump_all().unwrap_err()));
                assert!(is_too_weak(&client.get_addr_list(NUMBER, 1).unwrap_err()));
            }
            _ => assert!(!client.dump_all().expect("a list").is_empty()),
        }
    }
}

/// Another machine has its share of the connections, and this one the rest.
#[test]
fn another_machine_cannot_take_every_connection() {
    isolated(&[RPCINFO], || {
        let _machine = Machine::start();
        let this = std::env::current_exe().expect("this program");
        let mut takes = far();
        takes.arg(this).args(["--exact", "connects", "--nocapture", "--test-threads=1"]);
        let said = run(takes.env(CONNECT, "10.9.0.1:111")).ok();
        assert!(said.stdout.contains("served=256 of=300"), "{said}");
    });
}

/// Whom to connect to; the test below does nothing where it is told nobody.
const CONNECT: &str = "SUNRPC_TEST_CONNECT";

#[test]
fn connects() {
    let Ok(to) = std::env::var(CONNECT) else { return };
    let to: SocketAddr = to.parse().expect("an address");
    let clients: Vec<_> = (0..300).map(|_| Client::tcp(to).expect("a connection")).collect();
    let is_served = |client: &&Client| client.call::<(), ()>(100_000, 2, 0, &()).is_ok();
    println!("served={} of={}", clients.iter().filter(is_served).count(), clients.len());
}

/// Another machine that floods us is answered for a while, and then now and then; others are answered as before.
#[test]
fn another_machine_has_a_quota() {
    isolated(&[RPCINFO], || {
        let _machine = Machine::start();
        let this = std::env::current_exe().expect("this program");
        let flood = far()
            .arg(this)
            .args(["--exact", "floods", "--nocapture", "--test-threads=1"])
            .env(FLOOD, "10.9.0.1:111")
            .output()
            .expect("ip runs");
        let said = String::from_utf8_lossy(&flood.stdout).into_owned();
        let figure = |name: &str| -> f64 {
            let words = said.split_whitespace().find_map(|word| word.strip_prefix(name));
            words.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{said}"))
        };
        // What may come at once, and 200 a second; a little more for the time before the first and after the last.
        let (answers, seconds) = (figure("answers="), figure("seconds="));
        assert!(answers >= 300.0, "{said}");
        assert!(answers <= 420.0 + 220.0 * seconds, "{said}");
        let local = run(command("rpcinfo").args(["-u", "127.0.0.1", "100000"])).ok();
        assert!(local.stdout.contains("ready and waiting"), "{local}");
    });
}

/// Where to send a flood; the test below does nothing where it is told nothing.
const FLOOD: &str = "SUNRPC_TEST_FLOOD";

#[test]
fn floods() {
    let Ok(to) = std::env::var(FLOOD) else { return };
    let socket = UdpSocket::bind("0.0.0.0:0").expect("a socket");
    socket.connect(to).expect("a way");
    socket.set_read_timeout(Some(Duration::from_millis(20))).expect("a timeout");
    let (began, mut answers, mut buffer) = (Instant::now(), 0, [0; 64]);
    for xid in 0..4000_u32 {
        // NULL of version 2.
        let call = [xid, 0, 2, 100_000, 2, 0, 0, 0, 0, 0].map(u32::to_be_bytes).concat();
        socket.send(&call).expect("sent");
        answers += usize::from(socket.recv(&mut buffer).is_ok());
        if began.elapsed() > Duration::from_secs(3) {
            break;
        }
    }
    println!("answers={answers} seconds={}", began.elapsed().as_secs_f64());
}

/// This side of the cable: a service on every address, and a portmapper that knows it.
struct Machine {
    _service: Running,
    _portmap: Daemon,
}

impl Machine {
    fn start() -> Self {
        lay_cable();
        let service =
            Server::builder().service(null(NUMBER, 1)).listen("0.0.0.0:0").listen("[::]:0");
        let service = service.bind().expect("ports").spawn().expect("a thread");
        let mut portmap = Command::new(env!("CARGO_BIN_EXE_portmap"));
        portmap.args(["--listen", "0.0.0.0", "--listen", "::", "--enable-callit"]);
        let mut portmap = Daemon::start(&mut portmap);
        assert!(portmap.line().starts_with("ready portmap "));
        let client =
            Portmap::connect(SocketAddr::from(([127, 0, 0, 1], 111))).expect("our portmapper");
        for (transport, addrs) in
            [(Transport::Tcp, service.tcp_addrs()), (Transport::Udp, service.udp_addrs())]
        {
            for addr in addrs {
                let netid = Netid::of(transport, addr.is_ipv6());
                let addr = Uaddr::Inet(*addr);
                client.set_addr(NUMBER, 1, netid, &addr).expect("registered");
            }
        }
        Self { _service: service, _portmap: portmap }
    }
}

fn lay_cable() {
    let path = "/usr/sbin:/sbin:/usr/bin:/bin";
    let _ = run(command("sh").args(["-ec", CABLE]).env("PATH", path)).ok();
    eventually("the cable to carry", || {
        run(command("ip").args(["link", "show", "near0"])).ok().stdout.contains("LOWER_UP")
    });
}

/// A command on the other machine.
fn far() -> Command {
    let mut far = command("ip");
    far.args(["netns", "exec", "far"]);
    far
}
