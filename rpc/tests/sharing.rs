//! Long opaque data that is `Bytes`: in and out without a copy, through slow peers and new connections too. One of the
//! tests looks for a signal, and signals are of the whole process, so nothing else is tested here.
#![cfg(feature = "bytes")]

mod common;

use std::{
    io::{Read, Write},
    net::TcpStream,
    os::unix::net::{UnixListener, UnixStream},
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use allocation_counter::measure;
use common::{PATIENCE, PROGRAM, connected, next_mark, next_record, serves, words};
use signal_hook::consts::SIGPIPE;
use sunrpc::{
    client::{self, Client, Error, Pending},
    proto::{AuthFlavor, DuplicateLimits, OpaqueAuth, OwnedAuth},
    server::{Builder, Fault, Limits, Pool, Server, Service},
    xdr::{Array, Opaque, bytes::Bytes, encode_into},
};

const ECHO: u32 = 1;
/// More than a socket's buffers hold.
const HUGE: usize = 700_000;

/// Sends back what it gets, several pieces of it.
fn service() -> impl Service {
    serves(PROGRAM, |_, args, results| {
        let pieces: Vec<Bytes> = args.get_as::<Array<Opaque>, _>()?;
        results.put_as::<Array<Opaque>, _>(&pieces)
    })
}

fn echo() -> Builder {
    Server::builder().service(service())
}

fn call(client: &Client, pieces: &Vec<Bytes>) -> Result<Vec<Bytes>, Error> {
    client.call_as::<Array<Opaque>, Array<Opaque>, _, _>(PROGRAM, 1, ECHO, pieces)
}

/// Bytes that tell where they are.
fn piece(len: usize) -> Bytes {
    (0..len).map(|place| (place % 251).to_le_bytes()[0]).collect()
}

#[test]
fn pieces_of_any_length_come_back() {
    pieces_come_back_from(echo());
}

#[test]
fn pieces_of_any_length_come_back_from_a_pool() {
    let pool = Pool { workers: 2, queue: 8 };
    pieces_come_back_from(Server::builder().blocking_service(service(), pool));
}

fn pieces_come_back_from(server: Builder) {
    let server = server.listen("127.0.0.1:0").bind().unwrap().spawn().unwrap();
    let tcp = Client::tcp(server.tcp_addr().unwrap()).unwrap();
    let udp = Client::udp(server.udp_addr().unwrap()).unwrap();
    let short = [&[0, 16_383, 1, 16_384][..], &[16_385, 3]];
    let long = [&[40_000; 20][..], &[300_000, 5, 300_001]];
    for (client, lens) in [(&udp, &short[..]), (&tcp, &short), (&tcp, &long)] {
        for lens in lens {
            let pieces = lens.iter().map(|len| piece(*len)).collect();
            assert!(call(client, &pieces).unwrap() == pieces, "{lens:?}");
            // One that was started is answered by way of the table.
            let started: Result<Pending<Vec<Bytes>>, _> =
                client.start_as::<Array<Opaque>, Array<Opaque>, _, _>(PROGRAM, 1, ECHO, &pieces);
            assert!(started.unwrap().wait().unwrap() == pieces, "{lens:?}");
        }
    }
}

/// Many calls of 256 KiB, and next to nothing allocated at either end: the buffers go from call to call.
#[test]
fn nothing_is_copied() {
    const CALLS: u64 = 100;
    const BYTES: usize = 256 << 10;
    let server = echo().listen_tcp("127.0.0.1:0").bind().unwrap();
    let (addr, stop) = (server.tcp_addr().unwrap(), server.stop_handle());
    let serving = thread::spawn(move || measure(|| server.run().unwrap()));
    let client = Client::tcp(addr).unwrap();
    let pieces = vec![piece(BYTES)];
    call(&client, &pieces).unwrap();
    let calling =
        measure(|| (0..CALLS).for_each(|_| assert!(call(&client, &pieces).unwrap() == pieces)));
    drop(client);
    stop.stop();
    let serving = serving.join().unwrap();
    for (who, allocated) in [("client", calling.bytes_total), ("server", serving.bytes_total)] {
        assert!(allocated < CALLS * BYTES as u64 / 10, "{who}: {allocated} bytes");
    }
}

/// Next to nothing, however long the messages were that came before: a client reads files and keeps handles, a store
/// keeps its values.
#[test]
fn what_is_kept_of_short_messages_keeps_no_long_buffer() {
    const SHORT: usize = 32;
    let kept: Arc<Mutex<Vec<Bytes>>> = Arc::default();
    let store = Arc::clone(&kept);
    let service = serves(PROGRAM, move |_, args, results| {
        let value: Bytes = args.get_as::<Opaque, _>()?;
        if value.len() == SHORT {
            store.lock().unwrap().push(value.clone());
        }
        results.put_as::<Opaque, _>(&value)
    });
    let server = Server::builder().service(service).listen_tcp("127.0.0.1:0");
    let server = server.bind().unwrap().spawn().unwrap();
    let client = Client::tcp(server.tcp_addr().unwrap()).unwrap();
    let mut replies = Vec::new();
    for _ in 0..5 {
        for len in [900_000, SHORT] {
            let value = client.call_as::<Opaque, Opaque, _, _>(PROGRAM, 1, ECHO, &piece(len));
            replies.push(value.unwrap());
        }
    }
    drop((client, server));
    replies.retain(|reply: &Bytes| reply.len() == SHORT);
    for part in replies.into_iter().chain(kept.lock().unwrap().drain(..)) {
        let keeps = Vec::from(part).capacity();
        assert!(keeps < 8192, "{SHORT} bytes keep {keeps}");
    }
}

/// Whatever the program does with that signal.
#[test]
fn no_write_raises_sigpipe() {
    let raised = Arc::new(AtomicBool::new(false));
    let id = signal_hook::flag::register(SIGPIPE, Arc::clone(&raised)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    let client = Client::unix(&path).unwrap();
    drop(listener.accept().unwrap());
    call(&client, &vec![piece(100_000)]).unwrap_err();
    let server = echo().listen_unix(folder.path().join("served"));
    let _server = server.bind().unwrap().spawn().unwrap();
    let mut caller = UnixStream::connect(folder.path().join("served")).unwrap();
    let args = encode_as(&vec![piece(100_000)]);
    for xid in 0..100 {
        // The server writes what nobody reads any more.
        caller.write_all(&record(&[xid, 0, 2, PROGRAM, 1, ECHO, 0, 0, 0, 0], &args)).unwrap();
        caller = UnixStream::connect(folder.path().join("served")).unwrap();
    }
    signal_hook::low_level::unregister(id);
    assert!(!raised.load(Ordering::SeqCst));
}

/// What a caller keeps of a reply stays what it is, whatever comes after it.
#[test]
fn what_is_kept_of_replies_stays() {
    let server = echo().listen_tcp("127.0.0.1:0").bind().unwrap().spawn().unwrap();
    let client = Client::tcp(server.tcp_addr().unwrap()).unwrap();
    let sent: Vec<Vec<Bytes>> =
        (0..20_u8).map(|n| vec![vec![n; 100_000 + usize::from(n)].into()]).collect();
    let kept: Vec<Vec<Bytes>> = sent.iter().map(|pieces| call(&client, pieces).unwrap()).collect();
    assert!(kept == sent);
}

/// A flavor with another credential for each call.
struct Nonce(AtomicU32);

impl client::Flavor for Nonce {
    fn credential(&self) -> OwnedAuth {
        let nonce = self.0.fetch_add(1, Ordering::Relaxed);
        OwnedAuth { flavor: AuthFlavor(7), body: nonce.to_be_bytes().to_vec() }
    }

    fn check(&self, _: u32, _: &OpaqueAuth<'_>) -> bool {
        true
    }
}

/// A record: words, and what follows them.
fn record(words: &[u32], rest: &[u8]) -> Vec<u8> {
    let words: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
    common::record(&[&words, rest].concat())
}

/// Several replies that lie in pieces, in one turn; and one that fails when a part of it is there.
#[test]
fn each_reply_has_its_own_pieces() {
    let service = serves(PROGRAM, |call, _, results| {
        results.put_as::<Opaque, _>(&piece(20_000 + call.procedure() as usize))?;
        if call.procedure() == FAILS { Err(Fault::SystemErr) } else { Ok(()) }
    });
    let server = Server::builder().service(service).listen_tcp("127.0.0.1:0");
    let server = server.bind().unwrap().spawn().unwrap();
    let client = Client::tcp(server.tcp_addr().unwrap()).unwrap();
    let start = |procedure| client.start_as::<(), Opaque, (), Bytes>(PROGRAM, 1, procedure, &());
    let calls = [1, 2, FAILS, 3, 4].map(|procedure| (procedure, start(procedure).unwrap()));
    for (procedure, call) in calls {
        match call.wait() {
            Ok(reply) => assert!(reply == piece(20_000 + procedure as usize), "{procedure}"),
            Err(error) => assert!(matches!(error, Error::SystemErr) && procedure == FAILS),
        }
    }
}

/// The procedure that does.
const FAILS: u32 = 9;

#[test]
fn a_reply_is_remembered_whole() {
    let mut limits = Limits::default();
    limits.stream_duplicates = DuplicateLimits::default();
    let pool = Pool { workers: 1, queue: 8 };
    for server in [echo(), Server::builder().blocking_service(service(), pool)] {
        let server = server.limits(limits).listen_tcp("127.0.0.1:0").bind().unwrap();
        let server = server.spawn().unwrap();
        let args = encode_as(&vec![piece(20_000), piece(30_000)]);
        let call = record(&[7, 0, 2, PROGRAM, 1, ECHO, 0, 0, 0, 0], &args);
        for time in 1..=2 {
            let mut caller = TcpStream::connect(server.tcp_addr().unwrap()).unwrap();
            caller.write_all(&call).unwrap();
            assert!(next_record(&mut caller)[24..] == args, "the {time}. time");
        }
    }
}

/// A server closes the connection in the middle of a call, or behind it: the call is sent again whole, as it was, over
/// the next.
#[test]
fn a_call_is_sent_again_whole() {
    let pieces = vec![piece(HUGE), piece(7), piece(HUGE / 8)];
    let whole = 44 + encode_as(&pieces).len();
    for taken in [HUGE / 2, whole] {
        for builder in [Client::builder(), Client::builder().flavor(Nonce(AtomicU32::new(0)))] {
            is_sent_again_whole(builder, &pieces, taken);
        }
    }
}

/// The server hangs up when it has taken so much of the call.
fn is_sent_again_whole(builder: client::Builder, pieces: &Vec<Bytes>, taken: usize) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("slow.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let client = builder.timeout(PATIENCE).repeat(true).connect_unix(&path).unwrap();
    let args = encode_as(pieces);
    let serving = thread::spawn(move || {
        let (mut first, _) = listener.accept().unwrap();
        let mut part = vec![0; taken];
        first.read_exact(&mut part).unwrap();
        drop(first);
        let (mut second, _) = listener.accept().unwrap();
        let message = next_record(&mut second);
        assert!(message.starts_with(&part[4..]) && message.ends_with(&args));
        second.write_all(&record(&[words(&message)[0], 1, 0, 0, 0, 0], &args)).unwrap();
    });
    assert!(call(&client, pieces).unwrap() == *pieces);
    serving.join().unwrap();
}

/// What a socket does not take of a call waits with all its pieces.
#[test]
fn a_slow_reader_gets_all_of_a_call() {
    let (client, mut server) = connected();
    let pieces = vec![piece(HUGE), piece(7), piece(HUGE / 8)];
    thread::scope(|scope| {
        let calling = scope.spawn(|| call(&client, &pieces));
        let mut message = vec![0; next_mark(&mut server)];
        // Another cannot be sent: so the first has been put aside.
        let hurried = client.with_timeout(Duration::from_millis(100));
        let error = call(&hurried, &vec![piece(7)]).unwrap_err();
        assert!(matches!(error, Error::Unsent(_)), "{error}");
        server.read_exact(&mut message).unwrap();
        let args = encode_as(&pieces);
        assert!(message[40..] == args);
        server.write_all(&record(&[words(&message)[0], 1, 0, 0, 0, 0], &args)).unwrap();
        assert!(calling.join().unwrap().unwrap() == pieces);
    });
}

/// A reply that the caller does not read at once waits at the server, and arrives as it was, with what follows it.
#[test]
fn a_slow_reader_gets_all_of_a_reply() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("serving.sock");
    let pool = Pool { workers: 1, queue: 8 };
    slow_reader_of(echo().listen_unix(&path), &path);
    slow_reader_of(Server::builder().blocking_service(service(), pool).listen_unix(&path), &path);
}

fn slow_reader_of(server: Builder, path: &Path) {
    let _server = server.bind().unwrap().spawn().unwrap();
    let mut caller = UnixStream::connect(path).unwrap();
    caller.set_read_timeout(Some(PATIENCE)).unwrap();
    let pieces = [piece(HUGE / 2), piece(5), piece(HUGE / 2)];
    let args = encode_as(&pieces.to_vec());
    let call = |xid| record(&[xid, 0, 2, PROGRAM, 1, ECHO, 0, 0, 0, 0], &args);
    // Taken whole before anything of its reply is read.
    caller.write_all(&call(7)).unwrap();
    let (mut writer, second) = (caller.try_clone().unwrap(), call(8));
    thread::spawn(move || writer.write_all(&second).unwrap());
    for xid in [7, 8] {
        let expected = record(&[xid, 1, 0, 0, 0, 0], &args);
        let mut reply = vec![0; expected.len()];
        caller.read_exact(&mut reply).unwrap();
        assert!(reply == expected, "{xid}");
    }
}

fn encode_as(pieces: &Vec<Bytes>) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_into::<Array<Opaque>, _>(pieces, &mut bytes).unwrap();
    bytes
}
