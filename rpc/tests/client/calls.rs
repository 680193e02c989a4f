//! The client against our server, and against sockets that misbehave.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    thread,
    time::{Duration, Instant},
};

use crate::common::{
    ECHO, PATIENCE, PROGRAM, Probe, WAIT, connected_tcp, record, start_pool, success, udp, words,
};
use sunrpc::{
    Transport,
    client::{Client, Error},
    server::{Pool, Server},
};

#[test]
fn many_threads_share_a_connection() {
    let probe = Probe::default();
    let server = start_pool(&probe, Pool { workers: 4, queue: 64 });
    for transport in Transport::INET {
        let client = Client::builder().connect(transport, server.tcp_addr().unwrap()).unwrap();
        thread::scope(|scope| {
            for number in 0..8_u32 {
                let client = client.clone();
                scope.spawn(move || {
                    for round in 0..200 {
                        let sent = vec![number, round];
                        let back: Vec<u32> = client.call(PROGRAM, 1, ECHO, &sent).unwrap();
                        assert_eq!(back, sent, "{transport}");
                    }
                });
            }
        });
    }
}

#[test]
fn what_became_of_an_earlier_datagram_does_not_end_a_call() {
    // As long as this has the port, nobody gets it at another address by chance.
    let taken = udp();
    let port = taken.local_addr().unwrap().port();
    let addr: SocketAddr = ([127, 0, 0, 9], port).into();
    let client = Client::udp(addr).unwrap();
    client.send(PROGRAM, 1, 0, &()).unwrap();
    let server = Server::builder().service(Probe::default()).listen_udp(addr).bind().unwrap();
    let _server = server.spawn().unwrap();
    client.call::<(), ()>(PROGRAM, 1, 0, &()).unwrap();
}

#[test]
fn a_later_call_overtakes_one_that_waits() {
    let probe = Probe::default();
    let gate = probe.gate.clone();
    let server = start_pool(&probe, Pool { workers: 2, queue: 2 });
    for transport in Transport::INET {
        let client = Client::builder().connect(transport, server.tcp_addr().unwrap()).unwrap();
        thread::scope(|scope| {
            let slow = scope.spawn(|| client.call::<u32, u32>(PROGRAM, 1, WAIT, &7));
            gate.arrived(1);
            let quick: Vec<u32> = client.call(PROGRAM, 1, ECHO, &vec![1]).unwrap();
            assert_eq!(quick, [1]);
            gate.open();
            assert_eq!(slow.join().unwrap().unwrap(), 7);
        });
    }
}

#[test]
fn udp_sends_again_with_the_same_xid() {
    let server = udp();
    let addr = server.local_addr().unwrap();
    let answering = thread::spawn(move || {
        let mut buffer = [0; 100];
        let (count, _) = server.recv_from(&mut buffer).unwrap();
        let first = buffer[..count].to_vec();
        let (count, peer) = server.recv_from(&mut buffer).unwrap();
        assert_eq!(first, &buffer[..count]);
        server.send_to(&success(&first, &[]), peer).unwrap();
    });
    let client = Client::builder()
        .retransmit(Duration::from_millis(20), Duration::from_secs(1))
        .timeout(PATIENCE)
        .connect(Transport::Udp, addr)
        .unwrap();
    client.call::<(), ()>(PROGRAM, 1, 0, &()).unwrap();
    answering.join().unwrap();
}

#[test]
fn udp_ignores_replies_to_other_calls() {
    let server = udp();
    let addr = server.local_addr().unwrap();
    let answering = thread::spawn(move || {
        let mut buffer = [0; 100];
        let (count, peer) = server.recv_from(&mut buffer).unwrap();
        let good = success(&buffer[..count], &[]);
        let mut stray = good.clone();
        stray[0] ^= 1;
        for forged in [&stray[..], &stray[..7], &[], &good[..3]] {
            server.send_to(forged, peer).unwrap();
        }
        server.send_to(&good, peer).unwrap();
    });
    Client::udp(addr).unwrap().call::<(), ()>(PROGRAM, 1, 0, &()).unwrap();
    answering.join().unwrap();
}

#[test]
fn a_call_that_nobody_answers_ends_in_time() {
    let silent = udp();
    let silent_tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let timeout = Duration::from_millis(120);
    for (transport, addr) in [
        (Transport::Udp, silent.local_addr().unwrap()),
        (Transport::Tcp, silent_tcp.local_addr().unwrap()),
    ] {
        let client = Client::builder().timeout(timeout).connect(transport, addr).unwrap();
        let began = Instant::now();
        let error = client.call::<(), ()>(PROGRAM, 1, 0, &()).unwrap_err();
        assert!(matches!(error, Error::Timeout(after) if after == timeout), "{error}");
        assert!(began.elapsed() >= timeout);
    }
}

