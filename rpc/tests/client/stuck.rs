//! Streams that take no bytes: what was not sent can be told from what was, nobody waits longer than he wants, and
//! everything that was sent in part is sent to its end.

use std::{
    io::{Read, Write},
    os::unix::net::UnixStream,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use crate::common::{
    ECHO, PATIENCE, PROGRAM, Probe, connected, next_mark, next_record, reply_to, words,
};
use sunrpc::{
    client::{Client, Error, Pending},
    server::Server,
};

/// More than the socket's buffers hold, in words.
const LONG: usize = 1 << 18;
/// How late a test may be at the most, on a machine that does a lot besides.
const LATE: Duration = Duration::from_secs(3);

fn call(client: &Client, len: usize) -> Result<Vec<u32>, Error> {
    client.call(PROGRAM, 1, ECHO, &vec![0_u32; len])
}

fn start(client: &Client, len: usize) -> Pending<Vec<u32>> {
    client.start(PROGRAM, 1, ECHO, &vec![0_u32; len]).unwrap()
}

fn within(limit: Duration) -> Duration {
    limit + LATE
}

/// The number of words in the arguments of the next call that arrives, and its message.
fn next_call(server: &mut UnixStream) -> (usize, Vec<u8>) {
    let message = next_record(server);
    (words(&message[40..44])[0] as usize, message)
}

#[test]
fn a_call_that_was_sent_in_part_is_told_from_one_that_was_not() {
    let (client, mut server) = connected();
    let limit = Duration::from_millis(150);
    let hurried = client.with_timeout(limit);
    let began = Instant::now();
    let in_part = call(&hurried, LONG).unwrap_err();
    assert!(matches!(in_part, Error::Timeout(after) if after == limit), "{in_part}");
    assert!(in_part.may_have_run());
    for _ in 0..3 {
        let unsent = call(&hurried, 3).unwrap_err();
        assert!(matches!(unsent, Error::Unsent(after) if after == limit), "{unsent}");
        assert!(!unsent.may_have_run());
    }
    let unsent = start(&hurried, 4).wait().unwrap_err();
    assert!(matches!(unsent, Error::Unsent(_)), "{unsent}");
    assert!((4 * limit..within(5 * limit)).contains(&began.elapsed()), "{:?}", began.elapsed());
    // The server hears the end of the first, and nothing of those that were not sent.
    let last = start(&client, 7);
    thread::scope(|scope| {
        scope.spawn(|| client.flush().unwrap());
        assert_eq!(next_call(&mut server).0, LONG);
        assert_eq!(next_call(&mut server).0, 7);
    });
    drop(last);
}

#[test]
fn nobody_waits_for_anothers_deadline() {
    let (client, server) = connected();
    let hurried = client.with_timeout(Duration::from_millis(100));
    thread::scope(|scope| {
        let patient = scope.spawn(|| call(&client, LONG));
        // Once its first bytes have come, it is writing.
        server.set_nonblocking(false).unwrap();
        (&server).read_exact(&mut [0; 4]).unwrap();
        let began = Instant::now();
        let hurried: Vec<_> = (0..8).map(|_| scope.spawn(|| call(&hurried, 3))).collect();
        for hurried in hurried {
            let error = hurried.join().unwrap().unwrap_err();
            assert!(matches!(error, Error::Unsent(_)), "{error}");
        }
        assert!(began.elapsed() < LATE, "{:?}", began.elapsed());
        assert!(!patient.is_finished());
        drop(server);
        let error = patient.join().unwrap().unwrap_err();
        assert!(matches!(error, Error::Disconnected | Error::Io(_)), "{error}");
    });
}

#[test]
fn a_task_does_not_block_its_executor_and_is_sent_in_the_end() {
    let (client, mut server) = connected();
    let began = Instant::now();
    let mut patient = start(&client, LONG);
    let mut hurried = start(&client.with_timeout(Duration::from_millis(100)), 3);
    futures_executor::block_on(async {
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(std::pin::Pin::new(&mut patient).poll(&mut cx).is_pending());
        assert!(std::pin::Pin::new(&mut hurried).poll(&mut cx).is_pending());
    });
    assert!(began.elapsed() < LATE, "{:?}", began.elapsed());
    let error = futures_executor::block_on(hurried).unwrap_err();
    assert!(matches!(error, Error::Unsent(_)), "{error}");
    assert!(began.elapsed() < LATE);
    assert_eq!(next_call(&mut server).0, LONG);
    drop(patient);
}

#[test]
fn what_was_not_sent_in_time_is_not_sent_at_all() {
    let (client, mut server) = connected();
    let limit = Duration::from_millis(30);
    let [waited, awaited] = [1, 2].map(|len| start(&client.with_timeout(limit), len));
    let began = Instant::now();
    while began.elapsed() <= limit {
        thread::yield_now();
    }
    for error in [waited.wait().unwrap_err(), futures_executor::block_on(awaited).unwrap_err()] {
        assert!(matches!(error, Error::Unsent(after) if after == limit), "{error}");
    }
    let last = start(&client, 7);
    client.flush().unwrap();
    assert_eq!(next_call(&mut server).0, 7);
    drop(last);
}

#[test]
fn what_waits_to_be_sent_is_bounded() {
    let (client, _server) = connected();
    let hurried = client.with_timeout(Duration::from_millis(100));
    let long = vec![0_u32; LONG];
    let mut queued = Vec::new();
    let error = loop {
        match hurried.start::<_, Vec<u32>>(PROGRAM, 1, ECHO, &long) {
            Ok(call) => queued.push(call),
            Err(error) => break error,
        }
        assert!(queued.len() < 10, "{} MiB", queued.len());
    };
    assert!(matches!(error, Error::Unsent(_)), "{error}");
}

/// Bytes of messages, above what waits already, that time after time would add up.
const MUCH: usize = 4 << 20;

#[test]
fn what_waits_for_another_who_writes_is_bounded_too() {
    let (client, _server) = connected();
    let hurried = client.with_timeout(Duration::from_millis(20));
    let taken = AtomicUsize::new(0);
    let args = vec![0_u32; 16 << 10];
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let began = Instant::now();
                while began.elapsed() < Duration::from_millis(500) {
                    if hurried.send(PROGRAM, 1, ECHO, &args).is_ok() {
                        taken.fetch_add(4 * args.len(), Ordering::SeqCst);
                    }
                }
            });
        }
    });
    let taken = taken.into_inner();
    assert!(taken < MUCH, "{} KiB wait to be sent", taken >> 10);
}

