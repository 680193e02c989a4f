//! What is a copy of a call, and what only looks like one.

use std::time::Instant;

use sunrpc::proto::DuplicateLimits;

use crate::{
    ledger::{Ledger, Rules},
    order::{Order, WORK, filler, read_reply},
    server::{FORGETFUL, core},
    service::Books,
};

const OPEN: Rules = Rules { at_most_once: false, none_lost: false, given_back: true };

fn message(xid: u32, load_len: usize) -> Vec<u8> {
    Order { call: 0, answer_len: 5, load: filler(0, load_len) }.message(xid, WORK)
}

/// The numbers of the effects that the replies to these datagrams tell.
fn effects(datagrams: &[([u8; 4], u16, Vec<u8>)]) -> Vec<u64> {
    let mut ledger = Ledger::new(OPEN);
    ledger.begin_unanswered(0);
    let books = Books::new(ledger);
    let mut core = core(0, &books, DuplicateLimits::default(), FORGETFUL);
    let now = Instant::now();
    let answers = datagrams.iter().map(|(ip, port, message)| {
        let mut reply = Vec::new();
        core.datagram((*ip, *port).into(), message, now, &mut reply);
        read_reply(&reply).expect("a reply").1.number
    });
    answers.collect()
}

#[test]
fn the_same_from_the_same_is_a_copy() {
    let one = || ([10, 0, 0, 1], 1000, message(7, 3));
    assert_eq!(effects(&[one(), one(), one()]), [1, 1, 1]);
}

/// Ids are each caller's own: two may choose the same.
#[test]
fn the_same_from_another_is_a_call() {
    let from = |ip, port| (ip, port, message(7, 3));
    let (here, there) = ([10, 0, 0, 1], [10, 0, 0, 2]);
    let datagrams = [from(here, 1000), from(there, 1000), from(here, 1001), from(there, 1000)];
    assert_eq!(effects(&datagrams), [1, 2, 3, 2]);
}

#[test]
fn another_id_or_other_arguments_are_a_call() {
    let call = |xid, len| ([10, 0, 0, 1], 1000, message(xid, len));
    let datagrams = [call(7, 3), call(8, 3), call(7, 4), call(7, 2000), call(8, 3)];
    assert_eq!(effects(&datagrams), [1, 2, 3, 4, 2]);
}
