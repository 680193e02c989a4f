//! What a review of the client has found: wake-ups, replies, errors and times that went wrong.

mod common;

use std::{
    collections::HashSet,
    io::{Read, Write},
    net::{TcpListener, TcpStream, UdpSocket},
    pin::Pin,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    task::{Context, Wake, Waker},
    thread,
    time::{Duration, Instant},
};

use common::{
    COUNT, ECHO, PATIENCE, PROGRAM, Probe, SILENT, connected, next_mark, next_record, record,
    reply_to, serves,
};
use futures_executor::block_on;
use sunrpc::{
    Transport,
    client::{self, Cancel, Client, Error, Pending},
    proto::{AuthFlavor, AuthStat, DuplicateLimits, OpaqueAuth, OwnedAuth},
    server::{self, Fault, Limits, Running, Server, Service},
};

#[test]
fn who_writes_for_others_still_gets_his_own_reply() {
    let (client, mut server) = connected();
    let quick = client.with_timeout(Duration::from_secs(2));
    thread::scope(|scope| {
        // More than the socket takes, twice.
        let first = client.start::<_, ()>(PROGRAM, 1, ECHO, &vec![0_u32; 1 << 19]).unwrap();
        let calling = scope.spawn(|| quick.call::<_, u32>(PROGRAM, 1, COUNT, &()));
        let len = next_mark(&mut server);
        let mut message = vec![0; len];
        let (begin, rest) = message.split_at_mut(1 << 20);
        server.read_exact(begin).unwrap();
        // So much has been written only because that caller writes.
        let behind = client.start::<_, ()>(PROGRAM, 1, ECHO, &vec![0_u32; 1 << 18]).unwrap();
        server.read_exact(rest).unwrap();
        let call = next_record(&mut server);
        assert_eq!(call.len(), 40);
        server.write_all(&reply_to(&call, 5)).unwrap();
        assert_eq!(calling.join().unwrap().unwrap(), 5);
        drop((first, behind));
    });
}

/// Drops a call, and says so.
struct Dropper(Mutex<Option<Pending<u32>>>, Mutex<mpsc::Sender<()>>);

impl Wake for Dropper {
    fn wake(self: Arc<Self>) {
        drop(self.0.lock().unwrap().take());
        self.1.lock().unwrap().send(()).unwrap();
    }
}

#[test]
fn a_waker_may_drop_the_call_that_it_is_woken_for() {
    let (client, mut server) = connected();
    let mut pending = client.start::<_, u32>(PROGRAM, 1, COUNT, &()).unwrap();
    let (sender, dropped) = mpsc::channel();
    let dropper = Arc::new(Dropper(Mutex::default(), Mutex::new(sender)));
    let waker = Waker::from(Arc::clone(&dropper));
    assert!(Pin::new(&mut pending).poll(&mut Context::from_waker(&waker)).is_pending());
    *dropper.0.lock().unwrap() = Some(pending);
    let call = next_record(&mut server);
    server.write_all(&reply_to(&call, 5)).unwrap();
    let ended = dropped.recv_timeout(Duration::from_secs(2));
    if ended.is_err() {
        // The thread that holds the lock never lets go of it: nor could this one.
        std::mem::forget((client, dropper));
    }
    ended.unwrap();
}

#[test]
fn a_repeat_that_cannot_connect_does_not_hide_that_the_call_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = Client::builder()
        .repeat(true)
        .timeout(Duration::from_millis(200))
        .connect(Transport::Tcp, listener.local_addr().unwrap())
        .unwrap();
    let server = thread::spawn(move || drop(next_record(&mut listener.accept().unwrap().0)));
    let error = client.call::<_, u32>(PROGRAM, 1, COUNT, &()).unwrap_err();
    server.join().unwrap();
    assert!(error.may_have_run(), "{error:?}");
}

#[test]
fn a_fall_back_that_cannot_connect_does_not_hide_that_the_call_was_sent() {
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    let client = Client::builder()
        .repeat(true)
        .timeout(Duration::from_millis(200))
        .fall_back_to_tcp()
        .connect(Transport::Udp, server.local_addr().unwrap())
        .unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut buffer = [0; 100];
            let (_, peer) = server.recv_from(&mut buffer).unwrap();
            let system_err = [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5];
            server.send_to(&[&buffer[..4], &system_err].concat(), peer).unwrap();
        });
        let error = client.call::<_, u32>(PROGRAM, 1, COUNT, &()).unwrap_err();
        assert!(error.may_have_run(), "{error:?}");
    });
}

/// A flavor with another credential for each call.
struct Nonce(AtomicU32);

const NONCE: AuthFlavor = AuthFlavor(0x2000_0001);

