//! Connections that fail and are made anew.

mod common;

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    os::unix::net::{UnixListener, UnixStream},
    sync::{atomic::Ordering, mpsc},
    thread,
    time::{Duration, Instant},
};

use common::{COUNT, ECHO, PATIENCE, PROGRAM, Probe, SILENT, connected, next_record, record};
use sunrpc::{
    Endpoint, Transport,
    client::{Builder, Client, Error, Flavor},
    proto::{AuthStat, OpaqueAuth, OwnedAuth},
    server::{Running, Server},
};

fn start_at(addr: SocketAddr, probe: &Probe) -> Running {
    // The port may be in the hands of the system for a moment after the server before has let it go.
    let bind = || Server::builder().service(probe.clone()).listen_tcp(addr).bind().ok();
    (0..1000).find_map(|_| bind()).expect("the port").spawn().unwrap()
}

#[test]
fn a_new_call_makes_a_new_connection() {
    let probe = Probe::default();
    let server = start_at("127.0.0.1:0".parse().unwrap(), &probe);
    let addr = server.tcp_addr().unwrap();
    let client = Client::builder()
        .reconnect(Duration::from_millis(1), Duration::from_millis(2))
        .connect(Transport::Tcp, addr)
        .unwrap();
    client.call::<(), u32>(PROGRAM, 1, COUNT, &()).unwrap();
    server.stop().unwrap();
    // The call that finds out is an error: it may have been run.
    let error = client.call::<(), u32>(PROGRAM, 1, COUNT, &()).unwrap_err();
    assert!(matches!(error, Error::Disconnected | Error::Io(_)), "{error}");
    // From then on it is clear that nothing was sent.
    for _ in 0..3 {
        let error = client.call::<(), u32>(PROGRAM, 1, COUNT, &()).unwrap_err();
        assert!(matches!(error, Error::Connect { .. }), "{error}");
        assert!(!error.may_have_run());
    }
    let _server = start_at(addr, &probe);
    let answered = (0..1000).any(|_| {
        thread::sleep(Duration::from_millis(1));
        client.call::<(), u32>(PROGRAM, 1, COUNT, &()).is_ok()
    });
    assert!(answered);
    assert_eq!(probe.count.load(Ordering::SeqCst), 2);
}

/// A client that has lost its connection, and a listener that takes no other: its queue is full.
fn cut_off() -> (Client, socket2::Socket, TcpStream) {
    let listener =
        socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    listener.bind(&any.into()).unwrap();
    listener.listen(0).unwrap();
    let addr = listener.local_addr().unwrap().as_socket().unwrap();
    let client = Client::builder()
        .timeout(PATIENCE)
        .connect_timeout(PATIENCE)
        .reconnect(Duration::ZERO, Duration::ZERO)
        .connect(Transport::Tcp, addr)
        .unwrap();
    drop(listener.accept().unwrap());
    client.call::<(), ()>(PROGRAM, 1, 0, &()).unwrap_err();
    (client, listener, TcpStream::connect(addr).unwrap())
}

#[test]
fn connecting_again_ends_with_the_calls_time() {
    let (client, _listener, _full) = cut_off();
    let limit = Duration::from_millis(300);
    let began = Instant::now();
    let error = client.with_timeout(limit).call::<(), ()>(PROGRAM, 1, 0, &()).unwrap_err();
    assert!(matches!(error, Error::Connect { .. }), "{error}");
    assert!((limit..PATIENCE / 2).contains(&began.elapsed()), "{:?}", began.elapsed());
}

#[test]
fn connecting_again_over_af_unix_ends_with_the_calls_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let socket = socket2::Socket::new(socket2::Domain::UNIX, socket2::Type::STREAM, None).unwrap();
    socket.bind(&socket2::SockAddr::unix(&path).unwrap()).unwrap();
    socket.listen(0).unwrap();
    let listener: UnixListener = socket.into();
    let client = Client::builder().timeout(Duration::from_millis(300)).connect_unix(&path).unwrap();
    drop(listener.accept().unwrap());
    // The one that may wait to be accepted.
    let _waits = UnixStream::connect(&path).unwrap();
    let (sender, ended) = mpsc::channel();
    thread::spawn(move || {
        let _ = client.call::<_, ()>(PROGRAM, 1, 0, &());
        let _ = sender.send(client.call::<_, ()>(PROGRAM, 1, 0, &()));
    });
    let error = ended.recv_timeout(PATIENCE).expect("a call of 300 ms ends").unwrap_err();
    assert!(matches!(error, Error::Connect { .. } | Error::Unsent(_)), "{error}");
}

#[test]
fn a_flush_after_the_connection_has_failed_is_an_error() {
    let (client, mut server) = connected();
    thread::scope(|scope| {
        let calling = scope.spawn(|| client.call::<_, u32>(PROGRAM, 1, COUNT, &()));
        next_record(&mut server);
        client.send(PROGRAM, 1, ECHO, &7_u32).unwrap();
        server.shutdown(Shutdown::Both).unwrap();
        calling.join().unwrap().unwrap_err();
    });
    assert!(client.flush().is_err(), "what was to be sent is gone, and nobody says so");
}