#[test]
fn calls_that_have_ended_do_not_pile_up_behind_another_who_writes() {
    let (client, mut server) = connected();
    let args = vec![0_u32; 16 << 10];
    thread::scope(|scope| {
        for millis in [20, 27, 34, 41, 48, 55] {
            let hurried = client.with_timeout(Duration::from_millis(millis));
            let args = &args;
            scope.spawn(move || {
                let began = Instant::now();
                while began.elapsed() < Duration::from_secs(1) {
                    hurried.call::<_, ()>(PROGRAM, 1, ECHO, args).unwrap_err();
                }
            });
        }
    });
    let sent = thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let (mut sent, mut chunk) = (0, vec![0; 1 << 16]);
            while let Ok(count @ 1..) = server.read(&mut chunk) {
                sent += count;
            }
            sent
        });
        client.flush().unwrap();
        drop(client);
        reader.join().unwrap()
    });
    assert!(sent < MUCH / 2, "{} KiB of calls that had ended were sent", sent >> 10);
}

/// The server reads no further until somebody has read what it answers.
#[test]
fn who_cannot_write_reads_and_the_reply_to_him_may_be_there_before_all_is_written() {
    let (client, mut server) = connected();
    server.set_write_timeout(Some(PATIENCE)).unwrap();
    thread::scope(|scope| {
        let calling = scope.spawn(|| client.call::<_, u32>(PROGRAM, 1, ECHO, &vec![0_u32; LONG]));
        let mut call = vec![0; next_mark(&mut server)];
        let (xid, rest) = call.split_at_mut(4);
        server.read_exact(xid).unwrap();
        let of_nobody = reply_to(&[!xid[0], 0, 0, 0], 0).repeat(LONG / 32);
        server.write_all(&[of_nobody, reply_to(xid, 5)].concat()).unwrap();
        server.read_exact(rest).unwrap();
        let began = Instant::now();
        assert_eq!(calling.join().unwrap().unwrap(), 5);
        assert!(began.elapsed() < LATE, "{:?}", began.elapsed());
    });
}

/// The server stops reading as long as nobody reads its answers.
#[test]
fn more_calls_than_all_buffers_hold_may_be_started() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("probe.sock");
    let _server = Server::builder()
        .service(Probe::default())
        .listen_unix(&path)
        .bind()
        .unwrap()
        .spawn()
        .unwrap();
    let client = Client::builder().timeout(PATIENCE).connect_unix(&path).unwrap();
    let calls: Vec<_> = (0..2000).map(|_| start(&client, 1000)).collect();
    for call in calls {
        assert_eq!(call.wait().unwrap().len(), 1000);
    }
}
