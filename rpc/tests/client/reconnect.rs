//! How often a connection is tried anew, and how long.

use std::{
    io::{ErrorKind, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    os::unix::net::{UnixListener, UnixStream},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use crate::common::{
    PATIENCE, PROGRAM, Probe, deaf, deaf_tcp, next_record, record, start_at, success,
};
use socket2::{Domain, SockAddr};
use sunrpc::{
    Endpoint, Transport,
    client::{Builder, Cancel, Client, Error},
};
use tempfile::TempDir;

/// A short time, and how late a test may be at the most, on a machine that does a lot besides.
const SHORT: Duration = Duration::from_millis(300);
const LATE: Duration = Duration::from_secs(5);

fn null(client: &Client) -> Result<(), Error> {
    client.call(PROGRAM, 1, 0, &())
}

/// A client that has lost its connection, and a listener that takes no other: its queue is full.
fn cut_off(connect_timeout: Duration) -> (Client, socket2::Socket, TcpStream) {
    let (listener, addr) = deaf_tcp();
    let client = Client::builder()
        .timeout(PATIENCE)
        .connect_timeout(connect_timeout)
        .reconnect(Duration::ZERO, Duration::ZERO)
        .connect(Transport::Tcp, addr)
        .unwrap();
    drop(listener.accept().unwrap());
    null(&client).unwrap_err();
    (client, listener, TcpStream::connect(addr).unwrap())
}

/// The same over AF_UNIX.
fn cut_off_unix(builder: Builder) -> (Client, UnixListener, UnixStream, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener: UnixListener = deaf(Domain::UNIX, &SockAddr::unix(&path).unwrap()).into();
    let client = builder.connect_unix(&path).unwrap();
    drop(listener.accept().unwrap());
    null(&client).unwrap_err();
    (client, listener, UnixStream::connect(&path).unwrap(), folder)
}

/// The error of a call that ends in time.
fn error_in_time(client: Client) -> Error {
    let (sender, ended) = mpsc::channel();
    thread::spawn(move || sender.send(null(&client)));
    ended.recv_timeout(LATE).expect("it ends in time").unwrap_err()
}

#[test]
fn connecting_again_ends_with_the_calls_time_or_its_own() {
    for (time, connect_timeout) in [(SHORT, PATIENCE), (PATIENCE, SHORT)] {
        let (client, _listener, _full) = cut_off(connect_timeout);
        let began = Instant::now();
        let error = error_in_time(client.with_timeout(time));
        assert!(matches!(error, Error::Connect { .. }), "{error}");
        assert!(began.elapsed() >= SHORT, "{:?}", began.elapsed());
    }
}

#[test]
fn a_call_that_may_be_cancelled_has_as_long_to_connect() {
    let (client, _listener, _full) = cut_off(PATIENCE);
    let began = Instant::now();
    error_in_time(client.with_timeout(SHORT).cancelled_by(&Cancel::new()));
    assert!(began.elapsed() >= SHORT, "{:?}", began.elapsed());
}

#[test]
fn so_it_does_over_af_unix() {
    for (time, connect_timeout) in [(SHORT, PATIENCE), (PATIENCE, SHORT)] {
        let builder = Client::builder().timeout(time).connect_timeout(connect_timeout);
        let (client, _listener, _full, _folder) = cut_off_unix(builder);
        let error = error_in_time(client);
        assert!(matches!(error, Error::Connect { .. } | Error::Unsent(_)), "{error}");
    }
}

#[test]
fn no_time_to_connect_is_next_to_none() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let builder = || Client::builder().connect_timeout(Duration::ZERO);
    match builder().connect(Transport::Tcp, listener.local_addr().unwrap()) {
        Err(Error::Connect { source, .. }) => assert_eq!(source.kind(), ErrorKind::TimedOut),
        result => drop(result.unwrap()),
    }
    let (client, _listener, _full, _folder) = cut_off_unix(builder().timeout(PATIENCE));
    let error = error_in_time(client);
    assert!(matches!(error, Error::Connect { .. }), "{error}");
}

#[test]
fn the_time_that_connecting_took_is_the_calls() {
    const TIME: Duration = Duration::from_secs(2);
    let (client, listener, _full, _folder) = cut_off_unix(Client::builder().timeout(TIME));
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(TIME * 3 / 4);
            let streams = [(); 2].map(|()| listener.accept().unwrap());
            // Nobody answers.
            thread::sleep(TIME);
            drop(streams);
        });
        let began = Instant::now();
        let error = null(&client).unwrap_err();
        assert!(matches!(error, Error::Timeout(_)), "{error}");
        assert!(began.elapsed() < TIME * 3 / 2, "{:?}", began.elapsed());
    });
}

