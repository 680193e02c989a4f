//! Record marking (RFC 5531 section 11), as it should be and as it should not (immunity 14 to 17).

use std::time::Duration;

use sunrpc_tests::wire::{call, fragment, opaque, record, success, words};

use crate::victim::{ECHO, PROGRAM, VERSION, Victim};

/// The longest record by default.
const CAP: usize = 1 << 20;

fn null(xid: u32) -> Vec<u8> {
    call(xid, PROGRAM, VERSION, 0, &[])
}

#[test]
fn a_call_in_fragments() {
    let victim = Victim::start();
    let mut tcp = victim.tcp();
    let message = null(1);
    for size in [1, 2, 3, 4, 7, 20, 39, 40] {
        let pieces = message.chunks(size);
        let last = pieces.len() - 1;
        let bytes: Vec<u8> =
            pieces.enumerate().flat_map(|(at, piece)| fragment(piece, at == last)).collect();
        tcp.send(&bytes).unwrap();
        assert_eq!(tcp.receive(), Some(success(1, &[])), "fragments of {size} bytes");
    }
    // Empty fragments are allowed, first, between and last.
    let bytes = [
        fragment(&[], false),
        fragment(&message[..10], false),
        fragment(&[], false),
        fragment(&message[10..], false),
        fragment(&[], true),
    ]
    .concat();
    tcp.send(&bytes).unwrap();
    assert_eq!(tcp.receive(), Some(success(1, &[])));
    victim.unharmed();
}

/// Bytes arrive as the network likes.
#[test]
fn a_call_byte_by_byte() {
    let victim = Victim::start();
    let mut tcp = victim.tcp();
    for xid in 0..3 {
        for byte in record(&null(xid)) {
            tcp.send(&[byte]).unwrap();
        }
        assert_eq!(tcp.receive(), Some(success(xid, &[])));
    }
    victim.unharmed();
}

/// Many calls in one segment are all answered, in order.
#[test]
fn many_calls_at_once() {
    let victim = Victim::start();
    let mut tcp = victim.tcp();
    let calls: Vec<u8> = (0..1000).flat_map(|xid| record(&null(xid))).collect();
    tcp.send(&calls).unwrap();
    for xid in 0..1000 {
        assert_eq!(tcp.receive(), Some(success(xid, &[])));
    }
    victim.unharmed();
}

/// The cap itself is allowed; and five records of it cost no more than one.
#[test]
fn the_longest_record() {
    let victim = Victim::start();
    let data = vec![5; CAP - 44];
    let args = opaque(&data);
    let message = call(1, PROGRAM, VERSION, ECHO, &args);
    assert_eq!(message.len(), CAP);
    let mut tcp = victim.tcp();
    for _ in 0..5 {
        assert_eq!(tcp.exchange(&message), Some(success(1, &args)));
    }
    // The record and its reply, whose memory is used again.
    let grown = victim.used().resident;
    assert!(grown <= 9 << 18, "grew by {grown} bytes");
}

/// One byte more is refused: in one fragment, and in two that come to it.
#[test]
fn one_byte_too_long() {
    let victim = Victim::start();
    let over = u32::try_from(CAP + 1).unwrap();
    for bytes in [
        words(&[0x8000_0000 | over]),
        words(&[over]),
        [fragment(&[0; 1000], false), words(&[0x8000_0000 | (over - 1000)])].concat(),
        [fragment(&[0; 4], false), words(&[over - 4])].concat(),
    ] {
        let mut tcp = victim.tcp();
        tcp.send(&bytes).unwrap();
        assert_eq!(tcp.receive(), None, "{:02x?}…", &bytes[..4]);
    }
    victim.unharmed();
}

