//! The client against servers that are not there, not the one asked, or not honest (immunity 31, 32, 34).

use std::{
    collections::HashSet,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, UdpSocket},
    thread,
    time::{Duration, Instant},
};

use sunrpc::{
    Transport,
    client::{Client, Error},
    xdr::{Decode, DecodeErrorKind as Kind},
};
use sunrpc_tests::{
    usage::of_this_thread,
    wire::{
        auth_error, garbage_args, opaque, proc_unavail, prog_mismatch, prog_unavail, record,
        success, system_err, words,
    },
};

const PROGRAM: u32 = 0x2000_0099;

/// A socket to play a server on, which does not wait for ever.
fn udp_socket() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    socket
}

fn client(transport: Transport, server: SocketAddr) -> Client {
    Client::builder().timeout(Duration::from_secs(20)).connect(transport, server).expect("a client")
}

/// Answers one call over each transport with what `reply` makes of its xid, and gives what the client makes of that.
fn answered_with<R: for<'de> Decode<'de>>(
    reply: impl Fn(u32) -> Vec<u8> + Sync,
) -> [Result<R, Error>; 2] {
    let udp = udp_socket();
    let udp_addr = udp.local_addr().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let tcp_addr = listener.local_addr().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut buf = [0; 100];
            let (count, from) = udp.recv_from(&mut buf).unwrap();
            assert_eq!(count, 40);
            udp.send_to(&reply(u32::from_be_bytes(buf[..4].try_into().unwrap())), from).unwrap();
        });
        scope.spawn(|| {
            let (mut stream, _) = listener.accept().unwrap();
            let mut buf = [0; 44];
            stream.read_exact(&mut buf).unwrap();
            let reply = reply(u32::from_be_bytes(buf[4..8].try_into().unwrap()));
            stream.write_all(&record(&reply)).unwrap();
            // Until the client has read it.
            let _ = stream.read(&mut buf);
        });
        let call = |transport, server| client(transport, server).call(PROGRAM, 1, 1, &());
        [call(Transport::Udp, udp_addr), call(Transport::Tcp, tcp_addr)]
    })
}

/// Each answer of the RFC is the error of its name.
#[test]
fn errors_of_the_rfc() {
    for result in answered_with::<u32>(|xid| success(xid, &words(&[42]))) {
        assert_eq!(result.unwrap(), 42);
    }
    for result in answered_with::<u32>(prog_unavail) {
        assert!(matches!(result, Err(Error::ProgUnavail)), "{result:?}");
    }
    for result in answered_with::<u32>(|xid| prog_mismatch(xid, 2, 7)) {
        assert!(matches!(result, Err(Error::ProgMismatch { low: 2, high: 7 })), "{result:?}");
    }
    for result in answered_with::<u32>(proc_unavail) {
        assert!(matches!(result, Err(Error::ProcUnavail)), "{result:?}");
    }
    for result in answered_with::<u32>(garbage_args) {
        assert!(matches!(result, Err(Error::GarbageArgs)), "{result:?}");
    }
    for result in answered_with::<u32>(system_err) {
        assert!(matches!(result, Err(Error::SystemErr)), "{result:?}");
    }
    for result in answered_with::<u32>(|xid| words(&[xid, 1, 1, 0, 3, 9])) {
        assert!(matches!(result, Err(Error::RpcMismatch { low: 3, high: 9 })), "{result:?}");
    }
    for result in answered_with::<u32>(|xid| auth_error(xid, 5)) {
        let Err(Error::Auth(stat)) = result else { panic!("{result:?}") };
        assert_eq!(stat.name(), "AUTH_TOOWEAK");
    }
}

