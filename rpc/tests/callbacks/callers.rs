//! The server calls the client over the client's own connection.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    sync::{Arc, Mutex, OnceLock, mpsc},
    time::{Duration, Instant},
};

use crate::common::{Gate, PATIENCE, PROGRAM, call, record, serves, until, words};
use sunrpc::{
    Transport,
    client::{Client, Error},
    server::{Args, Call, Fault, Limits, Pool, Results, Running, Server, Service},
};

/// What the server serves.
const HOST: u32 = PROGRAM;
/// Hands out a client that calls the caller; it says whether there is one.
const SUBSCRIBE: u32 = 1;
/// Calls `GUEST`'s procedure with its argument, and returns the result.
const ASK: u32 = 2;
/// Adds one.
const ADD: u32 = 3;

/// What the client serves.
const GUEST: u32 = 0x2000_0002;
/// Doubles.
const DOUBLE: u32 = 1;
/// Asks the server to add one, through the client's own connection, and doubles.
const NESTED: u32 = 2;
/// Does not answer.
const SILENT: u32 = 3;
/// Waits for the gate.
const WAIT: u32 = 4;

struct Host(mpsc::Sender<Client>);

impl Host {
    fn service(self) -> impl Service {
        serves(HOST, move |call, args, results| self.answer(call, args, results))
    }

    fn answer(
        &self,
        call: &Call<'_>,
        args: Args<'_>,
        results: &mut Results<'_>,
    ) -> Result<(), Fault> {
        match call.procedure() {
            0 => Ok(()),
            SUBSCRIBE => {
                args.get::<()>()?;
                let caller = call.callback();
                results.put(&caller.is_some())?;
                if let Some(caller) = caller {
                    self.0.send(caller).unwrap();
                }
                Ok(())
            }
            ASK => {
                let [procedure, number] = args.get::<[u32; 2]>()?;
                let caller = call.callback().unwrap();
                match caller.call::<_, u32>(GUEST, 1, procedure, &number) {
                    Ok(number) => results.put(&number),
                    Err(Error::Io(error)) if error.kind() == ErrorKind::Deadlock => {
                        results.put(&0xDEAD_u32)
                    }
                    Err(_) => Err(Fault::SystemErr),
                }
            }
            ADD => results.put(&(args.get::<u32>()? + 1)),
            _ => Err(Fault::ProcUnavail),
        }
    }
}

#[derive(Clone, Default)]
struct Guest {
    client: Arc<Mutex<Option<Client>>>,
    gate: Arc<Gate>,
}

impl Guest {
    fn service(self) -> impl Service {
        serves(GUEST, move |call, args, results| self.answer(call, args, results))
    }

    fn answer(
        &self,
        call: &Call<'_>,
        args: Args<'_>,
        results: &mut Results<'_>,
    ) -> Result<(), Fault> {
        let number: u32 = args.get()?;
        match call.procedure() {
            DOUBLE => results.put(&(number * 2)),
            NESTED => {
                let client = self.client.lock().unwrap().clone().unwrap();
                let more: u32 = client.call(HOST, 1, ADD, &number).map_err(|_| Fault::SystemErr)?;
                results.put(&(more * 2))
            }
            SILENT => Err(Fault::NoReply),
            WAIT => {
                self.gate.pass();
                results.put(&number)
            }
            _ => Err(Fault::ProcUnavail),
        }
    }
}

/// A server on its own thread, or with a pool, and the clients that it hands out.
fn start(
    pool: Option<Pool>,
    limits: Limits,
) -> (Running, mpsc::Receiver<Client>, tempfile::TempDir) {
    let (sender, callers) = mpsc::channel();
    let folder = tempfile::tempdir().unwrap();
    let builder = Server::builder().limits(limits);
    let builder = match pool {
        None => builder.service(Host(sender).service()),
        Some(pool) => builder.blocking_service(Host(sender).service(), pool),
    };
    let builder = builder.listen("127.0.0.1:0").listen_unix(folder.path().join("socket"));
    (builder.bind().unwrap().spawn().unwrap(), callers, folder)
}

const POOL: Option<Pool> = Some(Pool { workers: 2, queue: 64 });

/// A client that serves `guest`.
fn connect(server: &Running, guest: &Guest) -> Client {
    let builder =
        Client::builder().serve(Server::builder().service(guest.clone().service()).core());
    let client = builder.connect(Transport::Tcp, server.tcp_addr().unwrap()).unwrap();
    *guest.client.lock().unwrap() = Some(client.clone());
    client
}

