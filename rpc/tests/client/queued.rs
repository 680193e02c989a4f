//! Several who write to one stream that takes no bytes: each his own message, in its place, and no longer than that
//! takes.

use std::{
    io::{Read, Write},
    net::Shutdown,
    os::unix::net::{UnixListener, UnixStream},
    pin::Pin,
    task::{Context, Waker},
    thread,
    time::{Duration, Instant},
};

use crate::common::{COUNT, ECHO, PATIENCE, PROGRAM, connected, next_mark, next_record, reply_to};
use sunrpc::client::{Client, Error, Pending};

/// More than the socket's buffers hold, in words; and the message's length.
const LONG: usize = 1 << 18;
const LONG_MESSAGE: usize = 4 * LONG + 44;
/// How late a test may be at the most, on a machine that does a lot besides.
const LATE: Duration = Duration::from_secs(3);

fn call_long(client: &Client) -> Result<u32, Error> {
    client.call(PROGRAM, 1, ECHO, &vec![0_u32; LONG])
}

fn start_long(client: &Client) -> Pending<u32> {
    client.start(PROGRAM, 1, ECHO, &vec![0_u32; LONG]).unwrap()
}

fn start_short(client: &Client) -> Pending<u32> {
    client.start(PROGRAM, 1, COUNT, &()).unwrap()
}

/// The length of the long message that begins now, once its caller writes what the stream does not take.
fn next_long_mark(client: &Client, server: &mut UnixStream) -> usize {
    let len = next_mark(server);
    let hurried = client.with_timeout(Duration::from_millis(100));
    let error = hurried.call::<_, u32>(PROGRAM, 1, COUNT, &()).unwrap_err();
    assert!(matches!(error, Error::Unsent(_)), "{error}");
    len
}

/// That of another is behind it.
#[test]
fn who_has_written_his_own_message_does_not_write_on() {
    let (client, mut server) = connected();
    let (before, own, behind) = (start_long(&client), start_short(&client), start_long(&client));
    thread::scope(|scope| {
        let waiting = scope.spawn(|| own.wait());
        let mut message = vec![0; next_long_mark(&client, &mut server)];
        server.read_exact(&mut message).unwrap();
        let call = next_record(&mut server);
        let began = Instant::now();
        server.write_all(&reply_to(&call, 5)).unwrap();
        assert_eq!(waiting.join().unwrap().unwrap(), 5);
        assert!(began.elapsed() < LATE, "{:?}", began.elapsed());
    });
    drop((before, behind));
}

#[test]
fn who_waits_for_another_to_write_hears_his_reply() {
    let (client, mut server) = connected();
    let (before, own) = (start_long(&client), start_short(&client));
    thread::scope(|scope| {
        let writing = scope.spawn(|| call_long(&client));
        // So much has been written only because that caller writes: his message is the last.
        assert_eq!(next_record(&mut server).len(), LONG_MESSAGE);
        let waiting = scope.spawn(|| own.wait());
        // So that he waits before his reply is there.
        thread::sleep(Duration::from_millis(50));
        let call = next_record(&mut server);
        let began = Instant::now();
        server.write_all(&reply_to(&call, 5)).unwrap();
        assert_eq!(waiting.join().unwrap().unwrap(), 5);
        assert!(began.elapsed() < LATE, "{:?}", began.elapsed());
        server.shutdown(Shutdown::Both).unwrap();
        writing.join().unwrap().unwrap_err();
    });
    drop(before);
}

#[test]
fn a_task_puts_nothing_into_the_middle_of_what_another_writes() {
    const TASKS: usize = 200;
    let (client, mut server) = connected();
    thread::scope(|scope| {
        let writing = scope.spawn(|| call_long(&client));
        let mut message = vec![0; next_long_mark(&client, &mut server)];
        let tasks = scope.spawn(|| {
            let start_one = |_| {
                let mut task = start_short(&client);
                let mut cx = Context::from_waker(Waker::noop());
                assert!(Pin::new(&mut task).poll(&mut cx).is_pending());
                thread::yield_now();
                task
            };
            (0..TASKS).map(start_one).collect::<Vec<_>>()
        });
        for part in message.chunks_mut(16 << 10) {
            server.read_exact(part).unwrap();
            thread::yield_now();
        }
        assert!(message[44..].iter().all(|byte| *byte == 0));
        let tasks = tasks.join().unwrap();
        client.flush().unwrap();
        (0..TASKS).for_each(|_| assert_eq!(next_record(&mut server).len(), 40));
        drop(tasks);
        server.write_all(&reply_to(&message, 5)).unwrap();
        assert_eq!(writing.join().unwrap().unwrap(), 5);
    });
}

#[test]
fn a_connection_that_fails_while_one_writes_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    let client = Client::builder().timeout(PATIENCE).connect_unix(&path).unwrap();
    let (mut server, _) = listener.accept().unwrap();
    thread::scope(|scope| {
        let writing = scope.spawn(|| call_long(&client));
        next_long_mark(&client, &mut server);
        drop(server);
        let error = writing.join().unwrap().unwrap_err();
        assert!(matches!(error, Error::Io(_) | Error::Disconnected), "{error}");
    });
    thread::spawn(move || {
        let (mut server, _) = listener.accept().unwrap();
        let call = next_record(&mut server);
        server.write_all(&reply_to(&call, 5)).unwrap();
    });
    assert_eq!(client.call::<_, u32>(PROGRAM, 1, COUNT, &()).unwrap(), 5);
}