/// A reply that is none, and what the client says of it.
type Bad = (fn(u32) -> Vec<u8>, &'static str);

/// A reply that is none is an error that says what is wrong with it, over TCP and over UDP alike.
#[test]
fn replies_that_are_none() {
    let bad: [Bad; 9] = [
        (|xid| words(&[xid, 1, 2, 0, 0, 0]), "enum reply_stat has no value 2 at byte 8"),
        (|xid| words(&[xid, 1, 1, 2, 0]), "enum reject_stat has no value 2 at byte 12"),
        (|xid| words(&[xid, 1, 0, 0, 0, 6]), "enum accept_stat has no value 6 at byte 20"),
        (|xid| words(&[xid, 1, 1, 1, 99]), "enum auth_stat has no value 99 at byte 16"),
        (
            |xid| words(&[xid, 1, 0, 0, 0x1000_0000, 0, 42]),
            "length 268435456 exceeds the bound 400 at byte 16",
        ),
        (|xid| words(&[xid, 1, 0, 6, 404, 0, 42]), "length 404 exceeds the bound 400 at byte 16"),
        (|xid| success(xid, &[]), "truncated: 4 bytes needed, 0 left at byte 24"),
        (|xid| success(xid, &words(&[42, 43])), "4 bytes left over at byte 28"),
        (
            |xid| success(xid, &words(&[42]))[..26].to_vec(),
            "truncated: 4 bytes needed, 2 left at byte 24",
        ),
    ];
    for (reply, says) in bad {
        for result in answered_with::<u32>(reply) {
            let Err(Error::Decode(error)) = &result else { panic!("{result:?}") };
            assert_eq!(error.to_string(), says);
        }
    }
}

/// Cut at every byte behind its id, a reply of any kind is an error that says where it ends.
#[test]
fn replies_cut_anywhere() {
    let whole: [fn(u32) -> Vec<u8>; 4] = [
        |xid| success(xid, &[words(&[1]), opaque(b"seven")].concat()),
        |xid| prog_mismatch(xid, 2, 7),
        |xid| words(&[xid, 1, 1, 0, 3, 9]),
        |xid| auth_error(xid, 5),
    ];
    for whole in whole {
        for cut in 4..whole(0).len() {
            for result in answered_with::<Vec<String>>(|xid| whole(xid)[..cut].to_vec()) {
                let Err(Error::Decode(error)) = &result else { panic!("{cut}: {result:?}") };
                assert!(matches!(error.kind(), Kind::Truncated { .. }), "{cut}: {error}");
            }
        }
    }
}

/// Lengths that are lies, of a verifier, of an array and of its items.
#[test]
fn lengths_that_lie() {
    for len in [0xffff_ffff, 0xffff_fffe, 0xffff_fffd, 0xffff_fffc, 0x8000_0000, 0x4000_0001] {
        let lies: [&(dyn Fn(u32) -> Vec<u8> + Sync); 3] = [
            &|xid| words(&[xid, 1, 0, 0, len, 0, 0]),
            &|xid| success(xid, &words(&[len, 0, 0])),
            &|xid| success(xid, &words(&[1, len, 0])),
        ];
        for lie in lies {
            for result in answered_with::<Vec<String>>(lie) {
                assert!(matches!(result, Err(Error::Decode(_))), "{len:#x}: {result:?}");
            }
        }
    }
}

/// A reply from elsewhere is not taken, though it has the right xid: a connected socket takes no others.
#[test]
fn a_spoofed_reply() {
    let server = udp_socket();
    let addr = server.local_addr().unwrap();
    let spoofer = udp_socket();
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut buf = [0; 100];
            let (_, from) = server.recv_from(&mut buf).unwrap();
            let xid = u32::from_be_bytes(buf[..4].try_into().unwrap());
            let forged = success(xid, &words(&[666]));
            for _ in 0..100_000 {
                spoofer.send_to(&forged, from).unwrap();
            }
            server.send_to(&success(xid, &words(&[42])), from).unwrap();
        });
        assert_eq!(client(Transport::Udp, addr).call::<_, u32>(PROGRAM, 1, 1, &()).unwrap(), 42);
    });
}

/// A reply with another xid is passed over, and does not keep the right one from being taken.
#[test]
fn stray_replies() {
    let server = udp_socket();
    let addr = server.local_addr().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut buf = [0; 100];
            let (_, from) = server.recv_from(&mut buf).unwrap();
            let xid = u32::from_be_bytes(buf[..4].try_into().unwrap());
            for stray in 1..30 {
                server.send_to(&success(xid ^ stray, &words(&[666])), from).unwrap();
                let len = stray as usize;
                server.send_to(&success(xid ^ stray, &words(&[666]))[..len.min(28)], from).unwrap();
                server.send_to(&buf[..len % 4], from).unwrap();
            }
            server.send_to(&success(xid, &words(&[42])), from).unwrap();
        });
        assert_eq!(client(Transport::Udp, addr).call::<_, u32>(PROGRAM, 1, 1, &()).unwrap(), 42);
    });
}

/// Transaction ids are not to be guessed: neither from each other nor from client to client.
#[test]
fn transaction_ids() {
    let server = udp_socket();
    let addr = server.local_addr().unwrap();
    let mut xids = Vec::new();
    for _ in 0..8 {
        let client = client(Transport::Udp, addr);
        thread::scope(|scope| {
            let caller = scope.spawn(|| {
                for _ in 0..50 {
                    client.call::<_, ()>(PROGRAM, 1, 0, &()).unwrap();
                }
            });
            for _ in 0..50 {
                let mut buf = [0; 100];
                let (_, from) = server.recv_from(&mut buf).unwrap();
                let xid = u32::from_be_bytes(buf[..4].try_into().unwrap());
                xids.push(xid);
                server.send_to(&success(xid, &[]), from).unwrap();
            }
            caller.join().unwrap();
        });
    }
    let distinct: HashSet<u32> = xids.iter().copied().collect();
    assert!(distinct.len() >= xids.len() - 1, "{} of {}", distinct.len(), xids.len());
    let steps: HashSet<u32> = xids.windows(2).map(|pair| pair[1].wrapping_sub(pair[0])).collect();
    assert!(steps.len() > xids.len() * 9 / 10, "only {} different steps", steps.len());
    for bit in 0..32 {
        let ones = xids.iter().filter(|xid| *xid >> bit & 1 == 1).count();
        assert!((100..300).contains(&ones), "bit {bit} is set in {ones} of {}", xids.len());
    }
}

