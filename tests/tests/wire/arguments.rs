//! Arguments that are not what they should be: `GARBAGE_ARGS`, no memory, and the next call works
//! (immunity 1 to 4, 8 to 12).

use sunrpc_tests::{
    usage::Usage,
    wire::{call, garbage_args, opaque, success, words},
};

use crate::victim::{ECHO, LENGTH, NAME, NOT, PROGRAM, SUM, VERSION, Victim};

const XID: u32 = 0x1122_3344;

fn message(procedure: u32, args: &[u8]) -> Vec<u8> {
    call(XID, PROGRAM, VERSION, procedure, args)
}

/// Calls of every procedure with arguments, and how each is answered.
fn corpus() -> Vec<(u32, Vec<u8>, Vec<u8>)> {
    let list = [words(&[1]), opaque(b"one"), words(&[1]), opaque(b"two"), words(&[0])].concat();
    vec![
        (ECHO, opaque(b"hello"), opaque(b"hello")),
        (NAME, opaque(b"a name"), opaque(b"a name")),
        (SUM, words(&[3, 10, 20, 12]), words(&[42])),
        (LENGTH, list, words(&[2])),
        (NOT, words(&[1]), words(&[0])),
    ]
}

/// Lengths and counts that lie, in every argument that has one.
#[test]
fn hostile_lengths() {
    let victim = Victim::start();
    for len in [
        0xffff_ffff_u32,
        0xffff_fffe,
        0xffff_fffd,
        0xffff_fffc,
        0x8000_0000,
        0x7fff_ffff,
        0x4000_0001,
        0x1000_0000,
        65,
    ] {
        let lies = [
            (ECHO, words(&[len, 0, 0])),
            (NAME, words(&[len, 0, 0])),
            (SUM, words(&[len, 0, 0])),
            (LENGTH, words(&[1, len, 0, 0])),
            (LENGTH, [words(&[1]), opaque(b"one"), words(&[1, len])].concat()),
        ];
        for (procedure, args) in lies {
            let reply = victim.exchange(&message(procedure, &args));
            assert_eq!(reply, garbage_args(XID), "procedure {procedure}, length {len:#x}");
        }
    }
    victim.unharmed();
}

/// Immunity 1: memory allocated from a length and lost, a thousand times.
#[test]
fn a_thousand_bombs() {
    let victim = Victim::start();
    let udp = victim.udp();
    let bomb = message(ECHO, &words(&[0x1000_0000]));
    for _ in 0..1000 {
        assert_eq!(udp.exchange(&bomb), garbage_args(XID));
    }
    victim.unharmed();
}

/// Immunity 9 and 10: every message cut at every byte. What is long enough to be a call is answered; stale bytes of
/// the whole message that came just before it never serve.
#[test]
fn every_truncation() {
    let victim = Victim::start();
    let udp = victim.udp();
    let mut tcp = victim.tcp();
    for (procedure, args, results) in corpus() {
        let whole = message(procedure, &args);
        for cut in 0..whole.len() {
            assert_eq!(udp.exchange(&whole), success(XID, &results));
            let cut_off = &whole[..cut];
            if cut < 40 {
                victim.is_silent_about(cut_off);
            } else {
                assert_eq!(udp.exchange(cut_off), garbage_args(XID), "UDP, cut at {cut}");
                assert_eq!(tcp.exchange(&whole), Some(success(XID, &results)));
                assert_eq!(tcp.exchange(cut_off), Some(garbage_args(XID)), "TCP, cut at {cut}");
            }
        }
    }
    victim.unharmed();
}

/// Immunity 11: bytes left over behind the arguments are refused, as the documentation says.
#[test]
fn trailing_bytes() {
    let victim = Victim::start();
    for (procedure, args, results) in corpus() {
        assert_eq!(victim.exchange(&message(procedure, &args)), success(XID, &results));
        for more in [1, 4, 8, 100] {
            let longer = [&args[..], &vec![0; more]].concat();
            assert_eq!(victim.exchange(&message(procedure, &longer)), garbage_args(XID));
        }
    }
    assert_eq!(victim.exchange(&message(0, &[0; 8])), garbage_args(XID));
    victim.unharmed();
}

/// Immunity 12: values that are not canonical.
#[test]
fn values_not_canonical() {
    let victim = Victim::start();
    let odd = [
        (NOT, words(&[2])),
        (NOT, words(&[u32::MAX])),
        (NOT, words(&[0x0100_0000])),
        (LENGTH, words(&[2])),
        (ECHO, words(&[5, 0x6865_6c6c, 0x6f00_0001])),
        (ECHO, words(&[1, 0x6101_0000])),
        (NAME, words(&[3, 0x6162_63ff])),
        (NAME, words(&[2, 0xc080_0000])),
        (NAME, opaque(&[b'x'; 65])),
    ];
    for (procedure, args) in odd {
        let reply = victim.exchange(&message(procedure, &args));
        assert_eq!(reply, garbage_args(XID), "procedure {procedure}, {args:02x?}");
    }
    victim.unharmed();
}

/// Immunity 7 and 8: the longest list of the shortest nodes that a record can hold. It is read in a loop, and what it
/// takes is given back.
#[test]
fn the_longest_list() {
    let mut victim = Victim::start();
    let nodes = ((1 << 20) - 44) / 8;
    let mut args = words(&[1, 0]).repeat(nodes);
    args.extend(words(&[0]));
    let mut tcp = victim.tcp();
    for _ in 0..20 {
        let reply = tcp.exchange(&message(LENGTH, &args)).expect("an answer");
        let count = u32::try_from(nodes).expect("a count");
        assert!(
            reply == success(XID, &words(&[count])) || reply == garbage_args(XID),
            "{:02x?}",
            &reply[..24.min(reply.len())]
        );
    }
    drop(tcp);
    victim.answers();
    // The allocator may keep some of it; what it may not do is to keep some of it each time.
    let once = Usage::of(victim.daemon.id()).resident;
    let mut tcp = victim.tcp();
    for _ in 0..100 {
        let _ = tcp.exchange(&message(LENGTH, &args));
    }
    let grown = Usage::of(victim.daemon.id()).resident.saturating_sub(once);
    assert!(grown <= 1 << 20, "grew by {grown} bytes in a hundred calls");
    victim.answers();
}