#[test]
fn a_connection_that_is_of_no_use_any_more_is_closed() {
    let (client, mut server) = connected();
    thread::scope(|scope| {
        let calling = scope.spawn(|| client.call::<_, u32>(PROGRAM, 1, SILENT, &()));
        next_record(&mut server);
        server.write_all(&[0xFF; 4]).unwrap();
        let error = calling.join().unwrap().unwrap_err();
        assert!(matches!(error, Error::Record(_)), "{error:?}");
    });
    assert_eq!(server.read(&mut [0; 10]).expect("the end"), 0);
}

/// Waits until the system tries to connect to `server`, of IPv4.
fn wait_until_connecting(server: &Endpoint) {
    const SYN_SENT: &str = "02";
    let port = format!(":{:04X}", server.addr().unwrap().port());
    let began = Instant::now();
    let is_connecting = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        fields.len() > 3 && fields[2].ends_with(&port) && fields[3] == SYN_SENT
    };
    while !std::fs::read_to_string("/proc/self/net/tcp").unwrap().lines().any(is_connecting) {
        assert!(began.elapsed() < PATIENCE, "nobody connects");
        thread::yield_now();
    }
}

#[test]
fn nobody_waits_longer_than_he_wants_for_a_connection_that_another_makes() {
    let (client, _listener, _full) = cut_off();
    let patient = client.with_timeout(Duration::from_secs(3));
    let hurried = client.with_timeout(Duration::from_millis(100));
    thread::scope(|scope| {
        let connecting = scope.spawn(|| patient.call::<(), ()>(PROGRAM, 1, 0, &()));
        wait_until_connecting(client.server());
        let began = Instant::now();
        let error = hurried.call::<(), ()>(PROGRAM, 1, 0, &()).unwrap_err();
        assert!(matches!(error, Error::Unsent(_)), "{error}");
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
        assert!(matches!(connecting.join().unwrap(), Err(Error::Connect { .. })));
    });
}

#[test]
fn a_call_that_may_be_repeated_outlives_its_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let client = Client::builder()
        .timeout(PATIENCE)
        .repeat(true)
        .reconnect(Duration::from_millis(1), Duration::from_millis(2))
        .connect(Transport::Tcp, addr)
        .unwrap();
    thread::scope(|scope| {
        let calling = scope.spawn(|| client.call::<(), u32>(PROGRAM, 1, COUNT, &()));
        // Three servers take the connection and drop it; the fourth answers.
        for _ in 0..3 {
            drop(listener.accept().unwrap());
        }
        let server = Server::builder()
            .service(Probe::default())
            .adopt_tcp(listener)
            .bind()
            .unwrap()
            .spawn()
            .unwrap();
        assert_eq!(calling.join().unwrap().unwrap(), 1);
        drop(server);
    });
}

/// How long a call may take in all.
const TIME: Duration = Duration::from_secs(2);

/// Makes a call whose server `fails` it when most of its time is over, and then says nothing, over whatever connection.
fn takes_its_time_once(builder: Builder, fails: fn(UnixStream, &UnixListener) -> UnixStream) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    let client = builder.timeout(TIME).connect_unix(&path).unwrap();
    let serving = thread::spawn(move || {
        let stream = fails(listener.accept().unwrap().0, &listener);
        let _ = (&stream).read_to_end(&mut Vec::new());
    });
    let began = Instant::now();
    client.call::<(), ()>(PROGRAM, 1, 0, &()).unwrap_err();
    let took = began.elapsed();
    drop(client);
    assert!(took < TIME * 3 / 2, "{took:?}");
    serving.join().unwrap();
}

#[test]
fn a_repeated_call_keeps_to_its_time() {
    takes_its_time_once(Client::builder().repeat(true), |mut first, listener| {
        next_record(&mut first);
        thread::sleep(TIME * 3 / 4);
        drop(first);
        listener.accept().unwrap().0
    });
}

/// A flavor whose credential is as good as new each time.
struct Renewed;

impl Flavor for Renewed {
    fn credential(&self) -> OwnedAuth {
        OwnedAuth::default()
    }

    fn check(&self, _: u32, _: &OpaqueAuth<'_>) -> bool {
        true
    }

    fn renew(&self, _: AuthStat) -> bool {
        true
    }
}

#[test]
fn a_renewed_call_keeps_to_its_time() {
    takes_its_time_once(Client::builder().flavor(Renewed), |mut stream, _| {
        let call = next_record(&mut stream);
        thread::sleep(TIME * 3 / 4);
        let denied = [1, 1, 1, AuthStat::RejectedCred as u32].map(u32::to_be_bytes);
        stream.write_all(&record(&[&call[..4], denied.as_flattened()].concat())).unwrap();
        stream
    });
}
