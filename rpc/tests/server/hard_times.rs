//! Servers whose peers send, read and hang on at bad times.

use std::{
    io::{ErrorKind, Read, Write},
    net::Shutdown,
    num::NonZero,
    os::unix::net::UnixStream,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use crate::common::{
    Gate, PATIENCE, PROGRAM, Probe, SILENT, WAIT, call, connect, next_mark, next_record, record,
    reply_to, serves, start_probe, wait_for_drain,
};
use sunrpc::{
    Transport,
    client::{Client, Error},
    server::{Builder, Call, Fault, Interceptor, Limits, Pool, Running, Server, Service},
};

/// What the callers serve.
const GUEST: u32 = 0x2000_0002;

/// A service whose every procedure but NULL is `work`.
fn does(
    program: u32,
    work: impl Fn(&Call<'_>) -> Result<u32, Fault> + Send + Sync + 'static,
) -> impl Service {
    serves(
        program,
        move |call, _, results| {
            if call.procedure() == 0 { Ok(()) } else { results.put(&work(call)?) }
        },
    )
}

fn start(builder: Builder) -> Running {
    builder.listen("127.0.0.1:0").bind().unwrap().spawn().unwrap()
}

/// A server that hands out its callers.
fn host(limits: Limits) -> (Builder, mpsc::Receiver<Client>) {
    let (sender, callers) = mpsc::channel();
    let host = does(PROGRAM, move |call: &Call<'_>| {
        sender.send(call.callback().unwrap()).unwrap();
        Ok(1)
    });
    (Server::builder().limits(limits).service(host), callers)
}

fn start_host(limits: Limits) -> (Running, mpsc::Receiver<Client>) {
    let (builder, callers) = host(limits);
    (start(builder), callers)
}

/// A caller who answers with `work`.
fn guest(
    server: &Running,
    work: impl Fn(&Call<'_>) -> Result<u32, Fault> + Send + Sync + 'static,
) -> Client {
    let core = Server::builder().service(does(GUEST, work)).core();
    Client::builder().serve(core).connect(Transport::Tcp, server.tcp_addr().unwrap()).unwrap()
}

/// Whether somebody else is served all the while.
fn answers(server: &Running, times: usize) {
    let other = Client::tcp(server.tcp_addr().unwrap()).unwrap().with_timeout(PATIENCE);
    for _ in 0..times {
        other.call::<_, ()>(PROGRAM, 1, 0, &()).unwrap();
    }
}

#[test]
fn long_records_without_end_hold_nobody_up() {
    let server = start(Server::builder().service(Probe::default()));
    let mut stream = connect(&server);
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    let sender = thread::spawn(move || {
        let mut long = call(1, 1, SILENT, &[]);
        long.resize((1 << 20) - 100, 7);
        let many = record(&long).repeat(8);
        while !stopped.load(Ordering::Relaxed) {
            stream.write_all(&many).unwrap();
        }
    });
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(1500) {
        answers(&server, 10);
    }
    stop.store(true, Ordering::Relaxed);
    sender.join().unwrap();
    server.stop().unwrap();
}

#[test]
fn a_handler_that_calls_back_too_much_holds_nobody_up() {
    let host = does(PROGRAM, |call: &Call<'_>| {
        let caller = call.callback().unwrap();
        let _ = caller.send(GUEST, 1, 9, &vec![7_u32; 500]).and_then(|()| caller.flush());
        Ok(1)
    });
    let mut limits = Limits::default();
    limits.drain_timeout = Duration::from_millis(10);
    let server = start(Server::builder().limits(limits).service(host));
    let calls: Vec<u8> = (0..1400).flat_map(|xid| record(&call(xid, 1, 1, &[]))).collect();
    let mut stream = connect(&server);
    stream.write_all(&calls).unwrap();
    answers(&server, 10);
    server.stop().unwrap();
}

#[test]
fn a_handler_on_the_servers_own_thread_does_not_wait_for_room() {
    let (sender, outcomes) = mpsc::channel();
    let host = does(PROGRAM, move |call: &Call<'_>| {
        let (caller, long) = (call.callback().unwrap(), vec![7_u32; 400_000]);
        let send = || caller.send(GUEST, 1, 9, &long).and_then(|()| caller.flush());
        sender.send([send(), send()]).unwrap();
        Ok(1)
    });
    let server = start(Server::builder().service(host));
    connect(&server).write_all(&record(&call(1, 1, 1, &[]))).unwrap();
    let [alone, behind] = outcomes.recv_timeout(PATIENCE).unwrap();
    alone.unwrap();
    assert!(
        matches!(&behind, Err(Error::Io(error)) if error.kind() == ErrorKind::Deadlock),
        "{behind:?}"
    );
}