/// The same where the limit is so low that a record arrives at once.
#[test]
fn one_byte_too_long_at_once() {
    let victim = Victim::with(&["record=70000"]);
    for (len, good) in [(69_996, true), (70_000, true), (70_004, false)] {
        let message = call(1, PROGRAM, VERSION, ECHO, &opaque(&vec![5; len - 44]));
        assert_eq!(message.len(), len);
        assert_eq!(victim.tcp().exchange(&message).is_some(), good, "{len} bytes");
    }
    let victim = Victim::with(&["record=60100"]);
    for (len, good) in [(60_100, true), (60_104, false)] {
        let message = call(1, PROGRAM, VERSION, ECHO, &opaque(&vec![5; len - 44]));
        assert_eq!(victim.tcp().exchange(&message).is_some(), good, "{len} bytes");
    }
    victim.unharmed();
}

/// A fragment is not reserved before it arrives.
#[test]
fn the_longest_mark() {
    let victim = Victim::start();
    for mark in [0xffff_ffff, 0x7fff_ffff, 0xc000_0000, 0x8010_0001] {
        let before = victim.used().resident;
        let mut tcp = victim.tcp();
        tcp.send(&words(&[mark])).unwrap();
        assert_eq!(tcp.receive(), None, "mark {mark:#x}");
        let grown = victim.used().resident.saturating_sub(before);
        assert!(grown <= 64 << 10, "mark {mark:#x}: grew by {grown} bytes");
    }
    // Nor is one that is allowed: a hundred connections that announce a megabyte each, and send eight bytes.
    let before = victim.used().resident;
    let announced: Vec<_> = (0..100)
        .map(|_| {
            let mut tcp = victim.tcp();
            tcp.send(&words(&[0x8010_0000, 1, 2])).unwrap();
            tcp
        })
        .collect();
    // Its answer comes after it has read those: they came first.
    assert_eq!(victim.tcp().exchange(&null(9)), Some(success(9, &[])));
    let grown = victim.used().resident.saturating_sub(before);
    assert!(grown <= 1 << 20, "a hundred marks: grew by {grown} bytes");
    drop(announced);
    victim.unharmed();
}

/// The fragment that is one too many closes the connection as it comes, and not when the record is whole.
#[test]
fn one_fragment_too_many() {
    let victim = Victim::start();
    for empty in 0..64 {
        let message = [words(&vec![0; empty]), fragment(&null(1), true)].concat();
        let mut tcp = victim.tcp();
        tcp.send(&message).unwrap();
        assert_eq!(tcp.receive(), Some(success(1, &[])), "{empty} empty fragments");
    }
    let mut tcp = victim.tcp();
    tcp.send(&words(&[0; 64])).unwrap();
    let mut still_open = victim.tcp();
    assert_eq!(still_open.exchange(&null(2)), Some(success(2, &[])));
    tcp.0.set_nonblocking(true).unwrap();
    assert!(tcp.0.peek(&mut [0]).is_err(), "closed after 64");
    tcp.0.set_nonblocking(false).unwrap();
    tcp.send(&words(&[0])).unwrap();
    assert_eq!(tcp.receive(), None);
    victim.unharmed();
}

/// Empty fragments for ever: the connection is closed, and they cost no time.
#[test]
fn empty_fragments_for_ever() {
    let victim = Victim::start();
    let mut tcp = victim.tcp();
    let before = victim.used().cpu;
    let piece = vec![0; 4 << 10];
    // A million marks; sending fails once the peer has closed.
    let sent = (0..1000).take_while(|_| tcp.send(&piece).is_ok()).count();
    assert_eq!(tcp.receive(), None, "after {sent} pieces");
    let spent = victim.used().cpu.saturating_sub(before);
    assert!(spent <= Duration::from_millis(50), "{spent:?} on a processor");
    victim.unharmed();
}

/// A hundred thousand fragments of one byte: the same.
#[test]
fn tiny_fragments_for_ever() {
    let victim = Victim::start();
    let mut tcp = victim.tcp();
    let before = victim.used().cpu;
    let piece = fragment(b"x", false).repeat(1000);
    let sent = (0..100).take_while(|_| tcp.send(&piece).is_ok()).count();
    assert_eq!(tcp.receive(), None, "after {sent} pieces");
    let spent = victim.used().cpu.saturating_sub(before);
    assert!(spent <= Duration::from_millis(50), "{spent:?} on a processor");
    victim.unharmed();
}
