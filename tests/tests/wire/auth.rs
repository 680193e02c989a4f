//! Credentials and verifiers: their bounds are checked before anything else is done (immunity 5, 6, 36).

use sunrpc_tests::wire::{auth_error, call_as, opaque, success, words};

use crate::victim::{PROGRAM, VERSION, Victim};

const BAD_CRED: u32 = 1;
const REJECTED_CRED: u32 = 2;
const BAD_VERF: u32 = 3;

/// A NULL call with a credential of this flavor and body.
fn null(flavor: u32, body: &[u8]) -> Vec<u8> {
    let auth = [words(&[flavor]), opaque(body), words(&[0, 0])].concat();
    call_as(7, PROGRAM, VERSION, 0, &auth, &[])
}

/// The body of an `AUTH_SYS` credential.
fn sys(machine: &[u8], gids: u32) -> Vec<u8> {
    let numbers: Vec<u32> = [0, 0, gids].into_iter().chain(0..gids).collect();
    [words(&[0x1234_5678]), opaque(machine), words(&numbers)].concat()
}

#[test]
fn auth_sys_within_its_bounds() {
    let victim = Victim::start();
    for (machine, gids) in [(0, 0), (1, 1), (255, 0), (255, 16), (10, 16)] {
        let message = null(1, &sys(&vec![b'm'; machine], gids));
        assert_eq!(victim.exchange(&message), success(7, &[]), "{machine} bytes, {gids} gids");
    }
    // A machine's name is bytes, not text.
    assert_eq!(victim.exchange(&null(1, &sys(b"\xff\xfe", 0))), success(7, &[]));
    victim.unharmed();
}

#[test]
fn auth_sys_beyond_its_bounds() {
    let victim = Victim::start();
    let good = sys(b"machine", 2);
    let mut bad = vec![
        Vec::new(),                    // immunity 6: nothing at all
        sys(&[b'm'; 256], 0),          // a name of 256 bytes, all there
        sys(b"m", 17),                 // 17 groups, all there
        [&good[..], &[0; 4]].concat(), // more than there should be
    ];
    bad.extend((0..good.len()).map(|cut| good[..cut].to_vec()));
    // Lengths that are lies: of the name, and of the groups.
    for len in [256, 1 << 20, 0x7fff_ffff, 0x8000_0000, 0xffff_fffc, u32::MAX] {
        for place in [4, 24] {
            let mut lie = good.clone();
            lie[place..place + 4].copy_from_slice(&len.to_be_bytes());
            bad.push(lie);
        }
    }
    for body in bad {
        assert_eq!(victim.exchange(&null(1, &body)), auth_error(7, BAD_CRED), "{body:02x?}");
    }
    victim.unharmed();
}

/// Flavors that are not spoken here are denied. A body of more than 400 bytes is no credential at all (RFC 5531 section
/// 8.2), whatever its flavor.
#[test]
fn other_flavors() {
    let victim = Victim::start();
    for flavor in [2, 3, 6, 300_000, 0x8000_0000, u32::MAX] {
        for (lens, stat) in [([0, 1, 4, 400], REJECTED_CRED), ([401, 404, 405, 5000], BAD_CRED)] {
            for len in lens {
                let reply = victim.exchange(&null(flavor, &vec![1; len]));
                assert_eq!(reply, auth_error(7, stat), "flavor {flavor} of {len} bytes");
            }
        }
    }
    victim.unharmed();
}

/// A credential or a verifier of more than 400 bytes, and lengths that are lies.
#[test]
fn bodies_too_long() {
    let victim = Victim::start();
    for flavor in [0, 1] {
        assert_eq!(victim.exchange(&null(flavor, &[0; 401])), auth_error(7, BAD_CRED));
    }
    for len in [401_u32, 0x7fff_ffff, 0x8000_0000, 0xffff_fffc, 0xffff_ffff] {
        let cred = words(&[0, len, 0, 0, 0, 0]);
        let message = call_as(7, PROGRAM, VERSION, 0, &cred, &[]);
        assert_eq!(victim.exchange(&message), auth_error(7, BAD_CRED), "{len:#x}");
        let verf = words(&[0, 0, 0, len, 0, 0]);
        let message = call_as(7, PROGRAM, VERSION, 0, &verf, &[]);
        assert_eq!(victim.exchange(&message), auth_error(7, BAD_VERF), "{len:#x}");
    }
    let long = [words(&[0, 0, 0]), opaque(&[0; 401])].concat();
    let message = call_as(7, PROGRAM, VERSION, 0, &long, &[]);
    assert_eq!(victim.exchange(&message), auth_error(7, BAD_VERF));
    victim.unharmed();
}
