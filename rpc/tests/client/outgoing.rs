//! What a client's interceptors see, and forbid.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use crate::common::{PATIENCE, PROGRAM, Probe, start_probe};
use sunrpc::{
    Transport,
    client::{Client, Error, Interceptor, Outgoing},
    server::Running,
};

/// Notes what it sees; forbids procedure 99.
#[derive(Clone, Default)]
struct Witness(Arc<Mutex<Vec<String>>>);

impl Witness {
    /// What it has seen since it was asked last.
    fn seen(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl Interceptor for Witness {
    fn before(&self, call: &Outgoing<'_>) -> Result<(), Error> {
        self.0.lock().unwrap().push(format!("before {}", call.procedure));
        if call.procedure == 99 { Err(Error::ProcUnavail) } else { Ok(()) }
    }

    fn after(&self, call: &Outgoing<'_>, outcome: Result<(), &Error>, _took: Duration) {
        let outcome = outcome.map_or_else(|error| error.to_string(), |()| "done".to_owned());
        self.0.lock().unwrap().push(format!("after {}: {outcome}", call.procedure));
    }
}

const MISMATCH: &str = "after 0: the server has version 1 of this program (PROG_MISMATCH)";

fn start() -> (Running, Witness, Client) {
    let server = start_probe(&Probe::default());
    let witness = Witness::default();
    let client = Client::builder()
        .intercept(witness.clone())
        .timeout(PATIENCE)
        .connect(Transport::Tcp, server.tcp_addr().unwrap())
        .unwrap();
    (server, witness, client)
}

#[test]
fn calls_are_seen_and_may_be_forbidden() {
    let (_server, witness, client) = start();
    client.call::<(), ()>(PROGRAM, 1, 0, &()).unwrap();
    assert_eq!(witness.seen(), ["before 0", "after 0: done"]);
    client.call::<(), ()>(PROGRAM, 9, 0, &()).unwrap_err();
    assert_eq!(witness.seen(), ["before 0", MISMATCH]);
    client.call::<(), ()>(PROGRAM, 1, 99, &()).unwrap_err();
    assert_eq!(witness.seen(), ["before 99"]);
}

#[test]
fn so_are_those_that_are_started() {
    let (_server, witness, client) = start();
    let start = |version, procedure| client.start::<(), ()>(PROGRAM, version, procedure, &());
    start(1, 0).unwrap().wait().unwrap();
    assert_eq!(witness.seen(), ["before 0", "after 0: done"]);
    futures_executor::block_on(start(9, 0).unwrap()).unwrap_err();
    assert_eq!(witness.seen(), ["before 0", MISMATCH]);
    drop(start(1, 0).unwrap());
    assert_eq!(witness.seen(), ["before 0", &format!("after 0: {}", Error::Cancelled)]);
    start(1, 99).unwrap_err();
    assert_eq!(witness.seen(), ["before 99"]);
}

#[test]
fn and_those_that_are_sent_one_way() {
    let (server, witness, client) = start();
    client.send(PROGRAM, 1, 0, &()).unwrap();
    assert_eq!(witness.seen(), ["before 0", "after 0: done"]);
    client.send(PROGRAM, 1, 99, &()).unwrap_err();
    assert_eq!(witness.seen(), ["before 99"]);
    server.stop().unwrap();
    client.call::<(), ()>(PROGRAM, 1, 0, &()).unwrap_err();
    witness.seen();
    let error = client.send(PROGRAM, 1, 0, &()).unwrap_err();
    assert_eq!(witness.seen(), ["before 0", &format!("after 0: {error}")]);
}

#[test]
fn and_each_address_of_a_broadcast() {
    let (server, witness, _) = start();
    let addrs = [server.udp_addr().unwrap(); 2];
    let ask = |procedure| {
        let builder = Client::builder().intercept(witness.clone()).timeout(PATIENCE);
        builder.broadcast::<(), ()>(&addrs, (PROGRAM, 1, procedure), &(), |_, ()| true)
    };
    ask(0).unwrap();
    assert_eq!(witness.seen(), ["before 0", "before 0", "after 0: done", "after 0: done"]);
    ask(99).unwrap_err();
    assert_eq!(witness.seen(), ["before 99"]);
}
