//! Faults that a review of the server has found.

mod common;

use std::{
    collections::HashSet,
    env,
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    num::NonZero,
    os::unix::net::UnixStream,
    process::Command,
    sync::{Arc, Mutex, atomic::Ordering, mpsc},
    thread,
    time::{Duration, Instant},
};

use common::{
    BYTES, COUNT, PATIENCE, PROGRAM, Probe, SILENT, WAIT, call, next_mark, next_record, record,
    serves, start_pool, words,
};
use socket2::{Domain, SockAddr, Socket, Type};
use sunrpc::{
    Transport,
    client::Client,
    server::{Limits, Pool, Running, Server},
};

const POOL: Pool = Pool { workers: 1, queue: 8 };

/// The probe in a pool, and how long a stop waits for it.
fn start_draining_for(probe: &Probe, drain_timeout: Duration) -> Running {
    let mut limits = Limits::default();
    limits.drain_timeout = drain_timeout;
    let builder = Server::builder().blocking_service(probe.clone(), POOL).limits(limits);
    builder.listen_tcp("127.0.0.1:0").bind().unwrap().spawn().unwrap()
}

/// Waits until `done` is true.
fn until(what: &str, mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < PATIENCE / 4, "{what}");
        thread::yield_now();
    }
}

fn is_refused<T>(connected: std::io::Result<T>) -> bool {
    let refusals = [ErrorKind::ConnectionRefused, ErrorKind::NotFound, ErrorKind::ConnectionReset];
    connected.is_err_and(|error| refusals.contains(&error.kind()))
}

#[test]
fn a_stop_without_a_limit_waits_for_what_is_under_way() {
    let probe = Probe::default();
    let server = start_draining_for(&probe, Duration::MAX);
    let addr = server.tcp_addr().unwrap();
    let client = Client::tcp(addr).unwrap();
    thread::scope(|scope| {
        let calling = scope.spawn(|| client.call::<u32, u32>(PROGRAM, 1, WAIT, &5));
        probe.gate.arrived(1);
        server.stop_handle().stop();
        let closed = scope.spawn(|| server.join());
        until("it does not stop", || is_refused(TcpStream::connect(addr)));
        probe.gate.open();
        assert_eq!(calling.join().unwrap().unwrap(), 5);
        closed.join().unwrap().unwrap();
    });
}

#[test]
fn who_connects_to_a_server_that_stops_is_told_at_once() {
    let probe = Probe::default();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.sock");
    let builder = Server::builder().blocking_service(probe.clone(), POOL).listen_unix(&path);
    let server = builder.listen("127.0.0.1:0").bind().unwrap().spawn().unwrap();
    let (addr, udp) = (server.tcp_addr().unwrap(), common::udp());
    udp.send_to(&call(1, 1, WAIT, &[5]), server.udp_addr().unwrap()).unwrap();
    probe.gate.arrived(1);
    server.stop_handle().stop();
    until("it takes connections that it will not serve", || is_refused(TcpStream::connect(addr)));
    until("it takes connections that it will not serve", || is_refused(UnixStream::connect(&path)));
    let next = Server::builder().service(Probe::default()).listen_unix(&path);
    next.listen_tcp(addr).bind().expect("the next server need not wait for it");
    probe.gate.open();
    let mut reply = [0; 100];
    assert_eq!(udp.recv(&mut reply).unwrap(), 28);
    server.join().unwrap();
}

#[test]
fn a_server_that_has_stopped_begins_nothing() {
    let probe = Probe::default();
    let server = start_draining_for(&probe, Duration::from_millis(50));
    let client = Client::tcp(server.tcp_addr().unwrap()).unwrap();
    let calls = [(); 4].map(|()| client.start::<_, u32>(PROGRAM, 1, WAIT, &5_u32).unwrap());
    client.flush().unwrap();
    probe.gate.arrived(1);
    server.stop().unwrap();
    probe.gate.open();
    until("its threads have not ended", || Arc::strong_count(&probe.count) == 1);
    assert_eq!(probe.count.load(Ordering::SeqCst), 1);
    drop(calls);
}

/// The system throws away what it still has to send, where a socket is closed with something unread.
#[test]
fn calls_that_come_too_late_cost_nobody_his_reply() {
    const LEN: u32 = 200_000;
    let probe = Probe::default();
    let server = start_pool(&probe, Pool { workers: 2, queue: 8 });
    let addr = server.tcp_addr().unwrap();
    // What it does not read stays with the server's system.
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.set_tcp_nodelay(true).unwrap();
    socket.connect(&SockAddr::from(addr)).unwrap();
    let mut stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(&record(&call(1, 1, BYTES, &[LEN]))).unwrap();
    let mut left = next_mark(&mut stream);
    stream.write_all(&record(&call(2, 1, WAIT, &[5]))).unwrap();
    probe.gate.arrived(1);
    server.stop_handle().stop();
    until("it does not stop", || is_refused(TcpStream::connect(addr)));
    stream.write_all(&record(&call(3, 1, 0, &[]))).unwrap();
    probe.gate.open();
    while left > 8192 {
        left -= stream.read(&mut [0; 4096]).unwrap();
    }
    server.join().unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).expect("the rest of the reply");
    assert_eq!(rest.len(), left + 32);
}

