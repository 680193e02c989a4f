//! How much a client takes, and for how long: connecting, calls of its server's.

use std::{
    io::Write,
    iter,
    net::TcpStream,
    os::unix::net::{UnixListener, UnixStream},
    path::Path,
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use crate::common::{
    Gate, PATIENCE, PROGRAM, call, deaf, deaf_tcp, next_record, record, reply_to, serves, words,
};
use socket2::{Domain, SockAddr};
use sunrpc::{
    Transport,
    client::{Client, Error},
    server::Server,
};

/// How long connecting may take.
const LIMIT: Duration = Duration::from_millis(300);

/// That connecting ends when it should, and with what.
fn ends_in_time(connect: impl FnOnce() -> Result<Client, Error> + Send + 'static) {
    let (sender, ended) = mpsc::channel();
    let began = Instant::now();
    thread::spawn(move || sender.send(connect().err()));
    let error = ended.recv_timeout(PATIENCE).expect("an end").expect("nobody takes it");
    assert!(matches!(error, Error::Connect { .. }), "{error}");
    assert!(began.elapsed() >= LIMIT, "{error}: {:?}", began.elapsed());
}

#[test]
fn connecting_the_first_time_has_an_end() {
    let builder = || Client::builder().connect_timeout(LIMIT);
    let (_listener, addr) = deaf_tcp();
    let _full = TcpStream::connect(addr).unwrap();
    ends_in_time(move || builder().connect(Transport::Tcp, addr));

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let _listener = deaf(Domain::UNIX, &SockAddr::unix(&path).unwrap());
    let _full = UnixStream::connect(&path).unwrap();
    ends_in_time(move || builder().connect_unix(path));
}

/// A client that serves with a handler that waits, and the other end of its connection.
fn serving(path: &Path, gate: &Arc<Gate>) -> (Client, UnixStream) {
    let gate = Arc::clone(gate);
    let core = Server::builder().service(serves(PROGRAM, move |_, _, results| {
        gate.pass();
        results.put(&7_u32)
    }));
    let listener = UnixListener::bind(path).unwrap();
    let client = Client::builder().timeout(PATIENCE).serve(core.core()).connect_unix(path).unwrap();
    let (server, _) = listener.accept().unwrap();
    server.set_read_timeout(Some(PATIENCE)).unwrap();
    (client, server)
}

/// Which calls a client answers that gets so many, each with so many words, while it is at work on one before them.
fn answered(calls: u32, len: usize) -> Vec<u32> {
    let (folder, gate) = (tempfile::tempdir().unwrap(), Arc::default());
    let (client, mut server) = serving(&folder.path().join("socket"), &gate);
    let to_client = |xid| record(&call(xid, 1, 1, &vec![7; len]));
    server.write_all(&to_client(0)).unwrap();
    gate.arrived(1);
    thread::scope(|scope| {
        // Its reply is behind them: they have been read by then.
        let behind = scope.spawn(|| client.call::<_, u32>(PROGRAM, 1, 1, &()).unwrap());
        let own = next_record(&mut server);
        (1..=calls).for_each(|xid| server.write_all(&to_client(xid)).unwrap());
        server.write_all(&reply_to(&own, 5)).unwrap();
        behind.join().unwrap();
    });
    gate.open();
    let mut replies = server.try_clone().unwrap();
    let mut next_xid = || words(&next_record(&mut replies))[0];
    let mut xids = vec![next_xid(), next_xid()];
    // Two are gone, so there is room for one that tells when the others are.
    server.write_all(&record(&call(u32::MAX, 1, 1, &[]))).unwrap();
    xids.extend(iter::from_fn(|| Some(next_xid()).filter(|xid| *xid != u32::MAX)));
    xids
}

#[test]
fn calls_of_the_servers_wait_up_to_a_number_and_up_to_a_length() {
    assert_eq!(answered(300, 0), Vec::from_iter(0..=256));
    assert_eq!(answered(6, 75_000), [0, 1, 2, 3]);
}
