//! A server's core, fed datagrams of several peers while time goes by.

use std::{
    collections::HashMap,
    net::SocketAddr,
    time::{Duration, Instant},
};

use sunrpc::{
    proto::{AcceptStat, AcceptedReply, MsgBody, ReplyBody, RpcMsg},
    server::{Core, Limits, Server},
    xdr::Reader,
};

use crate::{
    input::Input,
    kitchen::{self, Cook, x::KitchenV1Server},
};

/// A sequence of: peer, seconds that go by, a length, and as many bytes of a datagram.
pub fn run(data: &[u8]) {
    let mut input = Input(data);
    let mut core = server();
    let mut now = Instant::now();
    let mut answered: HashMap<(SocketAddr, &[u8]), Answer> = HashMap::new();
    let (mut reply, mut remembered) = (Vec::new(), 0);
    let limits = Limits::default().duplicates;
    while !input.is_empty() {
        let peer = SocketAddr::from(([192, 0, 2, input.byte() % 4], 1000));
        now += Duration::from_secs(u64::from(input.byte()));
        let len = usize::from(input.short());
        let message = input.chunk(len);
        reply.clear();
        core.datagram(peer, message, now, &mut reply);
        check_reply(message, &reply);
        // As long as the cache cannot have forgotten it, a copy gets the same answer.
        remembered += reply.len() + 256;
        if remembered > limits.max_bytes {
            return;
        }
        let (first, before) =
            answered.entry((peer, message)).or_insert_with(|| (now, reply.clone()));
        if now - *first <= limits.max_age {
            assert_eq!(before, &reply, "a copy got another answer");
        } else {
            (*first, *before) = (now, reply.clone());
        }
    }
}

/// When the first one was given, and what it was.
type Answer = (Instant, Vec<u8>);

/// Every call alone, and some calls one after the other with copies among them.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let item = |peer: u8, seconds: u8, call: &[u8]| {
        let len = u16::try_from(call.len()).expect("a short call").to_be_bytes();
        [&[peer, seconds], &len[..], call].concat()
    };
    let calls = kitchen::calls();
    let mut seeds: Vec<_> = calls.iter().map(|call| item(0, 0, call)).collect();
    seeds.push(
        calls.iter().flat_map(|call| [item(0, 0, call), item(1, 30, call)].concat()).collect(),
    );
    let count = &calls[3];
    seeds.push(
        [item(0, 0, count), item(0, 59, count), item(0, 1, count), item(0, 9, count)].concat(),
    );
    seeds
}

/// A server of the kitchen.
#[must_use]
pub fn server() -> Core {
    Server::builder().service(KitchenV1Server(Cook::default())).core()
}

/// A reply is to a call, carries its id, and does not say that the server has failed: no handler here does, so that
/// would be a panic.
///
/// # Panics
///
/// It is otherwise.
pub fn check_reply(message: &[u8], reply: &[u8]) {
    if reply.is_empty() {
        return;
    }
    assert_eq!(message.get(4..8), Some(&[0; 4][..]), "a reply to what is no call");
    let msg: RpcMsg<'_> = Reader::new(reply).get().expect("a reply that can be read");
    assert_eq!(message.get(..4), Some(&msg.xid.to_be_bytes()[..]), "the id");
    match msg.body {
        MsgBody::Call(_) => panic!("a call for an answer"),
        MsgBody::Reply(ReplyBody::Accepted(AcceptedReply { stat, .. })) => {
            assert_ne!(stat, AcceptStat::SystemErr, "a handler failed");
        }
        MsgBody::Reply(ReplyBody::Denied(_)) => {}
    }
}
