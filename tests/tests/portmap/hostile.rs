//! Hostile callers on the machine (immunity 1 to 4, 9 to 13, 21, 23, 25, 27, 28, 30).

use std::time::Duration;

use sunrpc_tests::{
    isolated::isolated,
    needs::Need,
    process::eventually,
    rng::Rng,
    wire::{call, garbage_args, opaque, record, success, words},
};

use crate::ours::{
    DUMP, GETPORT, PORTMAP, Portmap, SET, TADDR2UADDR, UADDR2TADDR, UNSET, XID, number, rpcb, v2,
};

/// A program of the tests' own.
const OURS: u32 = 0x2000_4242;

/// Immunity 1: `rpcbomb`. A thousand calls that announce 256 MB, to each procedure that takes bytes.
#[test]
fn bombs() {
    let portmap = Portmap::anywhere();
    let udp = portmap.udp();
    for _ in 0..1000 {
        for (procedure, args) in [
            (9, &[0, 0, 4, 4, 0x1000_0000][..]),
            (UADDR2TADDR, &[0x1000_0000]),
            (TADDR2UADDR, &[0x1000_0000, 0x1000_0000]),
            (10, &[OURS, 1, 0, 0x1000_0000]),
        ] {
            let bomb = call(XID, PORTMAP, 4, procedure, &words(args));
            assert_eq!(udp.exchange(&bomb), garbage_args(XID), "procedure {procedure}");
        }
    }
    portmap.unharmed();
}

/// Immunity 2 to 4: every length of every procedure, with every lie.
#[test]
fn lengths_that_lie() {
    let portmap = Portmap::anywhere();
    let udp = portmap.udp();
    for version in [3, 4] {
        let texts: [&[u8]; 3] = [b"tcp", b"127.0.0.1.200.1", b"0"];
        for procedure in [SET, UNSET, GETPORT] {
            let good = rpcb(version, procedure, [OURS, 1], texts);
            // The lengths of netid, address and owner stand there.
            for place in [48, 56, 76] {
                for len in [
                    0xffff_ffff_u32,
                    0xffff_fffe,
                    0xffff_fffd,
                    0xffff_fffc,
                    0x8000_0000,
                    0x7fff_ffff,
                    0x4000_0001,
                ] {
                    let mut lie = good.clone();
                    lie[place..place + 4].copy_from_slice(&len.to_be_bytes());
                    assert_eq!(udp.exchange(&lie), garbage_args(XID), "{len:#x} at {place}");
                }
            }
        }
    }
    assert_eq!(portmap.port_of(OURS, 1, 6), 0, "registered all the same");
    portmap.unharmed();
}

/// Immunity 9 and 10: a GETPORT cut off is not completed from the datagram before it.
#[test]
fn stale_bytes() {
    let mut portmap = Portmap::anywhere();
    let udp = portmap.udp();
    let whole = v2(GETPORT, [PORTMAP, 2, 6, 0]);
    for cut in 40..whole.len() {
        assert_eq!(number(&udp.exchange(&whole)), u32::from(portmap.tcp.port()));
        assert_eq!(udp.exchange(&whole[..cut]), garbage_args(XID), "cut at {cut}");
    }
    portmap.answers();
    portmap.unharmed();
}

/// Immunity 11 and 12: bytes left over, and values that are not canonical, are refused.
#[test]
fn trailing_bytes_and_odd_values() {
    let portmap = Portmap::anywhere();
    let mut longer = v2(GETPORT, [PORTMAP, 2, 6, 0]);
    longer.extend([0; 8]);
    assert_eq!(portmap.exchange(&longer), garbage_args(XID));
    let mut padded = rpcb(4, GETPORT, [PORTMAP, 2], [b"tcp", b"", b""]);
    padded[55] = 1;
    assert_eq!(portmap.exchange(&padded), garbage_args(XID), "padding");
    assert_eq!(portmap.exchange(&call(XID, PORTMAP, 2, DUMP, &[0; 4])), garbage_args(XID));
    portmap.unharmed();
}

/// Immunity 13: a transport address of two bytes has no universal form.
#[test]
fn short_netbuf() {
    let portmap = Portmap::anywhere();
    let short = call(XID, PORTMAP, 4, TADDR2UADDR, &words(&[0x10, 2, 0x0200_0000]));
    let reply = portmap.exchange(&short);
    assert!(reply == success(XID, &opaque(b"")) || reply == garbage_args(XID), "{reply:02x?}");
    portmap.unharmed();
}