/// A server that closes each connection after one call, and says so.
fn closes_after_one(listener: socket2::Socket) -> mpsc::Receiver<()> {
    let (sender, closed) = mpsc::channel();
    thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            let mut stream = TcpStream::from(stream);
            let call = next_record(&mut stream);
            stream.write_all(&record(&success(&call, &[]))).unwrap();
            drop(stream);
            if sender.send(()).is_err() {
                return;
            }
        }
    });
    closed
}

#[test]
fn a_connection_that_is_closed_in_a_pause_is_made_again_before_the_next_call() {
    // A call looks for that once a second.
    const PAUSE: Duration = Duration::from_millis(1100);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let unix = deaf(Domain::UNIX, &SockAddr::unix(&path).unwrap());
    let (tcp, addr) = deaf_tcp();
    let servers = [
        (closes_after_one(tcp), Client::tcp(addr).unwrap()),
        (closes_after_one(unix), Client::unix(&path).unwrap()),
    ];
    for pause in [Duration::ZERO, PAUSE, PAUSE] {
        thread::sleep(pause);
        for (closed, client) in &servers {
            null(client).unwrap();
            closed.recv_timeout(PATIENCE).unwrap();
        }
    }
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
    let (client, _listener, _full) = cut_off(PATIENCE);
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
fn those_who_wait_for_one_connection_share_it() {
    const CALLERS: usize = 3;
    let (client, listener, _full) = cut_off(PATIENCE);
    thread::scope(|scope| {
        let callers = [(); CALLERS].map(|()| scope.spawn(|| null(&client)));
        wait_until_connecting(client.server());
        // So that all wait.
        thread::sleep(Duration::from_millis(100));
        let [_, mut server] = [(); 2].map(|()| TcpStream::from(listener.accept().unwrap().0));
        server.set_read_timeout(Some(LATE)).unwrap();
        for _ in 0..CALLERS {
            let call = next_record(&mut server);
            server.write_all(&record(&success(&call, &[]))).unwrap();
        }
        callers.into_iter().for_each(|caller| caller.join().unwrap().unwrap());
    });
}

#[test]
fn whose_time_to_connect_is_short_does_not_keep_others_from_it() {
    let builder = Client::builder().timeout(PATIENCE).reconnect(PATIENCE, PATIENCE);
    let (client, listener, _full, _folder) = cut_off_unix(builder);
    let error = error_in_time(client.with_timeout(SHORT));
    assert!(matches!(error, Error::Connect { .. } | Error::Unsent(_)), "{error}");
    thread::spawn(move || {
        let [_, mut server] = [(); 2].map(|()| listener.accept().unwrap().0);
        let call = next_record(&mut server);
        server.write_all(&record(&success(&call, &[]))).unwrap();
    });
    null(&client).unwrap();
}

/// Whether the connection was not even tried.
fn is_too_early(error: &Error) -> bool {
    error.to_string().contains("not tried again yet")
}

/// A client of a server that is there no more.
fn left_alone(reconnect: Duration) -> (Client, SocketAddr) {
    let server = start_at("127.0.0.1:0".parse().unwrap(), &Probe::default());
    let addr = server.tcp_addr().unwrap();
    let builder = Client::builder().timeout(PATIENCE).reconnect(reconnect, PATIENCE.max(reconnect));
    let client = builder.connect(Transport::Tcp, addr).unwrap();
    server.stop().unwrap();
    null(&client).unwrap_err();
    (client, addr)
}

#[test]
fn a_connection_that_could_not_be_made_is_not_tried_again_at_once() {
    for reconnect in [PATIENCE, Duration::MAX] {
        let (client, addr) = left_alone(reconnect);
        assert!(!is_too_early(&null(&client).unwrap_err()));
        let _server = start_at(addr, &Probe::default());
        let error = null(&client).unwrap_err();
        assert!(is_too_early(&error) && !error.may_have_run(), "{error}");
    }
}

#[test]
fn once_made_again_a_connection_is_tried_as_soon_as_at_first() {
    let (client, addr) = left_alone(Duration::from_millis(5));
    let fail = || while is_too_early(&null(&client).unwrap_err()) {};
    // From now on the next try would be a quarter of a second away.
    (0..6).for_each(|_| fail());
    let server = start_at(addr, &Probe::default());
    while null(&client).is_err() {}
    server.stop().unwrap();
    null(&client).unwrap_err();
    fail();
    let _server = start_at(addr, &Probe::default());
    thread::sleep(Duration::from_millis(20));
    null(&client).unwrap();
}