fn subscribe(client: &Client, callers: &mpsc::Receiver<Client>) -> Client {
    assert!(client.call::<_, bool>(HOST, 1, SUBSCRIBE, &()).unwrap());
    callers.recv_timeout(PATIENCE).unwrap()
}

#[test]
fn a_caller_can_be_called_while_it_does_nothing() {
    let (server, callers, folder) = start(None, Limits::default());
    let tcp = connect(&server, &Guest::default());
    let builder =
        Client::builder().serve(Server::builder().service(Guest::default().service()).core());
    let unix = builder.connect_unix(folder.path().join("socket")).unwrap();
    for client in [tcp, unix] {
        let caller = subscribe(&client, &callers);
        assert_eq!(caller.transport(), client.transport());
        for number in 0..100 {
            assert_eq!(caller.call::<_, u32>(GUEST, 1, DOUBLE, &number).unwrap(), number * 2);
        }
        assert!(matches!(caller.call::<_, u32>(GUEST, 1, 99, &1), Err(Error::ProcUnavail)));
        assert!(matches!(caller.call::<_, u32>(HOST, 1, DOUBLE, &1), Err(Error::ProgUnavail)));
        // And the other way, as ever.
        assert_eq!(client.call::<_, u32>(HOST, 1, ADD, &1).unwrap(), 2);
    }
    server.stop().unwrap();
}

#[test]
fn a_caller_can_be_called_while_it_calls() {
    let (server, _callers, _folder) = start(POOL, Limits::default());
    let client = connect(&server, &Guest::default());
    for number in 0..100 {
        assert_eq!(client.call::<_, u32>(HOST, 1, ASK, &[DOUBLE, number]).unwrap(), number * 2);
        let nested: u32 = client.call(HOST, 1, ASK, &[NESTED, number]).unwrap();
        assert_eq!(nested, (number + 1) * 2, "the handler called the server");
    }
    server.stop().unwrap();
}

#[test]
fn both_sides_call_at_once() {
    let (server, callers, _folder) = start(None, Limits::default());
    let client = connect(&server, &Guest::default());
    let caller = subscribe(&client, &callers);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (client, caller) = (&client, &caller);
            scope.spawn(move || {
                for number in 0..200 {
                    let number = number * 4 + thread;
                    let added = client.start::<_, u32>(HOST, 1, ADD, &number).unwrap();
                    let doubled = caller.start::<_, u32>(GUEST, 1, DOUBLE, &number).unwrap();
                    assert_eq!(doubled.wait().unwrap(), number * 2);
                    assert_eq!(added.wait().unwrap(), number + 1);
                    let future = caller.start::<_, u32>(GUEST, 1, DOUBLE, &number).unwrap();
                    assert_eq!(futures_executor::block_on(future).unwrap(), number * 2);
                }
            });
        }
    });
    server.stop().unwrap();
}

#[test]
fn who_has_hung_up_cannot_be_called() {
    let (server, callers, _folder) = start(None, Limits::default());
    let guest = Guest::default();
    let client = connect(&server, &guest);
    let caller = subscribe(&client, &callers);
    let waiting = caller.start::<_, u32>(GUEST, 1, WAIT, &1).unwrap();
    caller.flush().unwrap();
    guest.gate.arrived(1);
    // The other end of the connection, as if the process had ended.
    let addr = server.tcp_addr().unwrap();
    *guest.client.lock().unwrap() = None;
    drop(client);
    guest.gate.open();
    // The reply to the call under way may still have been sent.
    let _ = waiting.wait();
    let began = Instant::now();
    let error = loop {
        match caller.call::<_, u32>(GUEST, 1, DOUBLE, &1) {
            Ok(_) => assert!(began.elapsed() < PATIENCE, "still answered"),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, Error::Disconnected | Error::Connect { .. }), "{error}");
    let error = caller.call::<_, u32>(GUEST, 1, DOUBLE, &1).unwrap_err();
    assert!(matches!(error, Error::Connect { .. }), "{error}");
    assert!(error.to_string().contains("the caller is gone"), "nobody connects to him: {error}");
    assert!(began.elapsed() < PATIENCE);
    assert!(Client::tcp(addr).unwrap().call::<_, ()>(HOST, 1, 0, &()).is_ok());
    server.stop().unwrap();
}

