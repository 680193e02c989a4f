//! The server: what it does with calls that repeat, block, fail, or come too many.

use std::{
    io::{ErrorKind, Read, Write},
    num::NonZero,
    os::unix::net::UnixListener,
    sync::atomic::Ordering,
    thread,
    time::{Duration, Instant},
};

use crate::common::{
    BYTES, COUNT, PANIC, PATIENCE, PROGRAM, Probe, SILENT, WAIT, call, connect, record, start_pool,
    udp, wait_for_drain, words,
};
use sunrpc::{
    client::{Client, Error},
    server::{Idempotent, Limits, Pool, Running, Server, Traced},
};

fn start(probe: &Probe, limits: Limits) -> Running {
    Server::builder()
        .service(probe.clone())
        .limits(limits)
        .listen("127.0.0.1:0")
        .bind()
        .unwrap()
        .spawn()
        .unwrap()
}

#[test]
fn a_datagram_that_comes_twice_runs_once() {
    let probe = Probe::default();
    let server = start(&probe, Limits::default());
    let socket = udp();
    socket.connect(server.udp_addr().unwrap()).unwrap();
    let mut replies = Vec::new();
    for message in [
        call(1, 1, COUNT, &[]),
        call(1, 1, COUNT, &[]),
        call(2, 1, COUNT, &[]),
        call(1, 1, COUNT, &[]),
    ] {
        let mut buffer = [0; 100];
        socket.send(&message).unwrap();
        let count = socket.recv(&mut buffer).unwrap();
        replies.push(words(&buffer[..count]));
    }
    assert_eq!(replies[0], [1, 1, 0, 0, 0, 0, 1]);
    assert_eq!(replies[1], replies[0]);
    assert_eq!(replies[2], [2, 1, 0, 0, 0, 0, 2]);
    assert_eq!(replies[3], replies[0]);
    // The same id from somebody else is another call.
    let other = udp();
    other.send_to(&call(1, 1, COUNT, &[]), server.udp_addr().unwrap()).unwrap();
    let mut buffer = [0; 100];
    let count = other.recv(&mut buffer).unwrap();
    assert_eq!(words(&buffer[..count]).last(), Some(&3));
}

/// The connection that it has closed holds the port for a minute, unless it says that this does not matter.
#[test]
fn a_server_that_starts_again_has_its_port() {
    let server = start(&Probe::default(), Limits::default());
    let addr = server.tcp_addr().unwrap();
    let mut stream = connect(&server);
    stream.write_all(&record(&call(1, 1, 0, &[]))).unwrap();
    stream.read_exact(&mut [0; 28]).unwrap();
    server.stop().unwrap();
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    drop(stream);
    Server::builder().service(Probe::default()).listen_tcp(addr).bind().unwrap();
}

#[test]
fn a_handler_that_panics_fails_alone() {
    let probe = Probe::default();
    let server = start(&probe, Limits::default());
    for client in [Client::tcp(server.tcp_addr().unwrap()), Client::udp(server.udp_addr().unwrap())]
    {
        let client = client.unwrap();
        let error = client.call::<(), ()>(PROGRAM, 1, PANIC, &()).unwrap_err();
        assert!(matches!(error, Error::SystemErr), "{error}");
        client.call::<(), ()>(PROGRAM, 1, 0, &()).unwrap();
    }
}

#[test]
fn versions_that_are_not_served_are_answered_with_those_that_are() {
    let versions = [4, 2, 7].map(|version| Probe { version, ..Probe::default() });
    let [a, b, c] = versions;
    let server = Server::builder()
        .service(a)
        .service(b)
        .service(c)
        .listen("127.0.0.1:0")
        .bind()
        .unwrap()
        .spawn()
        .unwrap();
    let client = Client::tcp(server.tcp_addr().unwrap()).unwrap();
    let error = client.call::<(), ()>(PROGRAM, 3, 0, &()).unwrap_err();
    assert!(matches!(error, Error::ProgMismatch { low: 2, high: 7 }), "{error}");
    let error = client.call::<(), ()>(PROGRAM + 1, 3, 0, &()).unwrap_err();
    assert!(matches!(error, Error::ProgUnavail), "{error}");
    let twins = Server::builder().service(Probe::default()).service(Probe::default()).bind();
    assert!(twins.is_err());
}

#[test]
fn an_address_without_a_port_is_refused_with_a_word_of_it() {
    let error = Server::builder().listen("127.0.0.1").bind().unwrap_err().to_string();
    assert!(error.starts_with("cannot listen: ") && error.contains("HOST:PORT"), "{error}");
}

