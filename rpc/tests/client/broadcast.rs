//! Asking many at once.

use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, SocketAddr, SocketAddrV6, UdpSocket},
    thread,
    time::Duration,
};

use crate::common::{PATIENCE, PROGRAM, Probe, success, udp};
use sunrpc::{
    client::{Client, Error, Flavor},
    proto::{AuthFlavor, OpaqueAuth, OwnedAuth},
    server::{Running, Server},
};

fn start_at(addr: &str) -> Option<Running> {
    Server::builder().service(Probe::default()).listen_udp(addr).bind().ok()?.spawn().ok()
}

/// Servers of IPv4, and of IPv6 where the machine has that.
fn servers() -> Vec<Running> {
    ["127.0.0.1:0", "127.0.0.1:0", "[::1]:0"].into_iter().filter_map(start_at).collect()
}

#[test]
fn everybody_who_answers_is_heard() {
    let servers = servers();
    let nobody = udp().local_addr().unwrap();
    let all: BTreeSet<SocketAddr> = servers.iter().filter_map(Running::udp_addr).collect();
    let addrs: Vec<SocketAddr> = all.iter().copied().chain([nobody]).collect();
    let mut heard = BTreeSet::new();
    Client::builder()
        .timeout(PATIENCE)
        .broadcast(&addrs, (PROGRAM, 1, 0), &(), |from, ()| {
            heard.insert(from);
            heard.len() == all.len()
        })
        .unwrap();
    assert_eq!(heard, all);
}

/// With IPv6, there is no way to that interface; without, none to any address of that kind.
#[test]
fn whom_the_system_cannot_send_to_is_passed_over_unless_it_is_everybody() {
    let nowhere = SocketAddrV6::new("fe80::1".parse().unwrap(), 111, 0, i32::MAX as u32);
    let builder = Client::builder().timeout(PATIENCE);
    let ask = |addrs: &[SocketAddr]| {
        let mut heard = None;
        let answered = |from, ()| heard.replace(from).is_none();
        builder.broadcast(addrs, (PROGRAM, 1, 0), &(), answered).map(|()| heard)
    };
    for server in servers() {
        let addr = server.udp_addr().unwrap();
        assert_eq!(ask(&[nowhere.into(), addr, nowhere.into()]).unwrap(), Some(addr));
    }
    let error = ask(&[nowhere.into(), nowhere.into()]).unwrap_err();
    assert!(matches!(error, Error::Io(_)), "{error}");
}

#[test]
fn who_does_not_have_the_program_is_passed_over() {
    let servers = servers();
    let addrs: Vec<_> = servers.iter().filter_map(Running::udp_addr).collect();
    let mut heard = 0;
    Client::builder()
        .timeout(Duration::from_millis(90))
        .broadcast(&addrs, (PROGRAM + 1, 1, 0), &(), |_, ()| {
            heard += 1;
            false
        })
        .unwrap();
    assert_eq!(heard, 0);
}

/// Of those who do not answer each has three calls.
#[test]
fn everybody_is_asked_three_times() {
    let silent = udp();
    let quick = Client::builder().timeout(Duration::from_millis(60));
    let addr = silent.local_addr().unwrap();
    quick.broadcast(&[addr], (PROGRAM, 1, 0), &(), |_, ()| true).unwrap();
    silent.set_nonblocking(true).unwrap();
    let copies = std::iter::from_fn(|| silent.recv(&mut [0; 100]).ok()).count();
    assert_eq!(copies, 3);
}

#[test]
fn a_reply_to_another_call_is_none() {
    let server = udp();
    let addr = server.local_addr().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut call = [0; 100];
            let (_, caller) = server.recv_from(&mut call).unwrap();
            for result in [1, 2] {
                call[0] = !call[0];
                server.send_to(&success(&call, &[result]), caller).unwrap();
            }
        });
        let mut results = Vec::new();
        let mut hear = |_, result: u32| {
            results.push(result);
            true
        };
        let builder = Client::builder().timeout(PATIENCE);
        builder.broadcast(&[addr], (PROGRAM, 1, 0), &(), &mut hear).unwrap();
        assert_eq!(results, [2]);
    });
}

/// Nobody can be asked for a proof whom one does not know yet.
#[test]
fn no_flavor_is_used() {
    struct Secret;
    impl Flavor for Secret {
        fn credential(&self) -> OwnedAuth {
            OwnedAuth { flavor: AuthFlavor(7), body: b"secret".to_vec() }
        }

        fn check(&self, _: u32, _: &OpaqueAuth<'_>) -> bool {
            false
        }
    }
    let server = Server::builder().service(Probe::default()).listen_udp("127.0.0.1:0");
    let server = server.bind().unwrap().spawn().unwrap();
    let addr = server.udp_addr().unwrap();
    let builder = Client::builder().flavor(Secret).timeout(Duration::from_secs(1));
    let mut heard = 0;
    let hear = |_, ()| {
        heard += 1;
        true
    };
    builder.broadcast(&[addr], (PROGRAM, 1, 0), &(), hear).unwrap();
    assert_eq!(heard, 1);
}

/// The system refuses to send to such an address, unless it is told that this is meant.
#[test]
fn a_broadcast_address_may_be_asked() {
    let everybody = UdpSocket::bind((Ipv4Addr::new(127, 255, 255, 255), 0)).unwrap();
    everybody.set_read_timeout(Some(PATIENCE)).unwrap();
    let quick = Client::builder().timeout(Duration::from_millis(60));
    let addr = everybody.local_addr().unwrap();
    quick.broadcast(&[addr], (PROGRAM, 1, 0), &(), |_, ()| true).unwrap();
    assert_eq!(everybody.recv(&mut [0; 100]).unwrap(), 40);
}