/// A client that only listens hears when there is nobody left to listen to, after each loss, and can come back.
#[test]
fn who_listens_is_told_of_the_end() {
    let (server, callers, folder) = start(None, Limits::default());
    let (sender, told) = mpsc::channel();
    let builder = Client::builder()
        .serve(Server::builder().service(Guest::default().service()).core())
        .reconnect(Duration::from_millis(1), Duration::from_millis(1))
        .on_disconnect(move || sender.send(()).unwrap());
    let path = folder.path().join("socket");
    let client = builder.connect_unix(&path).unwrap();
    subscribe(&client, &callers);
    server.stop().unwrap();
    told.recv_timeout(PATIENCE).unwrap();
    let (sender, callers) = mpsc::channel();
    let server = Server::builder().service(Host(sender).service()).listen_unix(&path);
    let server = server.bind().unwrap().spawn().unwrap();
    let caller = subscribe(&client, &callers);
    assert_eq!(caller.call::<_, u32>(GUEST, 1, DOUBLE, &3).unwrap(), 6);
    server.stop().unwrap();
    told.recv_timeout(PATIENCE).unwrap();
    // It is not told when it goes itself: the sender goes with it.
    drop(client);
    assert_eq!(told.recv_timeout(PATIENCE), Err(mpsc::RecvTimeoutError::Disconnected));
}

/// Nobody keeps a connection whose place another has taken; its end is told of all the same.
#[test]
fn who_calls_again_at_once_is_told_of_the_end_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let start = || {
        let (sender, callers) = mpsc::channel();
        let server = Server::builder().service(Host(sender).service()).listen_unix(&path);
        (server.bind().unwrap().spawn().unwrap(), callers)
    };
    let (sender, told) = mpsc::channel();
    let guest = Guest::default();
    let (server, _callers) = start();
    let client = Client::builder()
        .serve(Server::builder().service(guest.clone().service()).core())
        .reconnect(Duration::ZERO, Duration::ZERO)
        .on_disconnect(move || sender.send(()).unwrap())
        .connect_unix(&path)
        .unwrap();
    server.stop().unwrap();
    told.recv_timeout(PATIENCE).unwrap();
    let (server, callers) = start();
    let caller = subscribe(&client, &callers);
    let _waiting = caller.start::<_, u32>(GUEST, 1, WAIT, &1).unwrap();
    caller.flush().unwrap();
    guest.gate.arrived(1);
    server.stop().unwrap();
    let (_server, _callers) = start();
    until("no connection", || client.call::<_, u32>(HOST, 1, ADD, &1).is_ok());
    guest.gate.open();
    told.recv_timeout(PATIENCE).unwrap();
}

#[test]
fn the_servers_own_thread_cannot_wait_for_its_caller() {
    let (server, _callers, _folder) = start(None, Limits::default());
    let client = connect(&server, &Guest::default());
    let began = Instant::now();
    assert_eq!(client.call::<_, u32>(HOST, 1, ASK, &[DOUBLE, 1]).unwrap(), 0xDEAD);
    assert!(began.elapsed() < Duration::from_secs(5), "at once");
    server.stop().unwrap();
}

#[test]
fn nobody_can_be_called_over_udp() {
    let (server, _callers, _folder) = start(None, Limits::default());
    let client = Client::udp(server.udp_addr().unwrap()).unwrap();
    assert!(!client.call::<_, bool>(HOST, 1, SUBSCRIBE, &()).unwrap());
    server.stop().unwrap();
}

#[test]
fn a_caller_who_serves_nothing_is_none_the_worse() {
    let (server, callers, _folder) = start(None, Limits::default());
    let client = Client::tcp(server.tcp_addr().unwrap()).unwrap();
    let caller = subscribe(&client, &callers);
    let call = caller.with_timeout(Duration::from_millis(50));
    assert!(matches!(call.call::<_, u32>(GUEST, 1, DOUBLE, &1), Err(Error::Timeout(_))));
    assert_eq!(client.call::<_, u32>(HOST, 1, ADD, &1).unwrap(), 2);
    assert_eq!(client.call::<_, u32>(HOST, 1, ADD, &2).unwrap(), 3);
    server.stop().unwrap();
}

