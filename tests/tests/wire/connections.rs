//! Peers that are slow, silent, deaf or too many (immunity 18 to 21, 37).

use std::{
    net::TcpStream,
    process::Command,
    time::{Duration, Instant},
};

use socket2::SockRef;
use sunrpc::server::{Limits, Server};
use sunrpc_tests::{
    isolated::isolated,
    process::{command, eventually, run},
    wire::{Tcp, call, prog_unavail, record, success, words},
};

use crate::victim::{FILL, PROGRAM, VERSION, Victim};

fn null(xid: u32) -> Vec<u8> {
    call(xid, PROGRAM, VERSION, 0, &[])
}

/// Half a header, a fifth of a call, nothing at all: each is closed by its timeout while another peer is served.
#[test]
fn slow_and_silent_peers() {
    let victim = Victim::with(&["read=300", "idle=600"]);
    let mut busy = victim.tcp();
    for bytes in [&record(&null(1))[..2], &record(&null(1))[..12], &[]] {
        let mut slow = victim.tcp();
        slow.send(bytes).unwrap();
        slow.0.set_nonblocking(true).unwrap();
        let started = Instant::now();
        let mut buf = [0; 1];
        let mut calls = 0;
        // Served all the while; the loop ends because the slow one is closed.
        while TcpStream::peek(&slow.0, &mut buf)
            .is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
        {
            assert_eq!(busy.exchange(&null(calls)), Some(success(calls, &[])));
            calls += 1;
            assert!(started.elapsed() < Duration::from_secs(20), "never closed: {bytes:02x?}");
        }
        assert!(calls > 10, "{calls} calls beside {bytes:02x?}");
    }
    drop(busy);
    victim.unharmed();
}