/// Immunity 23: what is no registration is refused, and how many there may be is bounded.
#[test]
fn garbage_registrations() {
    let portmap = Portmap::start(&["--port", "0", "--max-registrations", "100"]);
    for port in [70_000, 0x1_0000, u32::MAX, 0] {
        for protocol in [6, 17] {
            assert_eq!(number(&portmap.exchange(&v2(SET, [OURS, 1, protocol, port]))), 0, "{port}");
        }
    }
    for protocol in [0, 1, 7, u32::MAX] {
        assert_eq!(number(&portmap.exchange(&v2(SET, [OURS, 1, protocol, 2000]))), 0);
    }
    let long = vec![b'x'; 4000];
    let odd: [[&[u8]; 3]; 8] = [
        [&long, b"127.0.0.1.8.1", b""],
        [b"tcp", &long, b""],
        [b"tcp", b"zzz", b""],
        [b"tcp", b"127.0.0.1.8", b""],
        [b"tcp", b"127.0.0.1.256.1", b""],
        [b"tcp", b"1.2.3.4.5.6.7", b""],
        [b"", b"127.0.0.1.8.1", b""],
        [b"carrier-pigeon", b"127.0.0.1.8.1", b""],
    ];
    for texts in odd {
        for version in [3, 4] {
            let reply = portmap.exchange(&rpcb(version, SET, [OURS, 1], texts));
            assert!(
                reply == garbage_args(XID) || number(&reply) == 0,
                "{:?}: {reply:02x?}",
                texts.map(String::from_utf8_lossy)
            );
        }
    }
    assert_eq!(portmap.port_of(OURS, 1, 6), 0);
    assert_eq!(portmap.port_of(OURS, 1, 17), 0);
    // Five thousand, of which a hundred may stay. Over TCP, which keeps no replies to repeat them.
    let mut tcp = portmap.tcp();
    let mut set = |which: u32| {
        let reply = tcp.exchange(&v2(SET, [OURS + which, 1, 6, 2000 + which]));
        number(&reply.expect("an answer"))
    };
    let taken: u32 = (0..5000).map(&mut set).sum();
    assert!((90..=100).contains(&taken), "{taken} registrations");
    portmap.unharmed();
}

/// Immunity 28: the portmapper itself is nobody's to register.
#[test]
fn the_portmapper_itself() {
    let portmap = Portmap::anywhere();
    let port = u32::from(portmap.tcp.port());
    for version in [1, 2, 3, 4, 5] {
        assert_eq!(number(&portmap.exchange(&v2(SET, [PORTMAP, version, 6, 2000]))), 0);
        assert_eq!(number(&portmap.exchange(&v2(UNSET, [PORTMAP, version, 6, 0]))), 0);
        let texts: [&[u8]; 3] = [b"tcp", b"127.0.0.1.8.1", b"superuser"];
        for speaking in [3, 4] {
            for procedure in [SET, UNSET] {
                let message = rpcb(speaking, procedure, [PORTMAP, version], texts);
                assert_eq!(number(&portmap.exchange(&message)), 0);
            }
        }
    }
    assert_eq!(portmap.port_of(PORTMAP, 2, 6), port);
    portmap.unharmed();
}

/// Immunity 27: UNSET says TRUE only where something went, and SET does not overwrite.
#[test]
fn what_is_set_and_unset() {
    let portmap = Portmap::anywhere();
    let udp = portmap.udp();
    let mut xid = 0_u8;
    // Each with an id of its own: the same id would be the same call, repeated.
    let mut ask = |mut message: Vec<u8>| {
        xid += 1;
        message[0] = xid;
        let reply = udp.exchange(&message);
        assert_eq!(reply[0], xid);
        number(&[&XID.to_be_bytes(), &reply[4..]].concat())
    };
    assert_eq!(ask(v2(UNSET, [OURS, 1, 0, 0])), 0, "nothing was there");
    assert_eq!(ask(v2(SET, [OURS, 1, 6, 2000])), 1);
    assert_eq!(ask(v2(SET, [OURS, 1, 6, 2001])), 0, "another port is there");
    assert_eq!(ask(v2(SET, [OURS, 1, 17, 2001])), 1);
    assert_eq!(ask(v2(GETPORT, [OURS, 1, 6, 0])), 2000);
    assert_eq!(ask(v2(GETPORT, [OURS, 1, 17, 0])), 2001);
    assert_eq!(ask(v2(UNSET, [OURS, 2, 0, 0])), 0, "another version");
    assert_eq!(ask(v2(UNSET, [OURS, 1, 0, 0])), 1);
    assert_eq!(ask(v2(UNSET, [OURS, 1, 0, 0])), 0, "gone already");
    assert_eq!(ask(v2(GETPORT, [OURS, 1, 6, 0])), 0);
    assert_eq!(ask(v2(GETPORT, [OURS, 1, 17, 0])), 0);
    portmap.unharmed();
}

