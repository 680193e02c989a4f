//! Who is called back while he calls, and while tasks wait.

use std::{
    collections::HashSet,
    pin::Pin,
    sync::{Arc, Mutex, OnceLock, mpsc},
    task::{Context, Wake, Waker},
    thread,
    time::{Duration, Instant},
};

use crate::common::{PATIENCE, PROGRAM, SILENT, serves};
use futures_executor::block_on;
use sunrpc::{
    Transport,
    client::{Client, Error},
    server::{Fault, Running, Server, Service},
};

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
