//! Once warm, NULL calls allocate nothing, at the client or at the server. How many of them come at once says how many
//! buffers there have to be, so nothing else is tested here.

mod common;

use common::{PROGRAM, Probe, start_probe};
use sunrpc::{Transport, client::Client, server::Server};

const WARM: u32 = 200;

#[test]
fn a_client_allocates_nothing_for_a_call() {
    let server = start_probe(&Probe::default());
    for transport in Transport::INET {
        let client = Client::builder().connect(transport, server.tcp_addr().unwrap()).unwrap();
        let calls = || (0..WARM).for_each(|_| client.call::<(), ()>(PROGRAM, 1, 0, &()).unwrap());
        calls();
        let used = allocation_counter::measure(calls);
        assert_eq!(used.count_total, 0, "{transport}: {used:?}");
    }
}

#[test]
fn a_client_allocates_nothing_for_64_calls_at_once() {
    let server = start_probe(&Probe::default());
    let client = Client::tcp(server.tcp_addr().unwrap()).unwrap();
    let mut pending = Vec::with_capacity(64);
    let mut calls = || {
        pending.extend((0..64).map(|_| client.start::<(), ()>(PROGRAM, 1, 0, &()).unwrap()));
        pending.drain(..).for_each(|call| call.wait().unwrap());
    };
    // How many replies come at once, and so how many buffers there have to be, is up to the system: it may take a while
    // until it was as many as ever.
    let mut used = (0..WARM).map(|_| allocation_counter::measure(|| (0..10).for_each(|_| calls())));
    assert!(used.any(|used| used.count_total == 0));
}

#[test]
fn a_server_allocates_nothing_for_a_call() {
    for transport in Transport::INET {
        let few = allocations_for(transport, WARM);
        let many = allocations_for(transport, 5 * WARM);
        assert_eq!(few, many, "{transport}");
    }
}

/// How often a server allocates in a life of so many calls.
fn allocations_for(transport: Transport, calls: u32) -> u64 {
    let server = Server::builder().service(Probe::default()).listen("127.0.0.1:0").bind().unwrap();
    let (addr, stop) = (server.tcp_addr().unwrap(), server.stop_handle());
    let calling = std::thread::spawn(move || {
        let client = Client::builder().connect(transport, addr).unwrap();
        (0..calls).for_each(|_| client.call::<(), ()>(PROGRAM, 1, 0, &()).unwrap());
        stop.stop();
    });
    let used = allocation_counter::measure(|| server.run().unwrap());
    calling.join().unwrap();
    used.count_total
}
