//! A server without sockets: it appends what is to be sent, and says where a stream ends.

use std::time::Instant;

use crate::common::{COUNT, Probe, call, record, success};
use sunrpc::{
    proto::{RecordError, RecordLimits, RecordReader},
    server::{Core, Server, StreamError},
};

fn core() -> Core {
    Server::builder().service(Probe::default()).core()
}

#[test]
fn replies_stand_one_behind_the_other() {
    let (mut core, peer, mut out) = (core(), "127.0.0.1:9".parse().unwrap(), Vec::new());
    let calls = [1, 2].map(|xid| call(xid, 1, COUNT, &[]));
    for number in [0, 1, 1] {
        core.datagram(peer, &calls[number], Instant::now(), &mut out);
    }
    let [first, second] = [(0, 1), (1, 2)].map(|(number, count)| success(&calls[number], &[count]));
    assert_eq!(out, [&first[..], &second, &second].concat());
}

#[test]
fn a_stream_ends_at_what_is_no_call() {
    let (mut core, peer) = (core(), "127.0.0.1:9".parse().unwrap());
    let null = call(1, 1, 0, &[]);
    let good = record(&null);
    for (bad, why) in [
        (record(&success(&null, &[])), StreamError::NoCall),
        (record(&null[..20]), StreamError::NoCall),
        (vec![0xFF; 4], StreamError::Record(RecordError::TooLong)),
    ] {
        let (mut records, mut out) = (RecordReader::new(RecordLimits::default()), Vec::new());
        let input = [&good[..], &bad, &good].concat();
        assert_eq!(core.stream(peer, &mut records, &input, Instant::now(), &mut out), Err(why));
        assert_eq!(out, record(&success(&null, &[])), "what came before was answered");
    }
}