impl client::Flavor for Nonce {
    fn credential(&self) -> OwnedAuth {
        let nonce = self.0.fetch_add(1, Ordering::Relaxed);
        OwnedAuth { flavor: NONCE, body: nonce.to_be_bytes().to_vec() }
    }

    fn check(&self, _: u32, _: &OpaqueAuth<'_>) -> bool {
        true
    }
}

/// Accepts everybody.
struct Anybody;

impl server::Flavor for Anybody {
    fn number(&self) -> AuthFlavor {
        NONCE
    }

    fn accept(&self, _: &server::Claim<'_>) -> Result<server::Accepted, AuthStat> {
        Ok(server::Accepted::new("anybody"))
    }
}

#[test]
fn a_call_with_a_flavor_is_repeated_as_it_was() {
    let mut limits = Limits::default();
    limits.stream_duplicates = DuplicateLimits::default();
    let server = Server::builder()
        .service(Probe::default())
        .flavor(Anybody)
        .limits(limits)
        .listen_tcp("127.0.0.1:0")
        .bind()
        .unwrap()
        .spawn()
        .unwrap();
    let far = server.tcp_addr().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = Client::builder()
        .repeat(true)
        .timeout(PATIENCE)
        .flavor(Nonce(AtomicU32::new(0)))
        .connect(Transport::Tcp, listener.local_addr().unwrap())
        .unwrap();
    let (done, is_done) = mpsc::channel::<()>();
    // The first connection ends before the reply is there.
    let between = thread::spawn(move || {
        for loses in [true, false] {
            let mut near = listener.accept().unwrap().0;
            let mut far = TcpStream::connect(far).unwrap();
            far.write_all(&record(&next_record(&mut near))).unwrap();
            let reply = next_record(&mut far);
            if !loses {
                near.write_all(&record(&reply)).unwrap();
                let _ = is_done.recv();
            }
        }
    });
    assert_eq!(client.call::<_, u32>(PROGRAM, 1, COUNT, &()).unwrap(), 1);
    drop(done);
    between.join().unwrap();
}

#[test]
fn a_reply_that_came_in_time_is_there_for_a_late_poll() {
    let (client, mut server) = connected();
    let limit = Duration::from_millis(50);
    let began = Instant::now();
    let pending = client.with_timeout(limit).start::<_, u32>(PROGRAM, 1, COUNT, &()).unwrap();
    client.flush().unwrap();
    let call = next_record(&mut server);
    server.write_all(&reply_to(&call, 5)).unwrap();
    while began.elapsed() <= limit {
        thread::sleep(limit.saturating_sub(began.elapsed()));
    }
    assert_eq!(block_on(pending).unwrap(), 5);
}

#[test]
fn a_tasks_time_ends_while_a_thread_reads() {
    let (client, mut server) = connected();
    thread::scope(|scope| {
        // The background thread is there, and rests while the thread reads.
        let first = client.start::<_, u32>(PROGRAM, 1, COUNT, &()).unwrap();
        client.flush().unwrap();
        let mut answering = server.try_clone().unwrap();
        scope.spawn(move || {
            let call = next_record(&mut answering);
            answering.write_all(&reply_to(&call, 5)).unwrap();
        });
        assert_eq!(block_on(first).unwrap(), 5);
        let reading = scope.spawn(|| client.call::<_, u32>(PROGRAM, 1, SILENT, &()));
        let held = next_record(&mut server);
        for _ in 0..2 {
            let began = Instant::now();
            let quick = client.with_timeout(Duration::from_millis(20));
            let error = block_on(quick.start::<_, u32>(PROGRAM, 1, SILENT, &()).unwrap());
            assert!(matches!(error, Err(Error::Timeout(_))), "{error:?}");
            assert!(began.elapsed() < Duration::from_millis(500), "{:?}", began.elapsed());
        }
        server.write_all(&reply_to(&held, 6)).unwrap();
        assert_eq!(reading.join().unwrap().unwrap(), 6);
    });
}

#[test]
fn a_cancel_ends_the_wait_for_another_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = Client::builder()
        .repeat(true)
        .timeout(Duration::from_secs(4))
        .reconnect(PATIENCE, PATIENCE)
        .connect(Transport::Tcp, listener.local_addr().unwrap())
        .unwrap();
    drop(listener);
    // This one tries to connect again, in vain: the next try is far off.
    let began = Instant::now();
    client.with_timeout(Duration::from_millis(50)).call::<_, u32>(PROGRAM, 1, 0, &()).unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    let cancel = Cancel::new();
    thread::scope(|scope| {
        let calling =
            scope.spawn(|| client.cancelled_by(&cancel).call::<_, u32>(PROGRAM, 1, COUNT, &()));
        let began = Instant::now();
        cancel.cancel();
        let error = calling.join().unwrap().unwrap_err();
        assert!(matches!(error, Error::Cancelled), "{error:?}");
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    });
}