#[test]
fn sending_again_at_once_ends_in_time_too() {
    let silent = udp();
    let client = Client::builder()
        .timeout(Duration::from_millis(30))
        .retransmit(Duration::ZERO, Duration::ZERO)
        .connect(Transport::Udp, silent.local_addr().unwrap())
        .unwrap();
    let error = client.call::<(), ()>(PROGRAM, 1, 0, &()).unwrap_err();
    assert!(matches!(error, Error::Timeout(_)), "{error}");
    assert!(client.stats().retransmissions < 1000, "{:?}", client.stats());
}

#[test]
fn a_closed_port_is_an_error_at_once() {
    let addr = udp().local_addr().unwrap();
    for transport in Transport::INET {
        let error = Client::builder()
            .connect(transport, addr)
            .and_then(|client| client.call::<(), ()>(PROGRAM, 1, 0, &()))
            .unwrap_err();
        assert!(matches!(error, Error::Connect { .. }), "{transport}: {error}");
    }
    let client = Client::udp(addr).unwrap();
    let tasks = [1, 2].map(|_| client.start::<(), ()>(PROGRAM, 1, 0, &()));
    let failed = tasks.into_iter().flatten().map(futures_executor::block_on);
    let errors: Vec<Error> = failed.filter_map(Result::err).collect();
    assert!(!errors.is_empty(), "a task hears of it too");
    for error in errors {
        assert!(matches!(error, Error::Connect { .. }), "{error}");
    }
}

/// The server gives out a shorthand (RFC 5531 appendix A), which nobody has to use.
#[test]
fn a_verifier_of_auth_short_is_taken() {
    let server = udp();
    let client = Client::udp(server.local_addr().unwrap()).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut call = [0; 100];
            let (_, caller) = server.recv_from(&mut call).unwrap();
            let reply = [1, 0, 2, 4, 0xABCD, 0].map(u32::to_be_bytes);
            server.send_to(&[&call[..4], reply.as_flattened()].concat(), caller).unwrap();
        });
        client.call::<(), ()>(PROGRAM, 1, 0, &()).unwrap();
    });
}

#[test]
fn of_several_addresses_the_first_that_can_be_reached_is_used() {
    let server = start_pool(&Probe::default(), Pool { workers: 1, queue: 1 });
    let (closed, open) = (udp().local_addr().unwrap(), server.tcp_addr().unwrap());
    let client = Client::tcp(&[closed, open][..]).unwrap();
    assert_eq!(client.server(), &open.into());
    client.call::<(), ()>(PROGRAM, 1, 0, &()).unwrap();
}

#[test]
fn a_connection_that_ends_tells_every_caller() {
    let (client, mut server) = connected_tcp();
    thread::scope(|scope| {
        let callers: Vec<_> =
            (0..4).map(|_| scope.spawn(|| client.call::<(), ()>(PROGRAM, 1, 0, &()))).collect();
        server.read_exact(&mut [0; 4 * 44]).unwrap();
        drop(server);
        for caller in callers {
            let error = caller.join().unwrap().unwrap_err();
            assert!(matches!(error, Error::Disconnected | Error::Io(_)), "{error}");
        }
    });
}

#[test]
fn a_hostile_reply_is_an_error_that_says_what() {
    let cases: [(&[u32], &str); 10] = [
        (
            &[0, 2, PROGRAM, 1, 0, 0, 0, 0, 0],
            "reply cannot be decoded: union reply has no arm for 0 at byte 4",
        ),
        (&[0, 9], "reply cannot be decoded: union reply has no arm for 0 at byte 4"),
        (&[2, 0], "reply cannot be decoded: enum msg_type has no value 2 at byte 4"),
        (&[1, 0, 6, 0, 0], "reply has a verifier of flavor 6 that proves nothing"),
        (&[1, 0, 0, 0], "reply cannot be decoded: truncated: 4 bytes needed, 0 left at byte 20"),
        (&[1, 1, 7], "reply cannot be decoded: enum reject_stat has no value 7 at byte 12"),
        (&[1, 1, 1, 99], "reply cannot be decoded: enum auth_stat has no value 99 at byte 16"),
        (
            &[1, 0, 0, 0, 2, 5],
            "reply cannot be decoded: truncated: 4 bytes needed, 0 left at byte 28",
        ),
        (&[1, 0, 0, 0, 0, 1], "reply cannot be decoded: 4 bytes left over at byte 24"),
        (
            &[1, 0, 0, 0x7FFF_FFFF],
            "reply cannot be decoded: length 2147483647 exceeds the bound 400 at byte 16",
        ),
    ];
    for (body, expected) in cases {
        let (client, mut server) = connected_tcp();
        let answering = thread::spawn(move || {
            let mut message = [0; 44];
            server.read_exact(&mut message).unwrap();
            let xid = words(&message)[1];
            let body: Vec<u8> =
                [xid].iter().chain(body).flat_map(|word| word.to_be_bytes()).collect();
            server.write_all(&record(&body)).unwrap();
        });
        let error = client.call::<(), ()>(PROGRAM, 1, 0, &()).unwrap_err();
        assert_eq!(error.to_string(), expected);
        answering.join().unwrap();
    }
}