#[test]
fn who_calls_back_waits_for_a_slow_reader() {
    const EVENTS: usize = 400;
    let mut limits = Limits::default();
    limits.max_reply_queue_bytes = 64 << 10;
    let (server, callers) = start_host(limits);
    let mut stream = connect(&server);
    stream.write_all(&record(&call(1, 1, 1, &[]))).unwrap();
    let caller = callers.recv_timeout(PATIENCE).unwrap();
    let sender = thread::spawn(move || {
        for _ in 0..EVENTS {
            caller.send(GUEST, 1, 9, &vec![7_u32; 8000]).unwrap();
            caller.flush().unwrap();
        }
    });
    // The reply; then the events, each with its mark, header and count.
    let mut left = 4 + 28 + EVENTS * (4 + 40 + 4 + 32_000);
    let mut chunk = vec![0; 4096];
    while left > 0 {
        left -= stream.read(&mut chunk).unwrap();
        thread::yield_now();
    }
    sender.join().unwrap();
    server.stop().unwrap();
}

/// Alone, it waits for nobody.
#[test]
fn a_call_back_may_be_longer_than_all_that_may_wait() {
    let mut limits = Limits::default();
    limits.max_reply_queue_bytes = 1000;
    let (server, callers) = start_host(limits);
    let client = guest(&server, |_| Ok(5));
    client.call::<_, u32>(PROGRAM, 1, 1, &()).unwrap();
    let caller = callers.recv_timeout(PATIENCE).unwrap().with_timeout(PATIENCE);
    assert_eq!(caller.call::<_, u32>(GUEST, 1, 1, &vec![7_u32; 8000]).unwrap(), 5);
    server.stop().unwrap();
}

/// The default limit is less, and the caller's socket takes less still until he reads.
#[test]
fn behind_a_long_call_back_others_wait() {
    const LONG: usize = 400_000;
    let (folder, (builder, callers)) = (tempfile::tempdir().unwrap(), host(Limits::default()));
    let path = folder.path().join("test.sock");
    let server = builder.listen_unix(&path).bind().unwrap().spawn().unwrap();
    let mut stream = UnixStream::connect(&path).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(&record(&call(1, 1, 1, &[]))).unwrap();
    let caller = callers.recv_timeout(PATIENCE).unwrap().with_timeout(PATIENCE);
    let hurried = caller.with_timeout(Duration::from_millis(100));
    next_record(&mut stream);
    thread::scope(|scope| {
        let long = scope.spawn(|| caller.call::<_, u32>(GUEST, 1, 1, &vec![7_u32; LONG]));
        let mut message = vec![0; next_mark(&mut stream)];
        let behind = hurried.call::<_, u32>(GUEST, 1, 1, &());
        assert!(matches!(behind, Err(Error::Unsent(_))), "{behind:?}");
        stream.read_exact(&mut message).unwrap();
        assert_eq!(message.len(), 44 + 4 * LONG);
        stream.write_all(&reply_to(&message, 5)).unwrap();
        assert_eq!(long.join().unwrap().unwrap(), 5);
        let next = scope.spawn(|| caller.call::<_, u32>(GUEST, 1, 1, &()));
        let message = next_record(&mut stream);
        stream.write_all(&reply_to(&message, 6)).unwrap();
        assert_eq!(next.join().unwrap().unwrap(), 6);
    });
    server.stop().unwrap();
}

