//! At most once over TCP: a call that comes again over another connection.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    num::NonZero,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use crate::common::{
    self, BUSY, COUNT, PATIENCE, PROGRAM, Probe, SILENT, WAIT, call, connect, record, serves, udp,
    words,
};
use sunrpc::{
    Transport,
    client::Client,
    proto::DuplicateLimits,
    server::{Fault, Idempotent, Limits, Pool, Running, Server, Service},
};

/// Limits of a server that remembers `bytes` of calls over TCP.
fn remember(bytes: usize) -> Limits {
    let mut limits = Limits::default();
    limits.stream_duplicates = DuplicateLimits { max_bytes: bytes, ..DuplicateLimits::default() };
    limits
}

fn start(service: impl Service, limits: Limits) -> Running {
    let builder = Server::builder().service(service).limits(limits);
    builder
        .reactors(NonZero::new(2).unwrap())
        .listen("127.0.0.1:0")
        .bind()
        .unwrap()
        .spawn()
        .unwrap()
}

fn start_pool(probe: &Probe, pool: Pool) -> Running {
    let builder = Server::builder().blocking_service(probe.clone(), pool).limits(remember(1 << 20));
    builder.listen("127.0.0.1:0").bind().unwrap().spawn().unwrap()
}

/// Sends a message over a connection of its own.
fn send(server: &Running, message: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(server.tcp_addr().unwrap()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(&record(message)).unwrap();
    stream
}

/// The results of the one reply that a connection gets.
fn receive(mut stream: TcpStream) -> Vec<u32> {
    let mut mark = [0; 4];
    stream.read_exact(&mut mark).unwrap();
    let mut reply = vec![0; (u32::from_be_bytes(mark) & 0x7FFF_FFFF) as usize];
    stream.read_exact(&mut reply).unwrap();
    words(&reply).split_off(6)
}

fn ask(server: &Running, message: &[u8]) -> Vec<u32> {
    receive(send(server, message))
}

#[test]
fn a_call_that_comes_again_is_answered_as_before() {
    let server = start(Probe::default(), remember(1 << 20));
    // Often enough that both reactors meet it.
    for _ in 0..20 {
        assert_eq!(ask(&server, &call(1, 1, COUNT, &[])), [1]);
    }
    assert_eq!(ask(&server, &call(2, 1, COUNT, &[])), [2], "another id is another call");
    assert_eq!(ask(&server, &call(2, 1, COUNT, &[7])), [3], "so are other arguments");
    server.stop().unwrap();
}

#[test]
fn a_call_without_a_reply_that_comes_again_does_not_run_again() {
    let server = start(Probe::default(), remember(1 << 20));
    for _ in 0..3 {
        let mut stream = send(&server, &call(1, 1, SILENT, &[]));
        // What comes back is the answer to this.
        stream.write_all(&record(&call(9, 1, 0, &[]))).unwrap();
        assert_eq!(receive(stream), []);
    }
    assert_eq!(ask(&server, &call(2, 1, COUNT, &[])), [2]);
    let socket = udp();
    socket.connect(server.udp_addr().unwrap()).unwrap();
    for (xid, procedure) in [(1, SILENT), (1, SILENT), (2, COUNT)] {
        socket.send(&call(xid, 1, procedure, &[])).unwrap();
    }
    let mut reply = [0; 28];
    assert_eq!(socket.recv(&mut reply).unwrap(), 28);
    assert_eq!(words(&reply)[6], 4, "two of this address, two of that");
    server.stop().unwrap();
}

#[test]
fn nothing_is_remembered_unless_it_is_wanted() {
    let server = start(Probe::default(), Limits::default());
    assert_eq!(ask(&server, &call(1, 1, COUNT, &[])), [1]);
    assert_eq!(ask(&server, &call(1, 1, COUNT, &[])), [2]);
    server.stop().unwrap();
}

#[test]
fn nor_is_what_may_run_twice() {
    let server = start(Idempotent::new(Probe::default(), |_| true), remember(1 << 20));
    assert_eq!(ask(&server, &call(1, 1, COUNT, &[])), [1]);
    assert_eq!(ask(&server, &call(1, 1, COUNT, &[])), [2]);
    server.stop().unwrap();
}

#[test]
fn who_comes_back_while_the_call_runs_gets_the_reply() {
    let probe = Probe::default();
    let server = start_pool(&probe, Pool { workers: 2, queue: 8 });
    let wait = call(5, 1, WAIT, &[9]);
    let lost = send(&server, &wait);
    probe.gate.arrived(1);
    drop(lost);
    let mut back = send(&server, &wait);
    back.shutdown(Shutdown::Write).unwrap();
    // The reply to this one tells that the server has seen the one before, over the same connection.
    let mut again = send(&server, &wait);
    again.write_all(&record(&call(6, 1, 0, &[]))).unwrap();
    again.shutdown(Shutdown::Write).unwrap();
    assert_eq!(receive(again.try_clone().unwrap()), [], "NULL overtakes what waits");
    assert_eq!(back.read(&mut [0]).unwrap(), 0, "nothing will come for the one before");
    probe.gate.open();
    assert_eq!(receive(again), [9], "the last one to come back is heard");
    assert_eq!(ask(&server, &wait), [9], "and whoever comes later");
    assert_eq!(probe.count.load(std::sync::atomic::Ordering::SeqCst), 1, "it ran once");
    server.stop().unwrap();
}

#[test]
fn what_was_not_run_for_want_of_room_runs_when_it_comes_again() {
    let probe = Probe::default();
    let server = start_pool(&probe, Pool { workers: 1, queue: 1 });
    let running = send(&server, &call(2, 1, WAIT, &[1]));
    probe.gate.arrived(1);
    let queued = send(&server, &call(3, 1, COUNT, &[]));
    // Whether the one before has been queued yet, only an answer to a third can tell.
    while ask(&server, &call(4, 1, COUNT, &[])) != [BUSY] {}
    assert_eq!(ask(&server, &call(4, 1, COUNT, &[])), [BUSY]);
    probe.gate.open();
    assert_eq!((receive(running), receive(queued).len()), (vec![1], 1));
    assert_ne!(ask(&server, &call(4, 1, COUNT, &[])), [BUSY]);
    server.stop().unwrap();
}

#[test]
fn nor_is_remembered_what_was_not_run_for_want_of_time() {
    let (probe, mut limits) = (Probe::default(), remember(1 << 20));
    limits.call_timeout = Duration::from_millis(50);
    let pool = Pool { workers: 1, queue: 1 };
    let builder = Server::builder().blocking_service(probe.clone(), pool).limits(limits);
    let server = builder.listen("127.0.0.1:0").bind().unwrap().spawn().unwrap();
    let running = send(&server, &call(1, 1, WAIT, &[1]));
    probe.gate.arrived(1);
    let late = send(&server, &call(2, 1, COUNT, &[]));
    while ask(&server, &call(3, 1, COUNT, &[])) != [BUSY] {}
    thread::sleep(limits.call_timeout);
    probe.gate.open();
    assert_eq!([receive(running), receive(late)], [[1], [BUSY]]);
    assert_eq!(ask(&server, &call(2, 1, COUNT, &[])), [2]);
}

/// Stands between a client and a server, and loses the first reply: it hangs up instead. One call at a time.
fn lose_first_reply(server: &Running) -> SocketAddr {
    let (listener, server) =
        (TcpListener::bind("127.0.0.1:0").unwrap(), server.tcp_addr().unwrap());
    let addr = listener.local_addr().unwrap();
    thread::spawn(move || {
        for lose in [true, false] {
            let mut near = listener.accept().unwrap().0;
            let mut far = TcpStream::connect(server).unwrap();
            while let Some(call) = next_record(&mut near) {
                far.write_all(&call).unwrap();
                let reply = next_record(&mut far).unwrap();
                if lose {
                    break;
                }
                near.write_all(&reply).unwrap();
            }
        }
    });
    addr
}

/// A record with its mark.
fn next_record(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut mark = [0; 4];
    stream.read_exact(&mut mark).ok()?;
    let mut record = vec![0; (u32::from_be_bytes(mark) & 0x7FFF_FFFF) as usize];
    stream.read_exact(&mut record).ok()?;
    Some([&mark[..], &record].concat())
}

#[test]
fn a_client_that_repeats_a_call_runs_it_once() {
    for (bytes, count) in [(1 << 20, 1), (0, 2)] {
        let server = start(Probe::default(), remember(bytes));
        let builder = Client::builder().repeat(true).timeout(PATIENCE);
        let client = builder.connect(Transport::Tcp, lose_first_reply(&server)).unwrap();
        assert_eq!(
            client.call::<_, u32>(PROGRAM, 1, COUNT, &()).unwrap(),
            count,
            "{bytes} bytes of memory"
        );
        assert_eq!(client.call::<_, u32>(PROGRAM, 1, COUNT, &()).unwrap(), count + 1);
        server.stop().unwrap();
    }
}

/// A server that ignores all calls but NULL until it is told that it is ready.
fn start_ignorant(pool: Option<Pool>) -> (Running, Arc<AtomicBool>) {
    let ready = Arc::<AtomicBool>::default();
    let is_ready = Arc::clone(&ready);
    let service = serves(PROGRAM, move |call, _, _| match call.procedure() {
        0 => Ok(()),
        _ if is_ready.load(Ordering::SeqCst) => Ok(()),
        _ => Err(Fault::Ignored),
    });
    let builder = Server::builder().limits(remember(1 << 20));
    let builder = match pool {
        Some(pool) => builder.blocking_service(service, pool),
        None => builder.service(service),
    };
    (builder.listen("127.0.0.1:0").bind().unwrap().spawn().unwrap(), ready)
}

#[test]
fn who_was_ignored_may_come_again() {
    let (ignored, null) = (call(1, 1, 1, &[]), call(2, 1, 0, &[]));
    for pool in [None, Some(Pool { workers: 1, queue: 8 })] {
        let (server, ready) = start_ignorant(pool);
        let (mut stream, socket) = (connect(&server), udp());
        socket.connect(server.udp_addr().unwrap()).unwrap();
        let mut datagram = [0; 100];
        let mut replies = |messages: &[&[u8]]| {
            for message in messages {
                stream.write_all(&record(message)).unwrap();
                socket.send(message).unwrap();
            }
            socket.recv(&mut datagram).unwrap();
            [common::next_record(&mut stream)[3], datagram[3]]
        };
        assert_eq!(replies(&[&ignored, &null]), [2, 2]);
        ready.store(true, Ordering::SeqCst);
        assert_eq!(replies(&[&ignored]), [1, 1]);
    }
}
