//! A call that is made again is the same call, and its error tells of all of them.

use std::{
    io::Write,
    net::{TcpListener, TcpStream, UdpSocket},
    sync::{
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use crate::common::{COUNT, PATIENCE, PROGRAM, Probe, next_record, record};
use sunrpc::{
    Transport,
    client::{self, Client},
    proto::{AuthFlavor, AuthStat, DuplicateLimits, OpaqueAuth, OwnedAuth},
    server::{self, Limits, Server},
};

#[test]
fn a_repeat_that_cannot_connect_does_not_hide_that_the_call_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = Client::builder()
        .repeat(true)
        .timeout(Duration::from_millis(200))
        .connect(Transport::Tcp, listener.local_addr().unwrap())
        .unwrap();
    let server = thread::spawn(move || drop(next_record(&mut listener.accept().unwrap().0)));
    let error = client.call::<_, u32>(PROGRAM, 1, COUNT, &()).unwrap_err();
    server.join().unwrap();
    assert!(error.may_have_run(), "{error:?}");
}

#[test]
fn a_fall_back_that_cannot_connect_does_not_hide_that_the_call_was_sent() {
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    let client = Client::builder()
        .repeat(true)
        .timeout(Duration::from_millis(200))
        .fall_back_to_tcp()
        .connect(Transport::Udp, server.local_addr().unwrap())
        .unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut buffer = [0; 100];
            let (_, peer) = server.recv_from(&mut buffer).unwrap();
            let system_err = [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5];
            server.send_to(&[&buffer[..4], &system_err].concat(), peer).unwrap();
        });
        let error = client.call::<_, u32>(PROGRAM, 1, COUNT, &()).unwrap_err();
        assert!(error.may_have_run(), "{error:?}");
    });
}

/// A flavor with another credential for each call.
struct Nonce(AtomicU32);

const NONCE: AuthFlavor = AuthFlavor(0x2000_0001);

impl client::Flavor for Nonce {
    fn credential(&self) -> OwnedAuth {
        let nonce = self.0.fetch_add(1, Ordering::Relaxed);
        OwnedAuth { flavor: NONCE, body: nonce.to_be_bytes().to_vec() }
    }

    fn check(&self, _: u32, _: &OpaqueAuth<'_>) -> bool {
        true
    }
}

/// Accepts everybody.
struct Anybody;

impl server::Flavor for Anybody {
    fn number(&self) -> AuthFlavor {
        NONCE
    }

    fn accept(&self, _: &server::Claim<'_>) -> Result<server::Accepted, AuthStat> {
        Ok(server::Accepted::new("anybody"))
    }
}

#[test]
fn a_call_with_a_flavor_is_repeated_as_it_was() {
    let mut limits = Limits::default();
    limits.stream_duplicates = DuplicateLimits::default();
    let server = Server::builder()
        .service(Probe::default())
        .flavor(Anybody)
        .limits(limits)
        .listen_tcp("127.0.0.1:0")
        .bind()
        .unwrap()
        .spawn()
        .unwrap();
    let far = server.tcp_addr().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = Client::builder()
        .repeat(true)
        .timeout(PATIENCE)
        .flavor(Nonce(AtomicU32::new(0)))
        .connect(Transport::Tcp, listener.local_addr().unwrap())
        .unwrap();
    let (done, is_done) = mpsc::channel::<()>();
    // The first connection ends before the reply is there.
    let between = thread::spawn(move || {
        for loses in [true, false] {
            let mut near = listener.accept().unwrap().0;
            let mut far = TcpStream::connect(far).unwrap();
            far.write_all(&record(&next_record(&mut near))).unwrap();
            let reply = next_record(&mut far);
            if !loses {
                near.write_all(&record(&reply)).unwrap();
                let _ = is_done.recv();
            }
        }
    });
    assert_eq!(client.call::<_, u32>(PROGRAM, 1, COUNT, &()).unwrap(), 1);
    drop(done);
    between.join().unwrap();
}