#[test]
fn no_more_calls_of_one_caller_are_taken_than_allowed() {
    let mut limits = Limits::default();
    limits.max_calls_per_connection = 1;
    let (probe, (sender, begun)) = (Probe::default(), mpsc::channel());
    let gate = Arc::clone(&probe.gate);
    let service = serves(PROGRAM, move |_, args, results| {
        sender.send(args.get::<u32>()?).unwrap();
        gate.pass();
        results.put(&())
    });
    let pool = Pool { workers: 2, queue: 64 };
    let server = start(Server::builder().limits(limits).blocking_service(service, pool));
    let mut greedy = connect(&server);
    greedy.write_all(&[1, 2].map(|arg| record(&call(arg, 1, 1, &[arg]))).concat()).unwrap();
    assert_eq!(begun.recv_timeout(PATIENCE), Ok(1));
    // The second thread is another caller's.
    connect(&server).write_all(&record(&call(3, 1, 1, &[3]))).unwrap();
    assert_eq!(begun.recv_timeout(PATIENCE), Ok(3));
    probe.gate.open();
    assert_eq!(begun.recv_timeout(PATIENCE), Ok(2));
}

#[test]
fn callers_are_heard_though_they_may_call_no_more() {
    let mut limits = Limits::default();
    limits.max_calls_per_connection = 4;
    let host = does(PROGRAM, |call: &Call<'_>| {
        let answer = call.callback().unwrap().call::<_, u32>(GUEST, 1, 1, &());
        answer.map_err(|_| Fault::SystemErr)
    });
    let pool = Pool { workers: 4, queue: 64 };
    let server = start(Server::builder().limits(limits).blocking_service(host, pool));
    let gate = Arc::new(Gate::default());
    let waits = Arc::clone(&gate);
    let client = guest(&server, move |_| {
        waits.pass();
        Ok(5)
    });
    let client = client.with_timeout(PATIENCE);
    let calls: Vec<_> =
        (0..4).map(|_| client.start::<_, u32>(PROGRAM, 1, 1, &()).unwrap()).collect();
    let fifth = client.call::<_, u32>(PROGRAM, 1, 1, &());
    assert!(matches!(fifth, Err(Error::SystemErr)), "{fifth:?}");
    gate.open();
    for call in calls {
        assert_eq!(call.wait().unwrap(), 5);
    }
    server.stop().unwrap();
}

#[test]
fn a_stop_waits_for_callers_to_answer() {
    let (sender, begun) = mpsc::channel();
    let host = does(PROGRAM, move |call: &Call<'_>| {
        let answer = call.callback().unwrap().start::<_, u32>(GUEST, 1, 1, &()).unwrap();
        call.callback().unwrap().flush().unwrap();
        sender.send(()).unwrap();
        answer.wait().map_err(|_| Fault::SystemErr)
    });
    let mut limits = Limits::default();
    limits.drain_timeout = PATIENCE;
    let pool = Pool { workers: 1, queue: 4 };
    let server = start(Server::builder().limits(limits).blocking_service(host, pool));
    let gate = Arc::new(Gate::default());
    let waits = Arc::clone(&gate);
    let client = guest(&server, move |_| {
        waits.pass();
        Ok(5)
    });
    let call = client.start::<_, u32>(PROGRAM, 1, 1, &()).unwrap();
    client.flush().unwrap();
    begun.recv_timeout(PATIENCE).unwrap();
    gate.arrived(1);
    let stop = server.stop_handle();
    stop.stop();
    wait_for_drain(&server);
    // It reads on for the sake of that answer, but takes no calls.
    client.send(PROGRAM, 1, 1, &()).and_then(|()| client.flush()).unwrap();
    gate.open();
    assert_eq!(call.wait().unwrap(), 5);
    let began = Instant::now();
    server.join().unwrap();
    assert!(began.elapsed() < PATIENCE, "the drain went on to its end");
    assert!(begun.try_recv().is_err(), "another call was begun");
}

#[test]
fn who_is_called_back_is_not_idle() {
    let mut limits = Limits::default();
    limits.idle_timeout = Duration::from_millis(600);
    let (server, callers) = start_host(limits);
    let mut stream = connect(&server);
    stream.write_all(&record(&call(1, 1, 1, &[]))).unwrap();
    let caller = callers.recv_timeout(PATIENCE).unwrap();
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(900) {
        caller.send(GUEST, 1, 9, &()).and_then(|()| caller.flush()).unwrap();
        thread::sleep(Duration::from_millis(20));
    }
    drop(caller);
    thread::sleep(Duration::from_millis(200));
    stream.write_all(&record(&call(2, 1, 0, &[]))).unwrap();
    // Behind all the calls back stands the reply.
    let reply = [2_u32, 1, 0, 0, 0, 0].map(u32::to_be_bytes).concat();
    let mut seen = Vec::new();
    while !seen.ends_with(&reply) {
        let mut chunk = [0; 4096];
        let count = stream.read(&mut chunk).unwrap();
        assert_ne!(count, 0, "closed");
        seen.extend_from_slice(&chunk[..count]);
    }
    server.stop().unwrap();
}

