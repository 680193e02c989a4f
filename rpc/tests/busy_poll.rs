//! Clients and servers that ask again and again before they sleep: they take the processor from others, so nothing else
//! is tested here.

mod common;

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use common::{ECHO, PROGRAM, Probe, SILENT, serves};
use sunrpc::{
    Transport,
    client::{Client, Error},
    server::{Running, Server, Service},
};

/// Longer than any reply here takes, on however loaded a machine, but for one that never comes.
const LONG: Duration = Duration::from_secs(10);
/// How often a thread is looked at: it may sleep for reasons of its own now and then.
const CHANCES: u32 = 20;

fn start(service: impl Service) -> Running {
    let builder = Server::builder().busy_poll(LONG).service(service);
    builder.listen("127.0.0.1:0").bind().unwrap().spawn().unwrap()
}

fn connect(server: &Running, transport: Transport, busy: Duration) -> Client {
    let addr = if transport == Transport::Udp { server.udp_addr() } else { server.tcp_addr() };
    Client::builder().busy_poll(busy).connect(transport, addr.unwrap()).unwrap()
}

/// How often this thread has gone to sleep.
fn sleeps() -> u32 {
    let status = fs::read_to_string("/proc/thread-self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
    line.unwrap().trim().parse().unwrap()
}

#[test]
fn a_busy_client_does_not_sleep_for_its_reply() {
    let server = start(Probe::default());
    for transport in [Transport::Tcp, Transport::Udp] {
        let client = connect(&server, transport, LONG);
        let is_awake = |_| {
            let before = sleeps();
            let back: Vec<u32> = client.call(PROGRAM, 1, ECHO, &vec![5_u32; 100]).unwrap();
            assert_eq!(back, [5; 100]);
            sleeps() == before
        };
        assert!((0..CHANCES).any(is_awake), "{transport:?}");
    }
}

#[test]
fn a_busy_server_does_not_sleep_between_calls() {
    let server = start(serves(PROGRAM, |_, args, results| {
        args.get::<()>()?;
        results.put(&sleeps())
    }));
    for transport in [Transport::Tcp, Transport::Udp] {
        let client = connect(&server, transport, Duration::ZERO);
        let look = || {
            // Time to sleep, for who would.
            thread::sleep(Duration::from_millis(5));
            client.call::<_, u32>(PROGRAM, 1, 1, &()).unwrap()
        };
        assert!((0..CHANCES).any(|_| look() == look()), "{transport:?}");
    }
}

#[test]
fn a_long_reply_comes_whole() {
    let server = start(Probe::default());
    let client = connect(&server, Transport::Tcp, LONG);
    let long: Vec<u32> = (0..200_000).collect();
    assert_eq!(client.call::<_, Vec<u32>>(PROGRAM, 1, ECHO, &long).unwrap(), long);
}

#[test]
fn a_busy_client_gives_up_in_time() {
    let server = start(Probe::default());
    let short = Duration::from_millis(150);
    for transport in [Transport::Tcp, Transport::Udp] {
        for busy in [short / 50, LONG] {
            let client = connect(&server, transport, busy).with_timeout(short);
            let began = Instant::now();
            let result = client.call::<_, ()>(PROGRAM, 1, SILENT, &());
            assert!(matches!(result, Err(Error::Timeout(_))), "{result:?}");
            assert!((short..LONG / 2).contains(&began.elapsed()), "{:?}", began.elapsed());
        }
    }
}

#[test]
fn several_threads_share_a_busy_client() {
    let server = start(Probe::default());
    let client = connect(&server, Transport::Tcp, LONG);
    thread::scope(|scope| {
        for thread in 0..4_u32 {
            let client = &client;
            scope.spawn(move || {
                for number in 0..200 {
                    let sent = vec![thread, number];
                    let back: Vec<u32> = client.call(PROGRAM, 1, ECHO, &sent).unwrap();
                    assert_eq!(back, sent);
                }
            });
        }
    });
}

#[test]
fn a_busy_server_stops_when_told() {
    let began = Instant::now();
    let server = start(Probe::default());
    connect(&server, Transport::Udp, LONG).call::<_, ()>(PROGRAM, 1, 0, &()).unwrap();
    drop(server);
    assert!(began.elapsed() < LONG / 2, "{:?}", began.elapsed());
}
