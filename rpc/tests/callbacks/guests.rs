//! A client that serves: how much it lets wait, and what it is told.

use std::{
    io::ErrorKind,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Instant,
};

use crate::common::{Gate, PATIENCE, PROGRAM, serves};
use sunrpc::{
    Transport,
    client::{Builder, Client, Error},
    server::{Running, Server, Service},
};

/// Leaves a client that calls the caller.
const VISIT: u32 = 1;
/// Waits for a call back on the server's own thread; says whether that was refused.
const WAIT_FOR_CALL: u32 = 2;

/// What a guest serves: it counts its calls.
const GUEST: u32 = 0x2000_0002;

/// A server, and a client that serves it.
fn visit(builder: Builder, guest: impl Service) -> (Running, Client, Client) {
    let (sender, callers) = mpsc::channel();
    let host = serves(PROGRAM, move |call, _, results| {
        let caller = call.callback().unwrap();
        let refused = match call.procedure() {
            WAIT_FOR_CALL => {
                let error = caller.start::<_, u32>(GUEST, 1, 1, &()).unwrap().wait().unwrap_err();
                matches!(error, Error::Io(error) if error.kind() == ErrorKind::Deadlock)
            }
            VISIT => sender.send(caller).is_err(),
            _ => false,
        };
        results.put(&refused)
    });
    let server = Server::builder().service(host).listen_tcp("127.0.0.1:0");
    let server = server.bind().unwrap().spawn().unwrap();
    let builder = builder.timeout(PATIENCE).serve(Server::builder().service(guest).core());
    let client = builder.connect(Transport::Tcp, server.tcp_addr().unwrap()).unwrap();
    client.call::<_, bool>(PROGRAM, 1, VISIT, &()).unwrap();
    let caller = callers.recv_timeout(PATIENCE).unwrap();
    (server, client, caller.with_timeout(PATIENCE))
}

/// Besides the one that is being answered, 256 calls or 1 MiB of them.
#[test]
fn so_many_calls_wait_and_no_more() {
    for (words, sent, heard) in [(1, 400, 256), (25_000, 20, 10)] {
        let (gate, count) = (Arc::new(Gate::default()), Arc::new(AtomicUsize::new(0)));
        let (passed, counted) = (Arc::clone(&gate), Arc::clone(&count));
        let guest = serves(GUEST, move |_, _, results| {
            passed.pass();
            counted.fetch_add(1, Ordering::SeqCst);
            results.put(&5_u32)
        });
        let (_server, client, caller) = visit(Client::builder(), guest);
        let send = || {
            caller.send(GUEST, 1, 1, &vec![7_u32; words]).unwrap();
            caller.flush().unwrap();
        };
        send();
        gate.arrived(1);
        (0..sent).for_each(|_| send());
        // Behind them, replies: what was sent before has come.
        for _ in 0..2 {
            client.call::<_, bool>(PROGRAM, 1, 0, &()).unwrap();
        }
        gate.open();
        let began = Instant::now();
        while count.load(Ordering::SeqCst) < 1 + heard {
            assert!(began.elapsed() < PATIENCE, "too few of {sent}");
            thread::yield_now();
        }
        // Behind those that wait.
        assert_eq!(caller.call::<_, u32>(GUEST, 1, 1, &()).unwrap(), 5);
        assert_eq!(count.load(Ordering::SeqCst), 1 + heard + 1, "of {sent}");
    }
}

#[test]
fn what_has_been_answered_takes_no_room() {
    let guest = serves(GUEST, |_, _, results| results.put(&5_u32));
    let (_server, _client, caller) = visit(Client::builder(), guest);
    for _ in 0..30 {
        assert_eq!(caller.call::<_, u32>(GUEST, 1, 1, &vec![7_u32; 20_000]).unwrap(), 5);
    }
}

#[test]
fn who_goes_by_himself_is_not_told() {
    let (sender, told) = mpsc::channel();
    let builder = Client::builder().on_disconnect(move || sender.send(()).unwrap());
    let guest = serves(GUEST, |_, _, results| results.put(&5_u32));
    let (_server, client, _caller) = visit(builder, guest);
    drop(client);
    assert_eq!(told.recv_timeout(PATIENCE), Err(mpsc::RecvTimeoutError::Disconnected));
}

#[test]
fn a_call_that_was_started_is_not_waited_for_on_the_servers_own_thread() {
    let guest = serves(GUEST, |_, _, results| results.put(&5_u32));
    let (_server, client, _caller) = visit(Client::builder(), guest);
    assert!(client.call::<_, bool>(PROGRAM, 1, WAIT_FOR_CALL, &()).unwrap());
}
