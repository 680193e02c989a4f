//! Every place at which a stream can be cut in two, and in three.

use std::time::Instant;

use sunrpc::{
    proto::{RecordLimits, RecordReader},
    server::Core,
};
use sunrpc_tests::wire::fragment;

use crate::{
    ledger::Ledger,
    order::{Order, WORK, WORK_SILENTLY, filler, read_reply},
    server::{FORGETFUL, core},
    service::Books,
    worlds::EXACTLY_ONCE,
};

/// Three calls; the second has no answer, the third comes in three fragments, one of them empty.
fn stream() -> Vec<u8> {
    let order = |call, len| Order { call, answer_len: 3, load: filler(call, len) };
    let last = order(2, 9).message(72, WORK);
    let (front, back) = last.split_at(30);
    [
        fragment(&order(0, 1).message(70, WORK), true),
        fragment(&order(1, 4).message(71, WORK_SILENTLY), true),
        fragment(front, false),
        fragment(&[], false),
        fragment(back, true),
    ]
    .concat()
}

/// A server that three calls are expected at.
fn server() -> (Core, Books) {
    let mut ledger = Ledger::new(EXACTLY_ONCE);
    for _ in 0..3 {
        ledger.begin_unanswered(0);
    }
    let books = Books::new(ledger);
    (core(0, &books, FORGETFUL, FORGETFUL), books)
}

fn answers(pieces: &[&[u8]]) -> Vec<u8> {
    let (mut core, books) = server();
    let mut records = RecordReader::new(RecordLimits::default());
    let mut out = Vec::new();
    for piece in pieces {
        let peer = ([10, 0, 0, 1], 1000).into();
        core.stream(peer, &mut records, piece, Instant::now(), &mut out).expect("a stream");
    }
    books.open().batch_done(&[0, 1, 2]);
    assert_eq!(books.open().check(), Ok(()));
    out
}

fn ids(pieces: &[&[u8]]) -> Vec<u32> {
    let mut records = RecordReader::new(RecordLimits::default());
    let mut ids = Vec::new();
    for mut piece in pieces.iter().copied() {
        while let Some(record) = records.next(&mut piece).expect("a stream") {
            ids.push(read_reply(record).expect("a reply").0);
        }
    }
    ids
}

/// `whole` in two pieces and in three, one of which may be empty, cut at every place.
fn every_cut(whole: &[u8], mut take: impl FnMut(&[&[u8]])) {
    for first in 0..=whole.len() {
        for second in first..=whole.len() {
            take(&[&whole[..first], &whole[first..second], &whole[second..]]);
        }
    }
}

#[test]
fn calls_cut_anywhere() {
    let stream = stream();
    let whole = answers(&[&stream]);
    assert_eq!(ids(&[&whole]), [70, 72]);
    every_cut(&stream, |pieces| assert_eq!(answers(pieces), whole));
    let bytes: Vec<&[u8]> = stream.chunks(1).collect();
    assert_eq!(answers(&bytes), whole);
}

#[test]
fn replies_cut_anywhere() {
    let replies = answers(&[&stream()]);
    every_cut(&replies, |pieces| assert_eq!(ids(pieces), [70, 72]));
}
