//! A listener that goes and comes back while connections come, ask and are reset (immunity 37).

use std::{
    io::Write as _,
    net::{SocketAddr, TcpStream},
    sync::mpsc::{self, TryRecvError},
    thread,
    time::Duration,
};

use socket2::{Domain, SockRef, Socket, Type};
use sunrpc::server::{Running, Server};
use sunrpc_tests::wire::{Tcp, call, prog_unavail, record};

/// A port that nobody gets who asks for any, while nobody listens there either.
fn reserved() -> Socket {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_reuse_address(true).unwrap();
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    socket
}

/// A server without any program: it answers nevertheless.
fn start(addr: SocketAddr) -> Running {
    Server::builder().listen_tcp(addr).bind().unwrap().spawn().unwrap()
}

fn ask_and_reset(addr: SocketAddr) {
    let Ok(mut stream) = TcpStream::connect(addr) else { return };
    let _ = stream.write_all(&record(&call(0xbad, 1, 1, 0, &[])).repeat(3));
    SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
}

/// No answer reaches another connection, whose descriptor may have had the same number before; and all end with their
/// server.
#[test]
fn restarts_among_resets() {
    let reserved = reserved();
    let addr = reserved.local_addr().unwrap().as_socket().unwrap();
    let (going_on, ended) = mpsc::channel::<()>();
    let resetting = thread::spawn(move || {
        while matches!(ended.try_recv(), Err(TryRecvError::Empty)) {
            ask_and_reset(addr);
        }
    });
    for restart in 0..50 {
        let server = start(addr);
        let mut steady = Tcp::connect(addr);
        for xid in restart * 100..restart * 100 + 100 {
            let answer = steady.exchange(&call(xid, 1, 1, 0, &[]));
            assert_eq!(answer, Some(prog_unavail(xid)));
        }
        server.stop().unwrap();
        assert_eq!(steady.receive(), None);
    }
    drop(going_on);
    resetting.join().unwrap();
}
