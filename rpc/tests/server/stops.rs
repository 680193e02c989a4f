//! What a stop waits for, what it refuses, and what it costs nobody.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    num::NonZero,
    os::unix::net::UnixStream,
    sync::{Arc, Mutex, OnceLock, atomic::Ordering},
    thread,
    time::{Duration, Instant},
};

use crate::common::{
    BYTES, PATIENCE, PROGRAM, Probe, SILENT, WAIT, call, next_mark, record, serves, start_pool,
    start_probe, udp, until,
};
use socket2::{Domain, SockAddr, Socket, Type};
use sunrpc::{
    Transport,
    client::Client,
    server::{Limits, Pool, Running, Server, Service, Stop},
};

const POOL: Pool = Pool { workers: 1, queue: 8 };

/// The probe in a pool, and how long a stop waits for it.
fn start_draining_for(probe: &Probe, drain_timeout: Duration) -> Running {
    let mut limits = Limits::default();
    limits.drain_timeout = drain_timeout;
    let builder = Server::builder().blocking_service(probe.clone(), POOL).limits(limits);
    builder.listen_tcp("127.0.0.1:0").bind().unwrap().spawn().unwrap()
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
fn a_service_goes_with_its_server_though_it_can_stop_it() {
    let (alive, stop) = (Arc::new(()), Arc::new(OnceLock::new()));
    let kept: (Arc<()>, Arc<OnceLock<Stop>>) = (Arc::clone(&alive), Arc::clone(&stop));
    let service = serves(PROGRAM, move |_, _, results| {
        let (_, stop) = &kept;
        results.put(&stop.get().is_some())
    });
    let server = Server::builder().blocking_service(service, POOL).listen_tcp("127.0.0.1:0");
    let server = server.bind().unwrap().spawn().unwrap();
    stop.set(server.stop_handle()).unwrap();
    server.stop().unwrap();
    until("it is kept", || Arc::strong_count(&alive) == 1);
}

/// Stops its own server, and answers.
fn stopping(server: &Arc<Mutex<Option<Running>>>) -> impl Service {
    let server = Arc::clone(server);
    serves(PROGRAM, move |_, _, results| {
        server.lock().unwrap().take().unwrap().stop().unwrap();
        results.put(&7_u32)
    })
}

#[test]
fn a_handler_may_stop_its_own_server() {
    let mut limits = Limits::default();
    limits.drain_timeout = Duration::MAX;
    let running = Arc::new(Mutex::new(None));
    let builders = [
        Server::builder().service(stopping(&running)),
        Server::builder().blocking_service(stopping(&running), POOL),
        Server::builder().service(stopping(&running)).reactors(NonZero::new(8).unwrap()),
    ];
    for builder in builders {
        let server = builder.limits(limits).listen_tcp("127.0.0.1:0").bind().unwrap();
        let server = server.spawn().unwrap();
        let addr = server.tcp_addr().unwrap();
        *running.lock().unwrap() = Some(server);
        let client = Client::builder().timeout(PATIENCE).connect(Transport::Tcp, addr).unwrap();
        assert_eq!(client.call::<(), u32>(PROGRAM, 1, 1, &()).unwrap(), 7);
        until("it does not stop", || is_refused(TcpStream::connect(addr)));
    }
}

#[test]
fn who_connects_to_a_server_that_stops_is_told_at_once() {
    let probe = Probe::default();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.sock");
    let builder = Server::builder().blocking_service(probe.clone(), POOL).listen_unix(&path);
    let server = builder.listen("127.0.0.1:0").bind().unwrap().spawn().unwrap();
    let (addr, udp) = (server.tcp_addr().unwrap(), udp());
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
    let server = start_probe(&Probe::default());
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