/// Immunity 21: somebody asks a hundred thousand times for the list and never reads it.
#[test]
fn a_peer_that_never_reads() {
    let portmap = Portmap::anywhere();
    let udp = portmap.udp();
    for program in 0..500 {
        assert_eq!(number(&udp.exchange(&v2(SET, [OURS + program, 1, 6, 2000]))), 1);
    }
    let mut deaf = portmap.tcp();
    deaf.0.set_write_timeout(Some(Duration::from_millis(200))).unwrap();
    let dumps = record(&call(XID, PORTMAP, 2, DUMP, &[])).repeat(1000);
    for _ in 0..100 {
        if deaf.send(&dumps).is_err() {
            break;
        }
    }
    portmap.unharmed();
}

/// The states of a TCP listener and of a UDP socket without a peer, as the kernel numbers them.
const LISTENS: &str = "0A";
const OPEN: &str = "07";

/// The fields of each socket of this network that is in a state.
fn sockets(table: &str, state: &str) -> Vec<Vec<String>> {
    let table = std::fs::read_to_string(format!("/proc/net/{table}")).unwrap_or_default();
    let fields = |line: &str| line.split_whitespace().map(str::to_owned).collect();
    let all = table.lines().skip(1).map(fields);
    all.filter(|fields: &Vec<String>| fields.get(3).is_some_and(|it| it == state)).collect()
}

/// Ports of this network that are listened on over TCP, or open to everybody over UDP.
fn open_ports() -> Vec<(&'static str, u16)> {
    let mut open = Vec::new();
    for (name, state) in [("tcp", LISTENS), ("tcp6", LISTENS), ("udp", OPEN), ("udp6", OPEN)] {
        for fields in sockets(name, state) {
            let port = fields[1].rsplit(':').next().expect("a port");
            open.push((name, u16::from_str_radix(port, 16).expect("a port")));
        }
    }
    open
}

/// Whether datagrams wait at a socket of this network that is open to everybody.
fn datagrams_wait() -> bool {
    sockets("udp", OPEN).iter().any(|fields| !fields[4].ends_with(":00000000"))
}

/// Immunity 25: nothing is open but what was configured, whatever is asked; and what is asked is not kept.
#[test]
fn no_other_ports() {
    isolated(&[Need::Ours], || {
        let portmap = Portmap::start(&["--listen", "127.0.0.1"]);
        let configured = [("tcp", 111), ("udp", 111)];
        assert_eq!(open_ports(), configured);
        let udp = portmap.udp();
        let mut tcp = portmap.tcp();
        for xid in 0..100_000_u32 {
            let program = if xid % 2 == 0 { OURS } else { PORTMAP };
            udp.send(&call(xid, PORTMAP, 2, 5, &words(&[program, 2, 0, 0])));
            if xid % 1000 == 0 {
                // Answered behind all of those that were not lost.
                let null = call(9, PORTMAP, 2, 0, &[]);
                assert_eq!(tcp.exchange(&null), Some(success(9, &[])));
                assert_eq!(open_ports(), configured);
            }
        }
        drop((udp, tcp));
        assert_eq!(open_ports(), configured);
        // While its queue is full, the next datagram would be lost.
        eventually("the last of them read", || !datagrams_wait());
        portmap.unharmed();
    });
}

/// Damaged calls of every procedure of every version, seeded.
#[test]
fn random_damage() {
    let portmap = Portmap::anywhere();
    let udp = portmap.udp();
    let mut rng = Rng(0x5eed_0111);
    let null = call(0xfeed_beef, PORTMAP, 2, 0, &[]);
    for _ in 0..5000 {
        let version = 2 + u32::try_from(rng.below(3)).expect("small");
        let procedure = u32::try_from(rng.below(14)).expect("small");
        let mut message = if version == 2 {
            v2(procedure, [OURS, 1, 6, 2000])
        } else {
            rpcb(version, procedure, [OURS, 1], [b"tcp", b"127.0.0.1.8.1", b"0"])
        };
        for _ in 0..rng.below(4) {
            let place = 24 + rng.below(message.len() - 24);
            match rng.below(3) {
                0 => message[place] = rng.bytes(1)[0],
                1 => message.truncate(place + 1),
                _ => message.extend(rng.bytes(4)),
            }
        }
        udp.send(&message);
        let mut reply = udp.exchange(&null);
        if reply != success(0xfeed_beef, &[]) {
            assert_eq!(reply.get(..8), Some(&words(&[XID, 1])[..]), "{message:02x?}");
            reply = udp.receive();
        }
        assert_eq!(reply, success(0xfeed_beef, &[]), "after {message:02x?}");
    }
    portmap.unharmed();
}
