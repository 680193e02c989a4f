//! What a server that starts takes for itself, and what it leaves to others.

use std::{
    collections::HashSet,
    env,
    io::ErrorKind,
    net::SocketAddr,
    num::NonZero,
    os::unix::net::UnixStream,
    process::Command,
    sync::{Arc, Mutex, mpsc},
    thread,
};

use crate::common::{PATIENCE, PROGRAM, Probe, deaf, serves, until};
use socket2::{Domain, SockAddr, Socket, Type};
use sunrpc::{Transport, client::Client, server::Server};

#[test]
fn a_server_that_hangs_keeps_no_other_from_saying_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.sock");
    let unix = || Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
    let _hangs = deaf(Domain::UNIX, &SockAddr::unix(&path).unwrap());
    // Until there is no room for one more.
    let mut connected = Vec::new();
    loop {
        let socket = unix();
        socket.set_nonblocking(true).unwrap();
        match socket.connect(&SockAddr::unix(&path).unwrap()) {
            Ok(()) => connected.push(socket),
            Err(error) => break assert_eq!(error.kind(), ErrorKind::WouldBlock),
        }
    }
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let bound = Server::builder().service(Probe::default()).listen_unix(path).bind();
        tell.send(bound.err().map(|error| error.kind()))
    });
    assert_eq!(told.recv_timeout(PATIENCE / 4), Ok(Some(ErrorKind::AddrInUse)));
}

#[test]
fn several_reactors_share_a_port_with_each_other_and_with_no_other_server() {
    let threads = Arc::new(Mutex::new(HashSet::new()));
    let start = |addr: SocketAddr| {
        let threads = Arc::clone(&threads);
        let service = serves(PROGRAM, move |_, _, results| {
            threads.lock().unwrap().insert(thread::current().id());
            results.put(&())
        });
        let builder = Server::builder().service(service).listen(addr);
        builder.reactors(NonZero::new(2).unwrap()).bind()
    };
    let first = start("127.0.0.1:0".parse().unwrap()).unwrap().spawn().unwrap();
    let addr = first.tcp_addr().unwrap();
    let error = start(addr).expect_err("they share a port");
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    for transport in Transport::INET {
        threads.lock().unwrap().clear();
        until("one reactor has all", || {
            let client = Client::builder().connect(transport, addr).unwrap();
            client.call::<(), ()>(PROGRAM, 1, 0, &()).unwrap();
            threads.lock().unwrap().len() == 2
        });
    }
}

#[test]
fn a_server_that_ends_leaves_the_socket_of_the_next_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.sock");
    let start = || Server::builder().service(Probe::default()).listen_unix(&path).bind().unwrap();
    let old = start();
    std::fs::remove_file(&path).unwrap();
    let new = start();
    drop(old);
    UnixStream::connect(&path).expect("the next server's socket");
    drop(new);
    assert!(!path.exists());
}

/// There is no room for stacks of a petabyte.
#[test]
fn threads_that_the_system_refuses_are_an_error() {
    const STACK: &str = "1125899906842624";
    if env::var("RUST_MIN_STACK").is_ok_and(|stack| stack == STACK) {
        let builder = Server::builder().service(Probe::default()).listen("127.0.0.1:0");
        let server = builder.reactors(NonZero::new(2).unwrap()).bind().unwrap();
        server.run().expect_err("a thread");
        return;
    }
    let mut again = Command::new(env::current_exe().unwrap());
    let name = "starts::threads_that_the_system_refuses_are_an_error";
    again.args(["--exact", name, "--test-threads=1"]);
    let output = again.env("RUST_MIN_STACK", STACK).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}