#[test]
fn who_may_be_called_back_is_not_idle_either() {
    let mut limits = Limits::default();
    limits.idle_timeout = Duration::from_millis(50);
    let (server, callers) = start_host(limits);
    let client = guest(&server, |_| Ok(5));
    client.call::<_, u32>(PROGRAM, 1, 1, &()).unwrap();
    let caller = callers.recv_timeout(PATIENCE).unwrap();
    // Another connection that nobody keeps a client of shows when the time is over.
    let mut idle = connect(&server);
    assert_eq!(idle.read(&mut [0]).unwrap(), 0);
    assert_eq!(caller.call::<_, u32>(GUEST, 1, 1, &()).unwrap(), 5);
    server.stop().unwrap();
}

#[test]
fn a_server_that_listens_nowhere_says_so() {
    let error = Server::builder().service(Probe::default()).bind().unwrap().spawn().unwrap_err();
    assert!(error.to_string().starts_with("nothing to listen on"), "{error}");
}

#[test]
fn no_servers_thread_waits_for_another_servers_caller() {
    let (near, callers) = start_host(Limits::default());
    let client = guest(&near, |_| Ok(5));
    client.call::<_, u32>(PROGRAM, 1, 1, &()).unwrap();
    let caller = callers.recv_timeout(PATIENCE).unwrap();
    assert_eq!(caller.call::<_, u32>(GUEST, 1, 1, &()).unwrap(), 5, "from any other thread");
    let caller = Mutex::new(caller);
    let far = start(Server::builder().reactors(NonZero::new(2).unwrap()).service(does(
        PROGRAM,
        move |_: &Call<'_>| match caller.lock().unwrap().call::<_, u32>(GUEST, 1, 1, &()) {
            Err(Error::Io(error)) if error.kind() == std::io::ErrorKind::Deadlock => Ok(1),
            _ => Ok(0),
        },
    )));
    let other = Client::tcp(far.tcp_addr().unwrap()).unwrap();
    assert_eq!(other.call::<_, u32>(PROGRAM, 1, 1, &()).unwrap(), 1);
    near.stop().unwrap();
    far.stop().unwrap();
}

#[test]
fn an_interceptor_that_panics_fails_alone() {
    struct Panics;
    impl Interceptor for Panics {
        fn around(
            &self,
            call: &Call<'_>,
            next: &mut dyn FnMut() -> Result<(), Fault>,
        ) -> Result<(), Fault> {
            assert_eq!(call.procedure(), 0, "as asked");
            next()
        }
    }
    let server = start(Server::builder().intercept(Panics).service(Probe::default()));
    let client = Client::tcp(server.tcp_addr().unwrap()).unwrap();
    assert!(matches!(client.call::<_, u32>(PROGRAM, 1, 5, &4_u32), Err(Error::SystemErr)));
    answers(&server, 1);
    server.stop().unwrap();
}

/// A call and the end of the stream that come together: no other event tells of the end.
#[test]
fn an_end_that_comes_with_a_call_is_heard() {
    let probe = Probe::default();
    let server = start_probe(&probe);
    let null = record(&call(2, 1, 0, &[]));
    let (mut first, mut second) = (connect(&server), connect(&server));
    // Past the event that a fresh connection has.
    second.write_all(&null).unwrap();
    second.read_exact(&mut [0; 28]).unwrap();
    first.write_all(&record(&call(1, 1, WAIT, &[1]))).unwrap();
    probe.gate.arrived(1);
    // The reactor stands at the gate; there is nothing to see of what has reached its socket.
    second.write_all(&null).unwrap();
    second.shutdown(Shutdown::Write).unwrap();
    thread::sleep(Duration::from_millis(50));
    probe.gate.open();
    let mut replies = Vec::new();
    second.read_to_end(&mut replies).expect("the end");
    assert_eq!(replies.len(), 28);
}
