//! A server's core, fed a stream: how it is cut into pieces makes no difference.

use std::time::Instant;

use sunrpc::{
    proto::{RecordLimits, RecordReader},
    server::StreamError,
};
use sunrpc_tests::wire;

use crate::{
    datagrams::{check_reply, server},
    input::Input,
    kitchen,
};

/// How the stream is cut, then the stream.
pub fn run(data: &[u8]) {
    let mut input = Input(data);
    let cuts = usize::from(input.byte());
    let mut cuts = Input(input.chunk(cuts));
    let stream = input.0;
    let (whole, end) = answers(&[stream]);
    assert_eq!(answers(&cuts.pieces(stream)), (whole.clone(), end), "other pieces, other answers");
    check(stream, &whole);
}

/// Calls in one piece and in many, in one fragment and in several.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let calls = kitchen::calls();
    let all: Vec<u8> = calls.iter().flat_map(|call| wire::record(call)).collect();
    let torn: Vec<u8> = calls
        .iter()
        .flat_map(|call| {
            let (front, back) = call.split_at(call.len() / 2);
            [wire::fragment(front, false), wire::fragment(back, true)].concat()
        })
        .collect();
    let heads: [&[u8]; 3] = [&[0], &[3, 1, 50, 7], &[6, 255, 255, 3, 1, 1, 1]];
    let mut seeds: Vec<_> =
        calls.iter().map(|call| [&[0], &wire::record(call)[..]].concat()).collect();
    for stream in [all, torn] {
        seeds.extend(heads.iter().map(|head| [head, &stream[..]].concat()));
    }
    seeds
}

fn answers(pieces: &[&[u8]]) -> (Vec<u8>, Result<(), StreamError>) {
    let mut core = server();
    let mut records = RecordReader::new(RecordLimits::default());
    let mut out = Vec::new();
    let peer = ([192, 0, 2, 1], 1000).into();
    for piece in pieces {
        if let Err(error) = core.stream(peer, &mut records, piece, Instant::now(), &mut out) {
            return (out, Err(error));
        }
    }
    (out, Ok(()))
}

/// Each reply belongs to a call, in the order of the calls.
fn check(stream: &[u8], replies: &[u8]) {
    let (calls, replies) = (split(stream), split(replies));
    let mut calls = calls.iter();
    for reply in &replies {
        let call = calls.find(|call| call.get(..4) == reply.get(..4)).expect("a reply to no call");
        check_reply(call, reply);
    }
}

/// The records of a stream, as far as it can be understood.
fn split(mut stream: &[u8]) -> Vec<Vec<u8>> {
    let mut reader = RecordReader::new(RecordLimits::default());
    let mut records = Vec::new();
    while let Ok(Some(record)) = reader.next(&mut stream) {
        records.push(record.to_vec());
    }
    records
}
