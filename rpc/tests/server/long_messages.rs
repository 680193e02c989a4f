//! Long messages, and what comes right behind them: nothing is left lying, cut off, or given up on too early.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::net::UnixStream,
    thread,
    time::Duration,
};

use crate::common::{
    BYTES, ECHO, PATIENCE, PROGRAM, Probe, call, next_record, record, reply_to, serves,
    start_probe, success,
};
use sunrpc::{
    Transport,
    client::{Client, Pending},
    server::{Limits, Pool, Server},
};

/// How long the calls may take that are asked for only when that is over.
const TIME: Duration = Duration::from_millis(400);

/// A server that sends as many bytes as it is asked for, and a client of it.
fn probe(limit: Duration, test: impl FnOnce(Client)) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let server = Server::builder().service(Probe::default()).listen_unix(&path);
    let _server = server.bind().unwrap().spawn().unwrap();
    test(Client::builder().timeout(limit).connect_unix(&path).unwrap());
}

/// Starts calls, and waits for them when their time is over, and their replies lie in the socket.
fn are_there_when_asked_for(client: &Client, lens: &[u32]) {
    let start = |len| client.start(PROGRAM, 1, BYTES, len).unwrap();
    let started: Vec<Pending<Vec<u32>>> = lens.iter().map(start).collect();
    client.flush().unwrap();
    thread::sleep(TIME + Duration::from_millis(100));
    let came = started.into_iter().map(|call| call.wait().map(|words| words.len() * 4));
    for (came, len) in came.zip(lens) {
        assert_eq!(came.unwrap(), *len as usize, "{lens:?}");
    }
}

#[test]
fn replies_that_came_in_time_are_there_however_late_they_are_asked_for() {
    for lens in [&[16, 16, 16][..], &[100_000], &[65_600, 16]] {
        probe(TIME, |client| are_there_when_asked_for(&client, lens));
    }
}

/// Behind a long reply the mark of the next is read alone.
#[test]
fn so_is_a_short_one_behind_a_long_one_that_was_read() {
    probe(TIME, |client| {
        let _: Vec<u32> = client.call(PROGRAM, 1, BYTES, &100_000_u32).unwrap();
        are_there_when_asked_for(&client, &[16]);
    });
}

/// As many as a socket holds, of which each takes two reads or more.
#[test]
fn so_is_a_short_one_behind_many_long_ones() {
    let server = start_probe(&Probe::default());
    let client = Client::tcp(server.tcp_addr().unwrap()).unwrap();
    let long = [70_000; 40];
    for _ in 0..50 {
        // The system learns to keep much for a socket that is read fast.
        let start = |len| client.start(PROGRAM, 1, BYTES, len).unwrap();
        let started: Vec<Pending<Vec<u32>>> = long.iter().map(start).collect();
        client.flush().unwrap();
        started.into_iter().for_each(|call| assert_eq!(call.wait().unwrap().len(), 17_500));
    }
    let hurried = client.with_timeout(TIME);
    for many in [5, 10, 15] {
        let start = |len| hurried.start(PROGRAM, 1, BYTES, len).unwrap();
        let _started: Vec<Pending<Vec<u32>>> = long[..many].iter().map(start).collect();
        let last: Pending<Vec<u32>> = hurried.start(PROGRAM, 1, BYTES, &16_u32).unwrap();
        hurried.flush().unwrap();
        thread::sleep(TIME + Duration::from_millis(100));
        assert_eq!(last.wait().unwrap().len(), 4, "behind {many}");
    }
}

#[test]
fn a_reply_counts_whatever_follows_it() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = Client::builder().connect(Transport::Tcp, listener.local_addr().unwrap()).unwrap();
    let serving = thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut call = [0; 44];
        socket.read_exact(&mut call).unwrap();
        socket.write_all(&[&reply_to(&call[4..], 9)[..], &[0xFF; 4]].concat()).unwrap();
        socket
    });
    assert_eq!(client.call::<(), u32>(PROGRAM, 1, 1, &()).unwrap(), 9);
    serving.join().unwrap();
}

