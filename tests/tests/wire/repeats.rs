//! A call that arrives twice over UDP runs once.

use sunrpc_tests::wire::{call, success, words};

use crate::victim::{COUNT, ECHO, PROGRAM, VERSION, Victim};

#[test]
fn a_repeated_call_is_answered_again_but_not_run_again() {
    let victim = Victim::start();
    let udp = victim.udp();
    for round in 1..=5 {
        let message = call(round * 1000, PROGRAM, VERSION, COUNT, &[]);
        for _ in 0..3 {
            assert_eq!(udp.exchange(&message), success(round * 1000, &words(&[round])));
        }
    }
    victim.unharmed();
}

/// The same xid is another call where the peer or the arguments are others.
#[test]
fn another_call_is_not_a_repeated_one() {
    let victim = Victim::start();
    let message = call(1, PROGRAM, VERSION, COUNT, &[]);
    for count in 1..=3 {
        assert_eq!(victim.udp().exchange(&message), success(1, &words(&[count])));
    }
    let udp = victim.udp();
    for text in [b"aaaa", b"bbbb"] {
        let args = sunrpc_tests::wire::opaque(text);
        let message = call(2, PROGRAM, VERSION, ECHO, &args);
        assert_eq!(udp.exchange(&message), success(2, &args));
    }
    // Another version is another service.
    assert_eq!(udp.exchange(&call(1, PROGRAM, 4, COUNT, &[])), success(1, &words(&[1])));
    victim.unharmed();
}

/// What is kept of replies is bounded.
#[test]
fn many_calls_are_not_kept_for_ever() {
    let victim = Victim::start();
    let udp = victim.udp();
    let args = sunrpc_tests::wire::opaque(&[9; 8000]);
    for xid in 0..2000 {
        assert_eq!(udp.exchange(&call(xid, PROGRAM, VERSION, ECHO, &args)).len(), 24 + args.len());
    }
    // 16 MB of replies went out; 1 MiB of them may be kept.
    let grown = victim.used().resident;
    assert!(grown <= 5 << 18, "grew by {grown} bytes");
}