/// A trickle of bytes does not put the timeout off.
#[test]
fn a_trickling_peer() {
    let victim = Victim::with(&["read=300"]);
    let mut slow = victim.tcp();
    let bytes = record(&call(1, PROGRAM, VERSION, 1, &[0; 400]));
    let started = Instant::now();
    let mut sent = 0;
    for byte in &bytes {
        if slow.send(&[*byte]).is_err() {
            break;
        }
        sent += 1;
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(sent < bytes.len(), "all {sent} bytes were taken in {:?}", started.elapsed());
    victim.unharmed();
}

/// Who never reads his answers gets a bounded queue, and then is closed.
#[test]
fn a_peer_that_never_reads() {
    let mut victim = Victim::with(&["write=500", "queue=100000"]);
    let mut deaf = victim.tcp();
    deaf.0.set_write_timeout(Some(Duration::from_millis(200))).unwrap();
    let call = record(&call(1, PROGRAM, VERSION, FILL, &words(&[60_000])));
    let many = call.repeat(100);
    // Six gigabytes of answers if all were taken.
    let before = victim.used().resident;
    for _ in 0..1000 {
        if deaf.send(&many).is_err() {
            break;
        }
    }
    let grown = victim.used().resident.saturating_sub(before);
    assert!(grown <= 1 << 20, "grew by {grown} bytes");
    victim.answers();
    // Nothing is read until it has closed: what was answered before is still in the socket.
    eventually("the deaf peer to be closed", || {
        deaf.0.set_nonblocking(true).unwrap();
        matches!(std::io::Write::write(&mut deaf.0, &[0]), Err(error)
            if error.kind() != std::io::ErrorKind::WouldBlock)
    });
    drop(deaf);
    victim.unharmed();
}

/// Few descriptors, many connections: accepting pauses and costs no time; UDP goes on; then it recovers.
#[test]
fn more_connections_than_descriptors() {
    let mut sh = Command::new("sh");
    sh.args(["-c", "ulimit -n 256 && exec \"$0\"", env!("CARGO_BIN_EXE_victim")]);
    let victim = Victim::run(&mut sh);
    let all: Vec<TcpStream> =
        (0..316).map(|_| TcpStream::connect(victim.tcp).expect("the backlog")).collect();
    let udp = victim.udp();
    assert_eq!(udp.exchange(&null(1)), success(1, &[]));
    let (started, before) = (Instant::now(), victim.used().cpu);
    while started.elapsed() < Duration::from_secs(2) {
        assert_eq!(udp.exchange(&null(2)), success(2, &[]));
        std::thread::sleep(Duration::from_millis(50));
    }
    let spent = victim.used().cpu.saturating_sub(before);
    assert!(spent <= Duration::from_millis(100), "{spent:?} on a processor in 2 s");
    drop(all);
    victim.unharmed();
}

/// A limit of connections: those beyond it wait their turn, and get it.
#[test]
fn more_connections_than_allowed() {
    let victim = Victim::with(&["connections=10"]);
    let mut first: Vec<Tcp> = (0..10).map(|_| victim.tcp()).collect();
    for tcp in &mut first {
        assert_eq!(tcp.exchange(&null(1)), Some(success(1, &[])));
    }
    let mut waiting = victim.tcp();
    waiting.send(&record(&null(2))).unwrap();
    waiting.0.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    assert!(waiting.0.peek(&mut [0]).is_err(), "an eleventh connection was served");
    drop(first);
    waiting.0.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    assert_eq!(waiting.receive(), Some(success(2, &[])));
    drop(waiting);
    victim.unharmed();
}

/// One address has its share of connections: one more is closed. The machine's own are not counted.
#[test]
fn more_connections_of_one_address_than_allowed() {
    isolated(&[], || {
        // An address that is not loopback's, so that who calls from it is taken for another machine.
        let _ = run(command("ip").args(["addr", "add", "10.9.0.1/32", "dev", "lo"])).ok();
        let mut limits = Limits::default();
        limits.max_connections_per_peer = 2;
        let server = Server::builder().limits(limits).listen_tcp("0.0.0.0:0").bind().unwrap();
        let server = server.spawn().unwrap();
        let port = server.tcp_addr().unwrap().port();
        let is_served = |tcp: &mut Tcp| tcp.exchange(&null(1)) == Some(prog_unavail(1));
        let from = |ip: [u8; 4], count| {
            let mut all: Vec<Tcp> = (0..count).map(|_| Tcp::connect((ip, port).into())).collect();
            all.retain_mut(is_served);
            all
        };
        let served = from([10, 9, 0, 1], 4);
        assert_eq!((served.len(), from([127, 0, 0, 1], 4).len()), (2, 4));
        drop(served);
        eventually("room for others", || from([10, 9, 0, 1], 1).len() == 1);
    });
}

/// Connections that come, ask and are reset, thousands of them: no answer reaches another connection.
#[test]
fn connections_that_are_reset() {
    let victim = Victim::start();
    let mut steady = victim.tcp();
    for round in 0..100_000 {
        let mut brief = victim.tcp();
        let _ = brief.send(&record(&null(0xbad)).repeat(1 + round as usize % 3));
        if round % 3 == 0 {
            // Unread answers make the close a reset.
            let _ = brief.0.shutdown(std::net::Shutdown::Read);
        }
        drop(brief);
        if round % 10 == 0 {
            assert_eq!(steady.exchange(&null(round)), Some(success(round, &[])));
        }
    }
    drop(steady);
    victim.unharmed();
}

/// Two thousand connections at once, numbered beyond any table of 1,024 descriptors; others were reset before they were
/// taken.
#[test]
fn two_thousand_connections() {
    let this = std::process::id().to_string();
    let _ = run(command("prlimit").args(["--pid", &this, "--nofile=4096:"])).ok();
    let mut victim = Victim::start();
    victim.daemon.signal("STOP");
    (0..50).for_each(|_| reset(victim.tcp()));
    victim.daemon.signal("CONT");
    let mut all: Vec<Tcp> = (0..2000).map(|_| victim.tcp()).collect();
    for tcp in all.iter_mut().rev().step_by(20) {
        assert_eq!(tcp.exchange(&null(5)), Some(success(5, &[])));
    }
    all.drain(..1000).for_each(reset);
    victim.answers();
    // What has been resident stays so for a while, so this is of all two thousand.
    victim.unharmed();
}

/// Ends a connection with a reset, as a peer does that has crashed.
fn reset(tcp: Tcp) {
    SockRef::from(&tcp.0).set_linger(Some(Duration::ZERO)).unwrap();
}