/// What a guest serves.
const GUEST: u32 = 0x2000_0002;

/// Answers with what the function makes of the procedure, unless that is `SILENT`.
fn guest(answer: impl Fn(u32) -> u32 + Send + Sync + 'static) -> impl Service {
    serves(GUEST, move |call, _, results| match call.procedure() {
        SILENT => Err(Fault::NoReply),
        procedure => results.put(&answer(procedure)),
    })
}

/// Leaves a client that calls the caller of procedure 1.
fn host(callers: mpsc::Sender<Client>) -> impl Service {
    serves(PROGRAM, move |call, _, results| {
        match call.procedure() {
            1 => callers.send(call.callback().unwrap()).map_err(|_| Fault::SystemErr)?,
            SILENT => return Err(Fault::NoReply),
            _ => {}
        }
        results.put(&1_u32)
    })
}

/// A host, a client that serves it, and the host's client of that one.
fn visit(answer: impl Fn(u32) -> u32 + Send + Sync + 'static) -> (Running, Client, Client) {
    let (sender, callers) = mpsc::channel();
    let server = Server::builder().service(host(sender)).listen_tcp("127.0.0.1:0").bind().unwrap();
    let server = server.spawn().unwrap();
    let client = Client::builder()
        .serve(Server::builder().service(guest(answer)).core())
        .connect(Transport::Tcp, server.tcp_addr().unwrap())
        .unwrap();
    client.call::<_, u32>(PROGRAM, 1, 1, &()).unwrap();
    let caller = callers.recv().unwrap();
    (server, client, caller)
}

#[test]
fn a_guests_handler_may_await_a_call_of_its_own_client() {
    let own: Arc<OnceLock<Client>> = Arc::default();
    let (sender, results) = mpsc::channel();
    let (_server, client, caller) = visit({
        let own = Arc::clone(&own);
        move |_| {
            let client = own.get().unwrap();
            let result = block_on(client.start::<_, u32>(PROGRAM, 1, 2, &()).unwrap());
            sender.send(result).unwrap();
            5
        }
    });
    own.set(client.with_timeout(Duration::from_secs(1))).unwrap();
    let pending = caller.start::<_, u32>(GUEST, 1, 1, &()).unwrap();
    caller.flush().unwrap();
    assert_eq!(results.recv_timeout(Duration::from_secs(5)).unwrap().unwrap(), 1);
    assert_eq!(pending.wait().unwrap(), 5);
}

#[test]
fn tasks_keep_their_time_while_a_guests_handler_is_slow() {
    let (enter, entered) = mpsc::channel();
    let (leave, left) = mpsc::channel::<()>();
    let left = Mutex::new(left);
    let (_server, client, caller) = visit(move |_| {
        enter.send(()).unwrap();
        let _ = left.lock().unwrap().recv_timeout(Duration::from_secs(3));
        5
    });
    let pending = caller.start::<_, u32>(GUEST, 1, 1, &()).unwrap();
    caller.flush().unwrap();
    entered.recv().unwrap();
    let quick = client.with_timeout(Duration::from_millis(200));
    // What is answered is seen, and what is not ends.
    let began = Instant::now();
    assert_eq!(block_on(quick.start::<_, u32>(PROGRAM, 1, 2, &()).unwrap()).unwrap(), 1);
    let error = block_on(quick.start::<_, u32>(PROGRAM, 1, SILENT, &()).unwrap());
    assert!(matches!(error, Err(Error::Timeout(_))), "{error:?}");
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    leave.send(()).unwrap();
    assert_eq!(pending.wait().unwrap(), 5);
}

/// Says which thread wakes it.
struct Woken(Mutex<mpsc::Sender<thread::ThreadId>>);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.lock().unwrap().send(thread::current().id()).unwrap();
    }
}

#[test]
fn one_thread_keeps_the_time_of_all_who_call_back() {
    let visits: Vec<_> = (0..4).map(|_| visit(|_| 5)).collect();
    let (sender, woken) = mpsc::channel();
    let waker = Waker::from(Arc::new(Woken(Mutex::new(sender))));
    // Nobody answers: nothing else than the time wakes them.
    let mut pending: Vec<_> = visits
        .iter()
        .map(|(_, _, caller)| {
            let quick = caller.with_timeout(Duration::from_millis(50));
            quick.start::<_, u32>(GUEST, 1, SILENT, &()).unwrap()
        })
        .collect();
    for pending in &mut pending {
        assert!(Pin::new(pending).poll(&mut Context::from_waker(&waker)).is_pending());
    }
    let threads: HashSet<_> =
        pending.iter().map(|_| woken.recv_timeout(PATIENCE).unwrap()).collect();
    assert_eq!(threads.len(), 1);
}
