//! Tasks and calls back are heard at once: the thread that reads for them rests for a second where it is not needed, but
//! nobody waits for it to look again.

use std::{
    io::Write,
    os::unix::net::UnixStream,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use crate::common::{COUNT, ECHO, PATIENCE, PROGRAM, connected, next_record, reply_to, serves};
use futures_executor::block_on;
use sunrpc::{
    Transport,
    client::{Client, Pending},
    server::Server,
};

/// Half of that second.
const AT_ONCE: Duration = Duration::from_millis(500);

fn start(client: &Client) -> Pending<u32> {
    client.start(PROGRAM, 1, COUNT, &()).unwrap()
}

/// Answers one call.
fn answer(server: &mut UnixStream) {
    let call = next_record(server);
    server.write_all(&reply_to(&call, 5)).unwrap();
}

#[test]
fn a_task_that_comes_later_is_heard_at_once() {
    let (client, mut server) = connected();
    thread::scope(|scope| {
        scope.spawn(|| (0..3).for_each(|_| answer(&mut server)));
        for _ in 0..3 {
            let began = Instant::now();
            assert_eq!(block_on(start(&client)).unwrap(), 5);
            assert!(began.elapsed() < AT_ONCE, "{:?}", began.elapsed());
        }
    });
}

#[test]
fn a_task_is_heard_at_once_when_the_thread_that_has_read_is_gone() {
    let (client, mut server) = connected();
    thread::scope(|scope| {
        let reading = scope.spawn(|| client.call::<_, u32>(PROGRAM, 1, COUNT, &()));
        let first = next_record(&mut server);
        let task = scope.spawn(|| block_on(start(&client)));
        let second = next_record(&mut server);
        server.write_all(&reply_to(&first, 5)).unwrap();
        assert_eq!(reading.join().unwrap().unwrap(), 5);
        let began = Instant::now();
        server.write_all(&reply_to(&second, 6)).unwrap();
        assert_eq!(task.join().unwrap().unwrap(), 6);
        assert!(began.elapsed() < AT_ONCE, "{:?}", began.elapsed());
    });
}

#[test]
fn what_a_task_could_not_send_is_sent_at_once_when_there_is_room() {
    let (client, mut server) = connected();
    thread::scope(|scope| {
        // The thread that reads for tasks is there, and rests while another one reads.
        let first = scope.spawn(|| block_on(start(&client)));
        answer(&mut server);
        first.join().unwrap().unwrap();
        let reading = scope.spawn(|| client.call::<_, u32>(PROGRAM, 1, COUNT, &()));
        let held = next_record(&mut server);
        let args = vec![0_u32; 1 << 18];
        let task = client.start::<_, u32>(PROGRAM, 1, ECHO, &args).unwrap();
        let task = scope.spawn(|| block_on(task));
        let began = Instant::now();
        answer(&mut server);
        assert_eq!(task.join().unwrap().unwrap(), 5);
        assert!(began.elapsed() < AT_ONCE, "{:?}", began.elapsed());
        server.write_all(&reply_to(&held, 5)).unwrap();
        reading.join().unwrap().unwrap();
    });
}

/// What a guest serves.
const GUEST: u32 = 0x2000_0002;

#[test]
fn a_guest_that_has_called_is_called_at_once() {
    let (sender, callers) = mpsc::channel();
    let host = serves(PROGRAM, move |call, _, results| {
        sender.send(call.callback().unwrap()).unwrap();
        results.put(&1_u32)
    });
    let server = Server::builder().service(host).listen_tcp("127.0.0.1:0");
    let server = server.bind().unwrap().spawn().unwrap();
    let guest = Server::builder().service(serves(GUEST, |_, _, results| results.put(&5_u32)));
    let builder = Client::builder().serve(guest.core()).timeout(PATIENCE);
    let client = builder.connect(Transport::Tcp, server.tcp_addr().unwrap()).unwrap();
    for _ in 0..3 {
        client.call::<_, u32>(PROGRAM, 1, 1, &()).unwrap();
        let caller = callers.recv_timeout(PATIENCE).unwrap();
        let began = Instant::now();
        assert_eq!(caller.call::<_, u32>(GUEST, 1, 1, &()).unwrap(), 5);
        assert!(began.elapsed() < AT_ONCE, "{:?}", began.elapsed());
    }
}
