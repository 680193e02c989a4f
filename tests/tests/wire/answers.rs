//! What RFC 5531 section 9 says to each kind of call, byte for byte, over UDP and TCP.

use sunrpc_tests::wire::{
    call, opaque, proc_unavail, prog_mismatch, prog_unavail, rpc_mismatch, success, system_err,
    words,
};

use crate::victim::{ECHO, PANIC, PROGRAM, VERSION, Victim};

#[test]
fn success_with_and_without_results() {
    let victim = Victim::start();
    assert_eq!(victim.exchange(&call(1, PROGRAM, VERSION, 0, &[])), success(1, &[]));
    for len in [0, 1, 2, 3, 4, 5, 1000] {
        let args = opaque(&vec![b'x'; len]);
        assert_eq!(
            victim.exchange(&call(u32::MAX, PROGRAM, VERSION, ECHO, &args)),
            success(u32::MAX, &args)
        );
    }
    victim.unharmed();
}

#[test]
fn no_such_program() {
    let victim = Victim::start();
    for program in [0, 100_000, PROGRAM - 1, PROGRAM + 1, u32::MAX] {
        assert_eq!(victim.exchange(&call(2, program, VERSION, 0, &[])), prog_unavail(2));
    }
    victim.unharmed();
}

/// The range is the real one: versions 2 and 4 are there, 3 is not.
#[test]
fn no_such_version() {
    let victim = Victim::start();
    for version in [0, 1, 3, 5, u32::MAX] {
        assert_eq!(victim.exchange(&call(3, PROGRAM, version, 0, &[])), prog_mismatch(3, 2, 4));
    }
    assert_eq!(victim.exchange(&call(3, PROGRAM, 4, 0, &[])), success(3, &[]));
    victim.unharmed();
}

#[test]
fn no_such_procedure() {
    let victim = Victim::start();
    for procedure in [9, 1000, 0x8000_0000, u32::MAX] {
        let args = opaque(b"arguments that nobody reads");
        assert_eq!(victim.exchange(&call(4, PROGRAM, VERSION, procedure, &args)), proc_unavail(4));
    }
    victim.unharmed();
}

/// Another version of the protocol is denied, whatever follows its number.
#[test]
fn no_such_protocol() {
    let victim = Victim::start();
    for version in [0, 1, 3, 0x0200_0000, u32::MAX] {
        let mut message = call(5, PROGRAM, VERSION, 0, &[]);
        message[8..12].copy_from_slice(&version.to_be_bytes());
        assert_eq!(victim.exchange(&message), rpc_mismatch(5));
        assert_eq!(victim.exchange(&message[..12]), rpc_mismatch(5), "nothing behind it");
    }
    victim.unharmed();
}

/// A handler that panics has failed; its caller hears of it, and the next call works.
#[test]
fn a_handler_that_panics() {
    let mut victim = Victim::start();
    for xid in 0..20 {
        assert_eq!(victim.exchange(&call(xid, PROGRAM, VERSION, PANIC, &[])), system_err(xid));
    }
    victim.answers();
}

/// Immunity 30: a reply to a reply could go to and fro for ever.
#[test]
fn what_is_no_call_is_not_answered() {
    let victim = Victim::start();
    for message_type in [1, 2, 3, 0x0100_0000, u32::MAX] {
        victim.is_silent_about(&words(&[6, message_type, 2, PROGRAM, VERSION, 0, 0, 0, 0, 0]));
        victim.is_silent_about(&words(&[6, message_type]));
        // A proper reply, such as another server sends.
        victim.is_silent_about(&words(&[6, message_type, 0, 0, 0, 0]));
        victim.is_silent_about(&words(&[6, message_type, 1, 0, 2, 2]));
    }
    victim.unharmed();
}