#[test]
fn who_sends_on_does_not_hold_up_a_stop() {
    let server = common::start_probe(&Probe::default());
    let calls = record(&call(1, 1, SILENT, &[])).repeat(10_000);
    let sending = [(); 4].map(|()| {
        let mut stream = TcpStream::connect(server.tcp_addr().unwrap()).unwrap();
        stream.write_all(&calls).unwrap();
        let calls = calls.clone();
        thread::spawn(move || while stream.write_all(&calls).is_ok() {})
    });
    let began = Instant::now();
    server.stop().unwrap();
    assert!(began.elapsed() < Limits::default().drain_timeout / 2, "{:?}", began.elapsed());
    sending.into_iter().for_each(|sending| sending.join().unwrap());
}

#[test]
fn who_has_sent_many_calls_holds_nobody_up_for_all_of_them() {
    const MANY: u32 = 1000;
    let probe = Probe::default();
    let server = common::start_probe(&probe);
    let [mut first, mut second] = [(); 2].map(|()| {
        let mut stream = TcpStream::connect(server.tcp_addr().unwrap()).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        // Past the event that a fresh connection has.
        stream.write_all(&record(&call(0, 1, 0, &[]))).unwrap();
        next_record(&mut stream);
        stream
    });
    // What comes next waits until the gate is open.
    first.write_all(&record(&call(1, 1, WAIT, &[5]))).unwrap();
    probe.gate.arrived(1);
    let many: Vec<u8> = (0..MANY).flat_map(|xid| record(&call(xid, 1, COUNT, &[]))).collect();
    first.write_all(&many).unwrap();
    second.write_all(&record(&call(1, 1, COUNT, &[]))).unwrap();
    probe.gate.open();
    let count = *words(&next_record(&mut second)).last().unwrap();
    assert!(count < MANY / 2, "its turn came behind {count} others");
}

#[test]
fn a_server_that_hangs_keeps_no_other_from_saying_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.sock");
    let unix = || Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
    let hangs = unix();
    hangs.bind(&SockAddr::unix(&path).unwrap()).unwrap();
    hangs.listen(0).unwrap();
    // Until there is no room for one more.
    let mut connected = Vec::new();
    loop {
        let socket = unix();
        socket.set_nonblocking(true).unwrap();
        match socket.connect(&SockAddr::unix(&path).unwrap()) {
            Ok(()) => connected.push(socket),
            Err(error) => break assert_eq!(error.kind(), ErrorKind::WouldBlock),
        }
    }
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let bound = Server::builder().service(Probe::default()).listen_unix(path).bind();
        tell.send(bound.err().map(|error| error.kind()))
    });
    assert_eq!(told.recv_timeout(PATIENCE / 4), Ok(Some(ErrorKind::AddrInUse)));
}

#[test]
fn several_reactors_share_a_port_with_each_other_and_with_no_other_server() {
    let threads = Arc::new(Mutex::new(HashSet::new()));
    let start = |addr: SocketAddr| {
        let threads = Arc::clone(&threads);
        let service = serves(PROGRAM, move |_, _, results| {
            threads.lock().unwrap().insert(thread::current().id());
            results.put(&())
        });
        let builder = Server::builder().service(service).listen(addr);
        builder.reactors(NonZero::new(2).unwrap()).bind()
    };
    let first = start("127.0.0.1:0".parse().unwrap()).unwrap().spawn().unwrap();
    let addr = first.tcp_addr().unwrap();
    let error = start(addr).expect_err("they share a port");
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    for transport in Transport::INET {
        threads.lock().unwrap().clear();
        until("one reactor has all", || {
            let client = Client::builder().connect(transport, addr).unwrap();
            client.call::<(), ()>(PROGRAM, 1, 0, &()).unwrap();
            threads.lock().unwrap().len() == 2
        });
    }
}

#[test]
fn a_server_that_ends_leaves_the_socket_of_the_next_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.sock");
    let start = || Server::builder().service(Probe::default()).listen_unix(&path).bind().unwrap();
    let old = start();
    std::fs::remove_file(&path).unwrap();
    let new = start();
    drop(old);
    UnixStream::connect(&path).expect("the next server's socket");
    drop(new);
    assert!(!path.exists());
}

/// There is no room for stacks of a petabyte.
#[test]
fn threads_that_the_system_refuses_are_an_error() {
    const STACK: &str = "1125899906842624";
    if env::var("RUST_MIN_STACK").is_ok_and(|stack| stack == STACK) {
        let builder = Server::builder().service(Probe::default()).listen("127.0.0.1:0");
        let server = builder.reactors(NonZero::new(2).unwrap()).bind().unwrap();
        server.run().expect_err("a thread");
        return;
    }
    let mut again = Command::new(env::current_exe().unwrap());
    again.args(["--exact", "threads_that_the_system_refuses_are_an_error", "--test-threads=1"]);
    let output = again.env("RUST_MIN_STACK", STACK).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
