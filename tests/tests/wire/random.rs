//! Random bytes and damaged messages. Each seed is fixed; a failure names the message.

use sunrpc_tests::{
    rng::Rng,
    wire::{call, opaque, record, success, words},
};

use crate::victim::{ECHO, LENGTH, NAME, NOT, PROGRAM, SUM, VERSION, Victim};

/// A proper call with a few bytes changed, added or taken away.
fn damaged(rng: &mut Rng) -> Vec<u8> {
    let args = [
        (ECHO, opaque(b"some bytes")),
        (NAME, opaque(b"a name")),
        (SUM, words(&[3, 1, 2, 3])),
        (LENGTH, [words(&[1]), opaque(b"one"), words(&[0])].concat()),
        (NOT, words(&[1])),
    ];
    let (procedure, args) = &args[rng.below(args.len())];
    let mut message = call(7, PROGRAM, VERSION, *procedure, args);
    for _ in 0..=rng.below(4) {
        let place = rng.below(message.len());
        match rng.below(4) {
            0 => message[place] = rng.bytes(1)[0],
            1 => message[place] ^= 1 << rng.below(8),
            2 => message.truncate(place.max(1)),
            _ => {
                let more = rng.below(9);
                message.extend(rng.bytes(more));
            }
        }
    }
    message
}

/// A reply must look like one, and carry the xid back.
fn is_proper(message: &[u8], reply: &[u8]) {
    assert_eq!(reply.get(..4), message.get(..4), "the xid: {message:02x?} got {reply:02x?}");
    assert_eq!(reply.get(4..8), Some(&[0, 0, 0, 1][..]), "{message:02x?} got {reply:02x?}");
    assert!(reply.len() >= 20 && reply.len().is_multiple_of(4), "{message:02x?} got {reply:02x?}");
}

/// Over UDP, every message is answered properly or not at all; then comes the answer to the NULL call behind it.
#[test]
fn datagrams() {
    let victim = Victim::start();
    let udp = victim.udp();
    let mut rng = Rng(0x5eed_0001);
    let null = call(0xfeed_beef, PROGRAM, VERSION, 0, &[]);
    for round in 0..5000 {
        let message = if round % 4 == 0 {
            let len = rng.below(200);
            rng.bytes(len)
        } else {
            damaged(&mut rng)
        };
        udp.send(&message);
        let mut reply = udp.exchange(&null);
        if reply != success(0xfeed_beef, &[]) {
            is_proper(&message, &reply);
            reply = udp.receive();
        }
        assert_eq!(reply, success(0xfeed_beef, &[]), "after {message:02x?}");
    }
    victim.unharmed();
}

/// Over TCP, the same, or the connection is closed.
#[test]
fn records() {
    let victim = Victim::start();
    let mut tcp = victim.tcp();
    let mut rng = Rng(0x5eed_0002);
    let null = call(0xfeed_beef, PROGRAM, VERSION, 0, &[]);
    let (mut closed, mut answered) = (0, 0);
    for _ in 0..5000 {
        let message = damaged(&mut rng);
        let _ = tcp.send(&record(&message));
        match tcp.exchange(&null) {
            None => {
                closed += 1;
                tcp = victim.tcp();
            }
            Some(reply) if reply == success(0xfeed_beef, &[]) => {}
            Some(reply) => {
                answered += 1;
                is_proper(&message, &reply);
                assert_eq!(tcp.receive(), Some(success(0xfeed_beef, &[])), "after {message:02x?}");
            }
        }
    }
    assert!(closed > 100 && answered > 1000, "{closed} closed, {answered} answered");
    victim.unharmed();
}

/// A stream of anything: it is closed, or its end is; the server lives.
#[test]
fn streams() {
    let mut victim = Victim::start();
    let mut rng = Rng(0x5eed_0003);
    for round in 0..300 {
        let mut tcp = victim.tcp();
        let len = rng.below(3000);
        let mut bytes = rng.bytes(len);
        if round % 2 == 0 && bytes.len() > 4 {
            // A mark that is allowed, so that what follows is looked at.
            bytes[..4].copy_from_slice(&[0x80, 0, 0, 0x28]);
        }
        let _ = tcp.send(&bytes);
        let _ = tcp.0.shutdown(std::net::Shutdown::Write);
        for _ in 0..100 {
            if tcp.receive().is_none() {
                break;
            }
        }
    }
    victim.answers();
    victim.unharmed();
}