#[test]
fn a_peer_that_never_reads_is_closed_and_holds_nobody_up() {
    let probe = Probe::default();
    let limits = {
        let mut limits = Limits::default();
        limits.max_reply_queue_bytes = 1 << 16;
        limits.write_timeout = Duration::from_millis(200);
        limits
    };
    let server = start(&probe, limits);
    let greedy = connect(&server);
    greedy.set_write_timeout(Some(Duration::from_millis(50))).unwrap();
    // Each call asks for 64 KiB; nothing is read. (Reading would help the server on.)
    let wish = record(&call(1, 1, BYTES, &[65_536]));
    let mut asked = 0_u32;
    while asked < 100_000 && (&greedy).write_all(&wish).is_ok() {
        asked += 1;
    }
    assert!(asked < 100_000, "the server took every call of a peer that reads nothing");
    let client = Client::udp(server.udp_addr().unwrap()).unwrap();
    client.call::<(), ()>(PROGRAM, 1, 0, &()).unwrap();
    let began = Instant::now();
    let is_closed = || {
        let error = (&greedy).write(&[0]).err().map(|error| error.kind());
        matches!(error, Some(ErrorKind::ConnectionReset | ErrorKind::BrokenPipe))
    };
    while !is_closed() {
        assert!(began.elapsed() < PATIENCE, "the connection is still open");
    }
}

#[test]
fn a_peer_that_reads_late_gets_every_reply() {
    let server = start(&Probe::default(), Limits::default());
    let stream = connect(&server);
    let calls: u32 = 400;
    let writer = stream.try_clone().unwrap();
    let writing = thread::spawn(move || {
        for xid in 0..calls {
            (&writer).write_all(&record(&call(xid, 1, BYTES, &[40_000]))).unwrap();
        }
    });
    let mut reply = vec![0; 4 + 24 + 4 + 40_000];
    for xid in 0..calls {
        (&stream).read_exact(&mut reply).unwrap();
        assert_eq!(words(&reply[4..8]), [xid]);
    }
    writing.join().unwrap();
}