/// The other way around: what was answered before is sent.
#[test]
fn a_call_is_answered_whatever_follows_it() {
    let server = Server::builder().service(Probe::default()).listen_tcp("127.0.0.1:0");
    let server = server.bind().unwrap().spawn().unwrap();
    let mut caller = TcpStream::connect(server.tcp_addr().unwrap()).unwrap();
    caller.set_read_timeout(Some(PATIENCE)).unwrap();
    caller.write_all(&[record(&call(7, 1, 0, &[])), vec![0xFF; 4]].concat()).unwrap();
    let mut reply = [0; 28];
    caller.read_exact(&mut reply).unwrap();
    assert_eq!(reply[..8], [0x80, 0, 0, 24, 0, 0, 0, 7]);
    assert_eq!(caller.read(&mut reply).unwrap(), 0);
}

/// One that is complete just when no more calls may be taken, as the only other one waits for its caller.
#[test]
fn a_long_call_is_answered_without_another_byte() {
    const BACK: u32 = 0x2000_0002;
    let service = serves(PROGRAM, |call, args, results| {
        if call.procedure() == 1 {
            let back = call.callback().unwrap().with_timeout(PATIENCE);
            let () = back.call(BACK, 1, 1, &()).unwrap();
            return results.put(&1_u32);
        }
        results.put(&u32::try_from(args.get::<Vec<u32>>()?.len()).unwrap())
    });
    let mut limits = Limits::default();
    limits.max_calls_per_connection = 1;
    let pool = Pool { workers: 2, queue: 8 };
    let server = Server::builder().limits(limits).blocking_service(service, pool);
    let server = server.listen_tcp("127.0.0.1:0").bind().unwrap().spawn().unwrap();
    let mut caller = TcpStream::connect(server.tcp_addr().unwrap()).unwrap();
    caller.set_nodelay(true).unwrap();
    caller.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut args = vec![25_000];
    args.resize(25_001, 0);
    let long = record(&call(8, 1, 2, &args));
    for round in 0..1000 {
        caller.write_all(&record(&call(7, 1, 1, &[]))).unwrap();
        let back = next_record(&mut caller);
        caller.write_all(&[record(&success(&back, &[])), long.clone()].concat()).unwrap();
        let mut xids = [next_record(&mut caller)[3], next_record(&mut caller)[3]];
        xids.sort_unstable();
        assert_eq!(xids, [7, 8], "round {round}");
    }
}

/// He has sent all that he could. That half of it has not been read is not his fault, and he has his time for the rest.
#[test]
fn who_reads_slowly_is_not_taken_to_send_slowly() {
    const READ_TIME: Duration = Duration::from_millis(600);
    let mut limits = Limits::default();
    limits.read_timeout = READ_TIME;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let server = Server::builder().service(Probe::default()).limits(limits).listen_unix(&path);
    let _server = server.bind().unwrap().spawn().unwrap();
    let mut caller = UnixStream::connect(&path).unwrap();
    caller.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut args = vec![25_000];
    args.resize(25_001, 9);
    let long = record(&call(8, 1, ECHO, &args));
    let (half, rest) = long.split_at(long.len() / 2);
    // Three replies almost fill the socket; the fourth does not fit when a part of the fifth call was read with it.
    let short = record(&call(7, 1, BYTES, &[65_400]));
    caller.write_all(&short.repeat(3)).unwrap();
    thread::sleep(Duration::from_millis(100));
    caller.write_all(&[&short, half].concat()).unwrap();
    thread::sleep(READ_TIME + Duration::from_millis(100));
    for _ in 0..4 {
        assert_eq!(next_record(&mut caller).len(), 65_428);
    }
    thread::sleep(READ_TIME / 2);
    caller.write_all(rest).unwrap();
    assert_eq!(next_record(&mut caller).len(), 100_028);
}
