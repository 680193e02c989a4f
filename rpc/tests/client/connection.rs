//! Connections that fail and are made anew.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener},
    os::unix::net::{UnixListener, UnixStream},
    sync::{LazyLock, atomic::Ordering},
    thread,
    time::{Duration, Instant},
};

use crate::common::{
    COUNT, ECHO, Gate, PATIENCE, PROGRAM, Probe, SILENT, connected, connected_tcp, next_record,
    record, reply_to, start_at,
};
use sunrpc::{
    Transport,
    client::{Builder, Client, Error, Flavor},
    proto::{AuthStat, OpaqueAuth, OwnedAuth},
    server::Server,
    xdr::{Decode, DecodeError, Reader},
};

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

/// Takes his time, once he has begun to.
struct Slow;

static BEGUN: LazyLock<Gate> = LazyLock::new(Gate::default);

impl<'de> Decode<'de> for Slow {
    const MIN_LEN: usize = 0;

    fn decode(from: &mut Reader<'de>) -> Result<Self, DecodeError> {
        BEGUN.pass();
        from.get::<u32>().map(|_| Self)
    }
}

/// Who reads has it, and is still at his own.
#[test]
fn what_came_before_the_end_is_not_lost_to_a_call_that_sees_the_end() {
    let (client, mut server) = connected_tcp();
    thread::scope(|scope| {
        let slow = scope.spawn(|| client.call::<(), Slow>(PROGRAM, 1, 0, &()));
        let first = next_record(&mut server);
        let quick = scope.spawn(|| client.call::<(), u32>(PROGRAM, 1, 0, &()));
        let second = next_record(&mut server);
        server.write_all(&[reply_to(&first, 1), reply_to(&second, 2)].concat()).unwrap();
        drop(server);
        BEGUN.arrived(1);
        // Once a second a call looks whether the connection has ended.
        thread::sleep(Duration::from_millis(1100));
        let sees_the_end = client.with_timeout(Duration::from_millis(50));
        sees_the_end.call::<(), ()>(PROGRAM, 1, 0, &()).unwrap_err();
        BEGUN.open();
        slow.join().unwrap().unwrap();
        assert_eq!(quick.join().unwrap().unwrap(), 2);
    });
}