#[test]
fn a_caller_who_does_not_read_costs_no_more_than_the_limit() {
    let mut limits = Limits::default();
    limits.max_reply_queue_bytes = 64 << 10;
    limits.drain_timeout = Duration::from_millis(10);
    let (server, callers, _folder) = start(None, limits);
    let mut stream = TcpStream::connect(server.tcp_addr().unwrap()).unwrap();
    let mut subscribe = call(1, 1, SUBSCRIBE, &[]);
    subscribe[12..16].copy_from_slice(&HOST.to_be_bytes());
    stream.write_all(&record(&subscribe)).unwrap();
    let caller = callers.recv_timeout(PATIENCE).unwrap().with_timeout(Duration::from_millis(200));
    let bulk = vec![7_u32; 4000];
    let mut sent = 0_u64;
    let error = loop {
        match caller.send(GUEST, 1, SILENT, &bulk).and_then(|()| caller.flush()) {
            Ok(()) => sent += 16_000,
            Err(error) => break error,
        }
        assert!(sent < 64 << 20, "no end");
    };
    eprintln!("{sent} bytes, then {error}");
    // Another caller is served as ever.
    let other = Client::tcp(server.tcp_addr().unwrap()).unwrap();
    assert_eq!(other.call::<_, u32>(HOST, 1, ADD, &1).unwrap(), 2);
    server.stop().unwrap();
}

#[test]
fn the_servers_own_thread_does_not_wait_behind_others_for_a_caller_who_does_not_read() {
    const TELL: u32 = 4;
    let (keep, kept) = (Arc::new(OnceLock::new()), Arc::new(Gate::default()));
    let (caller, subscribed) = (Arc::clone(&keep), Arc::clone(&kept));
    let service = serves(HOST, move |call, _, results| {
        if call.procedure() == SUBSCRIBE {
            keep.get_or_init(|| call.callback().unwrap());
            kept.open();
            return Ok(());
        }
        let caller: &Client = keep.get().unwrap();
        let told = caller.send(GUEST, 1, SILENT, &1_u32).and_then(|()| caller.flush());
        let must_not_wait =
            matches!(told, Err(Error::Io(error)) if error.kind() == ErrorKind::Deadlock);
        results.put(&must_not_wait)
    });
    let mut limits = Limits::default();
    limits.max_reply_queue_bytes = 4096;
    let server = Server::builder().service(service).limits(limits).listen("127.0.0.1:0");
    let server = server.bind().unwrap().spawn().unwrap();
    let mut stream = TcpStream::connect(server.tcp_addr().unwrap()).unwrap();
    stream.write_all(&record(&call(1, 1, SUBSCRIBE, &[]))).unwrap();
    subscribed.pass();
    let caller = caller.get().unwrap();
    // More than sockets hold: there is no room until the caller reads.
    caller.send(GUEST, 1, SILENT, &vec![7_u32; 4 << 20]).unwrap();
    caller.flush().unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| caller.call::<_, u32>(GUEST, 1, DOUBLE, &1));
        let other = Client::tcp(server.tcp_addr().unwrap()).unwrap().with_timeout(PATIENCE / 4);
        for _ in 0..100 {
            assert!(other.call::<_, bool>(HOST, 1, TELL, &()).unwrap());
        }
        drop(stream);
        let error = waiting.join().unwrap().unwrap_err();
        assert!(matches!(error, Error::Disconnected | Error::Connect { .. }), "{error}");
    });
    server.stop().unwrap();
}

#[test]
fn a_reply_that_nobody_asked_for_ends_the_connection() {
    let (server, _callers, _folder) = start(None, Limits::default());
    let mut stream = TcpStream::connect(server.tcp_addr().unwrap()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(&record(&[7_u32, 1, 0, 0, 0, 0].map(u32::to_be_bytes).concat())).unwrap();
    assert_eq!(stream.read(&mut [0; 16]).unwrap(), 0);
    server.stop().unwrap();
}

#[test]
fn a_reply_to_no_call_is_passed_over_where_the_caller_is_called() {
    let (server, callers, _folder) = start(None, Limits::default());
    let mut stream = TcpStream::connect(server.tcp_addr().unwrap()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let of_host = |xid, procedure| {
        let mut message = call(xid, 1, procedure, &[]);
        message[12..16].copy_from_slice(&HOST.to_be_bytes());
        record(&message)
    };
    stream.write_all(&of_host(1, SUBSCRIBE)).unwrap();
    let caller = callers.recv_timeout(PATIENCE).unwrap();
    stream.write_all(&record(&[7_u32, 1, 0, 0, 0, 0].map(u32::to_be_bytes).concat())).unwrap();
    stream.write_all(&of_host(2, 0)).unwrap();
    let mut replies = [0; 4 + 28 + 4 + 24];
    stream.read_exact(&mut replies).unwrap();
    assert_eq!(words(&replies[4..8]), [1]);
    assert_eq!(words(&replies[36..40]), [2]);
    assert_eq!(caller.stats().strays, 1);
    server.stop().unwrap();
}
