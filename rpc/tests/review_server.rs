//! Faults that a review of the server has found.

mod common;

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use sunrpc::proto::{DuplicateLimits, Duplicates, Seen, Ticket};

/// More than fit into the memory: what is remembered of each must not cost a look at all of them.
#[test]
fn calls_under_way_cost_others_nothing() {
    const CALLS: u32 = 10_000;
    let mut duplicates =
        Duplicates::new(DuplicateLimits { max_bytes: 0, ..DuplicateLimits::default() });
    let (peer, began): (SocketAddr, _) = ("127.0.0.1:1".parse().unwrap(), Instant::now());
    let new = |duplicates: &mut Duplicates, xid| match duplicates.look(peer, xid, b"x", began) {
        Seen::New(ticket) => ticket,
        seen => panic!("{seen:?}"),
    };
    let tickets: Vec<Ticket> = (0..CALLS).map(|xid| new(&mut duplicates, xid)).collect();
    tickets.into_iter().for_each(|ticket| duplicates.finish(ticket, Some(b"reply")));
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(duplicates.bytes(), 0);
}
