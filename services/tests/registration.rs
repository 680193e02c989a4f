//! Registered whenever there is a portmapper.

mod common;

use std::{
    io,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use common::{HERE, Portmap, unchosen_port};
use sunrpc::Transport;
use sunrpc_portmap::{Address, Timing};
use sunrpc_services::{
    daytime::Daytime,
    hosting::{self, Ready},
    idl::daytime::{DAYTIME_PROG, DaytimeV1Client},
};

const IMPATIENT: Timing = Timing {
    first_retry: Duration::from_millis(10),
    last_retry: Duration::from_millis(40),
    check: Duration::from_millis(20),
    timeout: Duration::from_secs(2),
};

fn daytime(portmap: &Address, timing: Timing) -> Ready {
    let host = hosting::daytime(Daytime::default(), HERE).expect("sockets");
    host.start(portmap, timing, |_| {}).expect("threads")
}

fn ports(portmap: &Portmap) -> [u16; 2] {
    Transport::INET.map(|way| portmap.port(DAYTIME_PROG, way))
}

/// Waits until it is so; what else is waited for tells of itself.
fn eventually(what: &str, so: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_secs(20);
    while !so() {
        assert!(Instant::now() < until, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_service_is_registered_once_it_is_ready_and_until_it_stops() {
    let portmap = Portmap::start();
    let ready = daytime(&portmap.address(), Timing::default());
    assert_eq!(ports(&portmap), [ready.tcp().port(), ready.udp().port()]);
    for transport in Transport::INET {
        let client: DaytimeV1Client =
            sunrpc_portmap::connect(portmap.address(), transport).expect("a client");
        client.null().expect("an answer");
    }
    drop(ready);
    assert_eq!(ports(&portmap), [0, 0]);
    let lookup = sunrpc_portmap::connect::<DaytimeV1Client>(portmap.address(), Transport::Tcp);
    assert!(matches!(lookup, Err(sunrpc_portmap::Error::NotRegistered { .. })));
}

#[test]
fn a_service_registers_when_the_portmapper_appears_and_when_it_comes_back() {
    let at = format!("127.0.0.1:{}", unchosen_port(0));
    let ready = daytime(&at.parse().expect("an address"), IMPATIENT);
    let ours = [ready.tcp().port(); 2];
    for _ in 0..2 {
        let portmap = Portmap::start_at(&at);
        eventually("it registers", || ports(&portmap) == ours);
    }
}

#[test]
fn a_registration_left_behind_is_taken_over() {
    let portmap = Portmap::start();
    portmap.set(DAYTIME_PROG, Transport::Tcp, 40_000);
    let ready = daytime(&portmap.address(), Timing::default());
    assert_eq!(ports(&portmap), [ready.tcp().port(); 2]);
}

#[test]
fn a_successor_keeps_its_registration() {
    let portmap = Portmap::start();
    let first = daytime(&portmap.address(), IMPATIENT);
    let second = daytime(&portmap.address(), IMPATIENT);
    let seconds = [second.tcp().port(); 2];
    assert_eq!(ports(&portmap), seconds);
    // The first looks after its own every 20 ms.
    let until = Instant::now() + Duration::from_millis(200);
    while Instant::now() < until {
        assert_eq!(ports(&portmap), seconds);
    }
    drop(first);
    assert_eq!(ports(&portmap), seconds);
}

#[test]
fn a_service_on_ipv6_is_found_through_a_portmapper_on_ipv6() {
    if std::net::TcpListener::bind("[::1]:0").is_err() {
        eprintln!("left out: this machine has no IPv6");
        return;
    }
    let portmap = Portmap::start_at("[::1]:0");
    let at = "[::1]:0".parse().expect("an address");
    let host = hosting::daytime(Daytime::default(), at).expect("sockets");
    let ready = host.start(portmap.address(), Timing::default(), |_| {}).expect("threads");
    let call = |transport| {
        let found = sunrpc_portmap::connect::<DaytimeV1Client>(portmap.address(), transport);
        found.map(|daytime| daytime.text().expect("an answer"))
    };
    for transport in Transport::INET {
        call(transport).expect("found");
    }
    drop(ready);
    for transport in Transport::INET {
        assert!(matches!(call(transport), Err(sunrpc_portmap::Error::NotRegistered { .. })));
    }
}

#[test]
fn an_entry_that_is_lost_is_made_again_and_the_log_says_so() {
    let log = Log::start();
    let portmap = Portmap::start();
    let ready = daytime(&portmap.address(), IMPATIENT);
    let at = format!("at={} ", ready.tcp());
    for again in 1..=3 {
        assert!(portmap.unset(DAYTIME_PROG));
        eventually("it registers again", || ports(&portmap) == [ready.tcp().port(); 2]);
        eventually("it says so", || log.count(&["INFO", "registered again", &at]) == again);
    }
}

/// What all services of this process log.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn start() -> Self {
        let log = Self::default();
        let writer = log.clone();
        let subscriber =
            tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone());
        tracing::subscriber::set_global_default(subscriber.finish()).expect("no other log");
        log
    }

    /// The lines that have all these words.
    fn count(&self, words: &[&str]) -> usize {
        let log = self.0.lock().expect("the log");
        let text = String::from_utf8_lossy(&log);
        text.lines().filter(|line| words.iter().all(|word| line.contains(word))).count()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("the log").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