/// Lost calls are sent again, with the same xid and the same bytes.
#[test]
fn lost_calls_are_sent_again() {
    let server = udp_socket();
    let client = Client::builder()
        .timeout(Duration::from_secs(20))
        .retransmit(Duration::from_millis(20), Duration::from_millis(100))
        .connect(Transport::Udp, server.local_addr().unwrap())
        .unwrap();
    thread::scope(|scope| {
        let caller = scope.spawn(|| client.call::<_, u32>(PROGRAM, 1, 1, &7_u32));
        let mut first = [0; 100];
        let (count, _) = server.recv_from(&mut first).unwrap();
        assert_eq!(count, 44);
        for round in 0..3 {
            let mut again = [0; 100];
            let (_, from) = server.recv_from(&mut again).unwrap();
            assert_eq!(first, again);
            if round == 2 {
                let xid = u32::from_be_bytes(first[..4].try_into().unwrap());
                server.send_to(&success(xid, &words(&[42])), from).unwrap();
            }
        }
        assert_eq!(caller.join().unwrap().unwrap(), 42);
    });
}

/// Nobody there: an error that says so, without a wait.
#[test]
fn nobody_there() {
    let udp = udp_socket().local_addr().unwrap();
    let error = client(Transport::Udp, udp).call::<_, ()>(PROGRAM, 1, 0, &()).unwrap_err();
    assert!(matches!(error, Error::Connect { .. }), "{error:?}");
    assert!(error.to_string().contains(&udp.to_string()), "{error}");

    let tcp = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = Client::tcp(tcp).unwrap_err();
    assert!(matches!(error, Error::Connect { .. }), "{error:?}");
    assert!(error.to_string().contains(&tcp.to_string()), "{error}");
}

/// A server that takes the call and says nothing: a timeout, on time, without spinning until then.
#[test]
fn a_silent_server() {
    const TIME: Duration = Duration::from_millis(300);
    let udp = udp_socket();
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    for (transport, addr) in
        [(Transport::Udp, udp.local_addr().unwrap()), (Transport::Tcp, tcp.local_addr().unwrap())]
    {
        let client = Client::builder().timeout(TIME).connect(transport, addr).unwrap();
        // Who waits alone waits in his own thread.
        let (started, before) = (Instant::now(), of_this_thread());
        let error = client.call::<_, ()>(PROGRAM, 1, 0, &()).unwrap_err();
        let (took, spent) = (started.elapsed(), of_this_thread() - before);
        assert!(matches!(error, Error::Timeout(_)), "{transport}: {error:?}");
        assert!(took >= TIME && spent < TIME / 5, "{transport}: {spent:?} of {took:?}");
    }
}

/// A stream that ends, is cut off within a record, or announces too much: an error each, never a hang.
#[test]
fn streams_that_end() {
    let streams: [(&[u8], bool); 5] = [
        (&[], true),
        (&[0x80, 0], true),
        (&[0x80, 0, 0, 100, 1, 2, 3], true),
        (&[0xff, 0xff, 0xff, 0xff, 1, 2, 3], false),
        (&[0; 1000], false),
    ];
    for (bytes, ends) in streams {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        thread::scope(|scope| {
            scope.spawn(|| {
                let (mut stream, _) = listener.accept().unwrap();
                let mut buf = [0; 44];
                stream.read_exact(&mut buf).unwrap();
                stream.write_all(bytes).unwrap();
                if !ends {
                    let _ = stream.read(&mut buf);
                }
            });
            let error = client(Transport::Tcp, addr).call::<_, ()>(PROGRAM, 1, 0, &()).unwrap_err();
            assert!(
                matches!(error, Error::Disconnected | Error::Io(_) | Error::Record(_)),
                "{bytes:02x?}: {error:?}"
            );
        });
    }
}

/// Immunity 35: names and paths too long to be any are errors.
#[test]
fn names_too_long() {
    let host = "a".repeat(1 << 20);
    for transport in Transport::INET {
        let error = Client::builder().connect(transport, (host.as_str(), 111)).unwrap_err();
        assert!(matches!(error, Error::Resolve(_)), "{error:?}");
        assert!(error.to_string().len() < 1000, "an error of {} bytes", error.to_string().len());
    }
    for len in [108, 109, 5000] {
        let path = format!("/{}", "p".repeat(len - 1));
        let error = Client::unix(&path).unwrap_err();
        assert!(matches!(error, Error::Connect { .. } | Error::Io(_)), "{len}: {error:?}");
        assert!(sunrpc::server::Server::builder().listen_unix(path).bind().is_err(), "{len}");
    }
}
