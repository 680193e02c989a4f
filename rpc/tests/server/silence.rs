//! How long a server waits for a peer, and what it takes for silence.

use std::{
    io::{ErrorKind, Read, Write},
    net::{Shutdown, TcpStream},
    os::unix::net::UnixStream,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use crate::common::{
    BYTES, PATIENCE, PROGRAM, Probe, WAIT, call, connect, next_record, record, serves,
};
use sunrpc::{
    client::Error,
    server::{Builder, Fault, Limits, Pool, Running, Server},
};

/// A limit, of which no step of a test takes more than half, on a machine that does a lot besides.
const TIME: Duration = Duration::from_millis(600);
/// Within it a server looks at its limits, once at least.
const STEP: Duration = Duration::from_millis(200);

/// The probe, with these limits.
fn probe(change: impl FnOnce(&mut Limits)) -> Builder {
    let mut limits = Limits::default();
    change(&mut limits);
    Server::builder().service(Probe::default()).limits(limits)
}

fn start(builder: Builder) -> Running {
    builder.listen("127.0.0.1:0").bind().unwrap().spawn().unwrap()
}

/// Waits for the server to close the connection.
fn wait_for_close(mut stream: TcpStream) {
    let mut rest = Vec::new();
    match stream.read_to_end(&mut rest) {
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}"),
    }
}

fn null(xid: u32) -> Vec<u8> {
    record(&call(xid, 1, 0, &[]))
}

/// Calls, and returns the id of the reply.
fn next_reply(stream: &mut TcpStream, xid: u32) -> u8 {
    stream.write_all(&null(xid)).unwrap();
    next_record(stream)[3]
}

#[test]
fn who_says_nothing_is_closed() {
    let server = start(probe(|limits| limits.idle_timeout = STEP));
    wait_for_close(connect(&server));
    assert_eq!(next_reply(&mut connect(&server), 1), 1, "others are served");
}

#[test]
fn who_says_half_of_it_is_closed() {
    let server = start(probe(|limits| limits.read_timeout = STEP));
    let mut slow = connect(&server);
    slow.write_all(&null(1)[..10]).unwrap();
    wait_for_close(slow);
}

/// Half of a record is there all the time, but no longer half of the same.
#[test]
fn each_record_has_its_time() {
    let server = start(probe(|limits| limits.read_timeout = TIME));
    let mut stream = connect(&server);
    let (begin, end) = (&null(1)[..10], &null(1)[10..]);
    stream.write_all(begin).unwrap();
    for _ in 0..5 {
        thread::sleep(STEP);
        stream.write_all(&[end, begin].concat()).unwrap();
        next_record(&mut stream);
    }
}

#[test]
fn who_waits_for_a_reply_is_not_silent_and_has_his_time_from_then_on() {
    let (probe, mut limits) = (Probe::default(), Limits::default());
    limits.idle_timeout = TIME;
    let pool = Pool { workers: 1, queue: 1 };
    let server = start(Server::builder().blocking_service(probe.clone(), pool).limits(limits));
    let mut stream = connect(&server);
    stream.write_all(&record(&call(1, 1, WAIT, &[1]))).unwrap();
    probe.gate.arrived(1);
    wait_for_close(connect(&server));
    probe.gate.open();
    assert_eq!(next_record(&mut stream)[3], 1);
    thread::sleep(STEP);
    assert_eq!(next_reply(&mut stream, 2), 2);
}

/// Bytes of a reply that fills a socket several times.
const MUCH: u32 = 1_400_000;

/// A caller who has asked for that, of a server that waits so long for it to be read.
fn ask_for_much(limit: Duration) -> (Running, UnixStream) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let builder = probe(|limits| limits.write_timeout = limit).listen_unix(&path);
    let server = builder.bind().unwrap().spawn().unwrap();
    let mut caller = UnixStream::connect(&path).unwrap();
    caller.set_read_timeout(Some(PATIENCE)).unwrap();
    caller.write_all(&record(&call(1, 1, BYTES, &[MUCH]))).unwrap();
    (server, caller)
}

#[test]
fn who_reads_steadily_gets_all_of_a_reply() {
    let (_server, mut caller) = ask_for_much(TIME);
    let mut reply = vec![0; MUCH as usize + 32];
    for part in reply.chunks_mut(200_000) {
        thread::sleep(STEP);
        caller.read_exact(part).unwrap();
    }
}

/// Nothing that he does has the server look whether he reads: it has to know by itself.
#[test]
fn who_asks_once_and_reads_nothing_is_closed() {
    let (_server, mut caller) = ask_for_much(STEP / 2);
    thread::sleep(TIME);
    let error = caller.write_all(&[0]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BrokenPipe);
}

/// Though he goes on calling, and is called back.
#[test]
fn who_is_called_back_and_reads_nothing_is_closed() {
    let (sender, callers) = mpsc::channel();
    let host = serves(PROGRAM, move |call, _, _| {
        sender.send(call.callback().unwrap()).unwrap();
        Err(Fault::NoReply)
    });
    let mut limits = Limits::default();
    limits.write_timeout = STEP;
    let server = start(Server::builder().service(host).limits(limits));
    let mut deaf = connect(&server);
    deaf.write_all(&null(1)).unwrap();
    let caller = callers.recv_timeout(PATIENCE).unwrap().with_timeout(STEP / 4);
    let bulk = vec![7_u32; 100_000];
    let began = Instant::now();
    loop {
        // So that the server looks after it all the while.
        let _ = deaf.write_all(&null(2));
        match caller.send(PROGRAM, 1, 1, &bulk).and_then(|()| caller.flush()) {
            Ok(()) | Err(Error::Unsent(_) | Error::Timeout(_)) => {}
            Err(error) => {
                break assert!(
                    matches!(error, Error::Disconnected | Error::Connect { .. }),
                    "{error}"
                );
            }
        }
        assert!(began.elapsed() < 10 * STEP, "it is still open");
    }
}

#[test]
fn who_has_said_all_that_he_has_to_say_is_answered() {
    let service = serves(PROGRAM, |call, _, results| {
        // The server has heard the end.
        while !call.is_cancelled() {
            thread::yield_now();
        }
        results.put(&1_u32)
    });
    let pool = Pool { workers: 1, queue: 1 };
    let server = start(Server::builder().blocking_service(service, pool));
    let mut caller = connect(&server);
    caller.write_all(&record(&call(1, 1, 1, &[]))).unwrap();
    caller.shutdown(Shutdown::Write).unwrap();
    let mut replies = Vec::new();
    caller.read_to_end(&mut replies).unwrap();
    assert_eq!(replies.len(), 32);
}
