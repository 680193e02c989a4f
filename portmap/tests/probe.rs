//! Registrations of programs that have died are dropped, those of programs that live stay.

use std::{
    net::UdpSocket,
    os::unix::net::UnixListener,
    time::{Duration, Instant},
};

use sunrpc::{
    Transport,
    proto::AuthStat,
    server::{Fault, Server},
};
use sunrpc_portmap::{Netid, Portmap, Portmapper, Prober, Probing, Uaddr};
use sunrpc_tests::service::{does, null};

const ALIVE: u32 = 0x2000_0001;
const REFUSING: u32 = 0x2000_0002;
const DEAD: u32 = 0x2000_0003;
const MUTE: u32 = 0x2000_0004;
const ANOTHER: u32 = 0x2000_0005;
const MINE: u32 = 0x2000_0006;
const ANOTHERS: u32 = 0x2000_0007;
const GONE: u32 = 0x2000_0008;

#[test]
fn the_dead_are_dropped_and_the_living_stay() {
    let place = tempfile::tempdir().unwrap();
    let socket = place.path().join("portmap.sock");
    let portmapper =
        Portmapper::builder().listen("127.0.0.1:0").listen_unix(&socket).spawn().unwrap();
    let client = Portmap::connect(portmapper.tcp_addr().unwrap()).unwrap();
    let living = Server::builder()
        .service(null(ALIVE, 1))
        .service(does(REFUSING, 1, |_, _, _| Err(Fault::Auth(AuthStat::TooWeak))))
        .listen("127.0.0.1:0")
        .bind()
        .unwrap()
        .spawn()
        .unwrap();
    // Nobody listens on the port of `dead`; nobody answers on that of `mute`; ANOTHER's port is somebody else's.
    let dead = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mute = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = living.tcp_addr().unwrap().port();
    for (program, transport, port) in [
        (ALIVE, Transport::Tcp, port),
        (ALIVE, Transport::Udp, port),
        (REFUSING, Transport::Tcp, port),
        (DEAD, Transport::Tcp, dead.port()),
        (DEAD, Transport::Udp, dead.port()),
        (MUTE, Transport::Udp, mute.local_addr().unwrap().port()),
        (ANOTHER, Transport::Udp, port),
    ] {
        client.set(program, 1, transport, port).unwrap();
    }
    // Sockets in the file system: the owner's own is called, another's is not, one that is gone is gone.
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let mine = UnixListener::bind(path("mine")).unwrap();
    mine.set_nonblocking(true).unwrap();
    let over_unix = Portmap::connect(socket.clone()).unwrap();
    let set = |client: &Portmap, program, path: String| {
        let addr = Uaddr::parse(Netid::Local, &path).unwrap();
        client.set_addr(program, 1, Netid::Local, &addr).unwrap();
    };
    set(&over_unix, MINE, path("mine"));
    set(&client, ANOTHERS, path("mine"));
    set(&client, GONE, path("gone"));
    let probing = Probing {
        interval: Duration::from_millis(10),
        misses: 3,
        timeout: Duration::from_millis(50),
    };
    let prober = Prober::spawn(portmapper.table().clone(), probing).unwrap();
    let left = || -> Vec<u32> {
        let entries = portmapper.registrations().into_iter();
        entries.map(|entry| entry.program).filter(|program| *program >= ALIVE).collect()
    };
    let deadline = Instant::now() + Duration::from_secs(20);
    while left() != [ALIVE, ALIVE, REFUSING, ANOTHERS] {
        assert!(Instant::now() < deadline, "still there: {:x?}", left());
        std::thread::yield_now();
    }
    drop(prober);
    // It was asked, and more than once: a program that comes late is not dropped at the first miss.
    let mut buffer = [0; 64];
    mute.set_nonblocking(true).unwrap();
    let asked = std::iter::from_fn(|| mute.recv(&mut buffer).ok()).count();
    assert!(asked >= 3, "asked {asked} times");
    let called = std::iter::from_fn(|| mine.accept().ok()).count();
    assert_eq!(called, 3, "once for each miss of its owner's, never for the other's");
}