#[test]
fn one_connection_more_than_allowed_waits_for_another_to_close() {
    let limits = {
        let mut limits = Limits::default();
        limits.max_connections = 2;
        limits
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let builder = Server::builder().service(Probe::default()).limits(limits);
    let server = builder.listen("127.0.0.1:0").listen_unix(&path).bind().unwrap().spawn().unwrap();
    let addr = server.tcp_addr().unwrap();
    let clients = [Client::tcp(addr).unwrap(), Client::tcp(addr).unwrap()];
    for client in &clients {
        client.call::<(), ()>(PROGRAM, 1, 0, &()).unwrap();
    }
    let third = connect(&server);
    (&third).write_all(&record(&call(3, 1, 0, &[]))).unwrap();
    third.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    let early = (&third).read(&mut [0; 28]).unwrap_err();
    assert_eq!(early.kind(), ErrorKind::WouldBlock);
    drop(clients);
    third.set_read_timeout(Some(PATIENCE)).unwrap();
    (&third).read_exact(&mut [0; 28]).unwrap();
    // Wherever it waits.
    let fourth = Client::tcp(addr).unwrap();
    fourth.call::<(), ()>(PROGRAM, 1, 0, &()).unwrap();
    let fifth = Client::builder().timeout(PATIENCE).connect_unix(&path).unwrap();
    let fifth = fifth.start::<(), ()>(PROGRAM, 1, 0, &()).unwrap();
    drop(fourth);
    fifth.wait().unwrap();
}

#[test]
fn a_stop_finishes_what_is_under_way_and_begins_nothing() {
    for transport in sunrpc::Transport::INET {
        let probe = Probe::default();
        let server = start_pool(&probe, Pool { workers: 1, queue: 1 });
        let addr = server.tcp_addr().unwrap();
        let client = Client::builder().timeout(PATIENCE).connect(transport, addr).unwrap();
        thread::scope(|scope| {
            let calling = scope.spawn(|| client.call::<u32, u32>(PROGRAM, 1, WAIT, &5));
            probe.gate.arrived(1);
            server.stop_handle().stop();
            wait_for_drain(&server);
            udp().send_to(&call(1, 1, COUNT, &[]), addr).unwrap();
            probe.gate.open();
            assert_eq!(calling.join().unwrap().unwrap(), 5, "{transport}");
        });
        let began = Instant::now();
        server.join().unwrap();
        assert!(began.elapsed() < Duration::from_secs(3), "the drain went on to its end");
        assert_eq!(probe.count.load(Ordering::SeqCst), 1, "{transport}");
    }
}

#[test]
fn a_reply_too_long_for_udp_is_a_failure_not_a_silence() {
    let server = start(&Probe::default(), Limits::default());
    let client = Client::udp(server.udp_addr().unwrap()).unwrap();
    let error = client.call::<u32, Vec<u32>>(PROGRAM, 1, BYTES, &100_000).unwrap_err();
    assert!(matches!(error, Error::SystemErr), "{error}");
    let most: Vec<u32> = client.call(PROGRAM, 1, BYTES, &60_000).unwrap();
    assert_eq!(most.len(), 15_000);
}

#[test]
fn a_call_that_gets_no_reply_holds_nothing_up() {
    for transport in sunrpc::Transport::INET {
        let server = start(&Probe::default(), Limits::default());
        let client = Client::builder()
            .timeout(PATIENCE)
            .connect(transport, server.tcp_addr().unwrap())
            .unwrap();
        client.send(PROGRAM, 1, SILENT, &()).unwrap();
        client.flush().unwrap();
        client.call::<(), ()>(PROGRAM, 1, 0, &()).unwrap();
        let quick = Client::builder().timeout(Duration::from_millis(100));
        let silence = quick.connect(transport, server.tcp_addr().unwrap()).unwrap().call::<(), ()>(
            PROGRAM,
            1,
            SILENT,
            &(),
        );
        assert!(matches!(silence, Err(Error::Timeout(_))));
    }
    // Not a byte, in fact.
    let server = start(&Probe::default(), Limits::default());
    let mut stream = connect(&server);
    stream
        .write_all(
            &[(1, SILENT), (2, 0)].map(|(xid, what)| record(&call(xid, 1, what, &[]))).concat(),
        )
        .unwrap();
    let mut reply = [0; 28];
    stream.read_exact(&mut reply).unwrap();
    assert_eq!(reply[..8], [0x80, 0, 0, 24, 0, 0, 0, 2]);
}

#[test]
fn sockets_that_are_open_already_are_taken_over() {
    let tcp = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let socket = udp();
    let server = Server::builder()
        .service(Probe::default())
        .adopt_tcp(tcp)
        .adopt_udp(socket)
        .adopt_unix(UnixListener::bind(&path).unwrap())
        .bind()
        .unwrap()
        .spawn()
        .unwrap();
    Client::tcp(server.tcp_addr().unwrap()).unwrap().call::<(), ()>(PROGRAM, 1, 0, &()).unwrap();
    Client::udp(server.udp_addr().unwrap()).unwrap().call::<(), ()>(PROGRAM, 1, 0, &()).unwrap();
    Client::unix(&path).unwrap().call::<(), ()>(PROGRAM, 1, 0, &()).unwrap();
    server.stop().unwrap();
    assert!(path.exists(), "it belongs to whoever has made it");
}

#[test]
fn several_reactors_share_the_ports() {
    let probe = Probe::default();
    let server = Server::builder()
        .blocking_service(probe.clone(), Pool { workers: 2, queue: 64 })
        .reactors(NonZero::new(3).unwrap())
        .listen("127.0.0.1:0")
        .bind()
        .unwrap()
        .spawn()
        .unwrap();
    for transport in sunrpc::Transport::INET {
        for _ in 0..30 {
            let client = Client::builder().connect(transport, server.tcp_addr().unwrap()).unwrap();
            client.call::<(), u32>(PROGRAM, 1, COUNT, &()).unwrap();
        }
    }
    assert_eq!(probe.count.load(Ordering::SeqCst), 60);
    server.stop().unwrap();
}

#[test]
fn a_procedure_that_may_run_twice_does() {
    let probe = Probe::default();
    let server = Server::builder()
        .service(Idempotent::new(probe.clone(), |procedure| procedure == COUNT))
        .intercept(Traced)
        .listen_udp("127.0.0.1:0")
        .bind()
        .unwrap()
        .spawn()
        .unwrap();
    let socket = udp();
    for expected in 1..=2 {
        socket.send_to(&call(1, 1, COUNT, &[]), server.udp_addr().unwrap()).unwrap();
        let mut buffer = [0; 100];
        let count = socket.recv(&mut buffer).unwrap();
        assert_eq!(words(&buffer[..count]).last(), Some(&expected));
    }
}
