//! The check of passwords, over the network.

mod common;

use std::{
    io::{Read, Write},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream, UdpSocket},
    time::Duration,
};

use common::{Accounts, CHEAP, HERE, client, start};
use sunrpc::{
    Transport,
    client::{Client, Error, ProgramClient},
    proto::AuthStat,
    server::Pool,
};
use sunrpc_services::{
    hosting::{self, passcheck_pool},
    idl::passcheck::{Credentials, PASSCHECK_CHECK, PasscheckV1Client, Verdict},
    passcheck::Cost,
};

fn credentials(name: &str, password: &str) -> Credentials {
    Credentials { name: name.into(), password: password.into() }
}

#[test]
fn grants_and_denies_over_both_transports() {
    let accounts = Accounts::new(CHEAP);
    let service = accounts.passcheck(CHEAP, false);
    let ready = start(hosting::passcheck(service, HERE, passcheck_pool()));
    for transport in Transport::INET {
        let passcheck: PasscheckV1Client = client(&ready, transport);
        let check = |name, password| passcheck.check(&credentials(name, password));
        assert_eq!(check("alice", "secret").expect("a verdict"), Verdict::Granted);
        assert_eq!(check("alice", "Secret").expect("a verdict"), Verdict::Denied);
        assert_eq!(check("nobody", "secret").expect("a verdict"), Verdict::Denied);
    }
}

#[test]
fn names_and_passwords_beyond_the_bound_are_not_sent() {
    let accounts = Accounts::new(CHEAP);
    let service = accounts.passcheck(CHEAP, false);
    let ready = start(hosting::passcheck(service, HERE, passcheck_pool()));
    let passcheck: PasscheckV1Client = client(&ready, Transport::Tcp);
    let long = "a".repeat(129);
    assert!(matches!(passcheck.check(&credentials("alice", &long)), Err(Error::Encode(_))));
    let longest = "a".repeat(128);
    let verdict = passcheck.check(&credentials(&longest, &longest)).expect("a verdict");
    assert_eq!(verdict, Verdict::Denied);
}

#[test]
fn too_many_tries_are_busy() {
    let accounts = Accounts::new(CHEAP);
    let service = accounts.passcheck(CHEAP, false);
    let ready = start(hosting::passcheck(service, HERE, passcheck_pool()));
    let passcheck: PasscheckV1Client = client(&ready, Transport::Tcp);
    let verdicts: Vec<Verdict> = (0..11)
        .map(|_| passcheck.check(&credentials("alice", "wrong")).expect("a verdict"))
        .collect();
    assert_eq!(verdicts[..10], [Verdict::Denied; 10]);
    assert_eq!(verdicts[10], Verdict::Busy);
    let verdict = passcheck.check(&credentials("alice", "secret")).expect("a verdict");
    assert_eq!(verdict, Verdict::Busy);
}

/// One thread, one call that waits: of eight that come at once, most find the service busy, and none has
/// to wait to hear it.
#[test]
fn a_full_pool_is_busy_at_once() {
    let dear = Cost { memory: 8192, passes: 3, lanes: 1 };
    let accounts = Accounts::new(CHEAP);
    let service = accounts.passcheck(dear, false);
    let ready = start(hosting::passcheck(service, HERE, Pool { workers: 1, queue: 1 }));
    let mut stream = TcpStream::connect(ready.tcp()).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("set");
    let calls: Vec<u8> = (1..=8).flat_map(call_to_check).collect();
    stream.write_all(&calls).expect("sent");
    let mut verdicts = Vec::new();
    for _ in 1..=8 {
        // Mark, xid, REPLY, MSG_ACCEPTED, verifier of two words, SUCCESS, verdict.
        let mut reply = [0; 32];
        stream.read_exact(&mut reply).expect("a reply");
        assert_eq!(reply[..4], [0x80, 0, 0, 28]);
        verdicts.push(reply[31]);
    }
    let count = |verdict: Verdict| {
        verdicts.iter().filter(|&&told| i32::from(told) == i32::from(verdict)).count()
    };
    assert!((1..=3).contains(&count(Verdict::Denied)), "{verdicts:?}");
    assert_eq!(count(Verdict::Denied) + count(Verdict::Busy), 8, "{verdicts:?}");
    assert_eq!(verdicts.first(), Some(&2), "who is turned away hears it first: {verdicts:?}");
    let passcheck: PasscheckV1Client = client(&ready, Transport::Udp);
    passcheck.null().expect("an answer");
}

/// A record with a call after RFC 5531 sections 9 and 11; name and password are `none`.
fn call_to_check(xid: u32) -> Vec<u8> {
    let (program, version) = (PasscheckV1Client::PROGRAM, PasscheckV1Client::VERSION);
    let none = u32::from_be_bytes(*b"none");
    let words = [xid, 0, 2, program, version, PASSCHECK_CHECK, 0, 0, 0, 0, 4, none, 4, none];
    let mark = 0x8000_0000 + 4 * 14;
    [mark].iter().chain(&words).flat_map(|word: &u32| word.to_be_bytes()).collect()
}

#[test]
fn accounts_are_followed_while_serving() {
    let accounts = Accounts::new(CHEAP);
    let service = accounts.passcheck(CHEAP, false);
    let ready = start(hosting::passcheck(service, HERE, passcheck_pool()));
    let passcheck: PasscheckV1Client = client(&ready, Transport::Tcp);
    let check = || passcheck.check(&credentials("alice", "secret"));
    assert_eq!(check().expect("a verdict"), Verdict::Granted);
    sunrpc_services::passcheck::Store::update(&accounts.path(), |accounts| {
        accounts.set_locked("alice", true)
    })
    .expect("locked");
    assert_eq!(check().expect("a verdict"), Verdict::Denied);
    std::fs::write(accounts.path(), "nonsense\n").expect("written");
    assert!(matches!(check(), Err(Error::SystemErr)), "what can't be read lets nobody in");
}

/// Over UDP the machine's own outer address is as good as any other's: it could be forged.
#[test]
fn a_password_from_off_the_machine_is_refused() {
    let Some(outer) = outer_address() else {
        eprintln!("left out: this machine has no address but loopback");
        return;
    };
    let accounts = Accounts::new(CHEAP);
    let anywhere = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);
    for (allow_remote, expected) in [(false, None), (true, Some(Verdict::Granted))] {
        let service = accounts.passcheck(CHEAP, allow_remote);
        let ready = start(hosting::passcheck(service, anywhere, passcheck_pool()));
        let at = SocketAddr::new(outer, ready.udp().port());
        let passcheck = PasscheckV1Client::new(Client::udp(at).expect("a client"));
        passcheck.null().expect("NULL is for all");
        match passcheck.check(&credentials("alice", "secret")) {
            Err(Error::Auth(AuthStat::TooWeak)) => assert_eq!(expected, None),
            other => assert_eq!(other.ok(), expected),
        }
    }
}

/// The address from which this machine would call others; nothing is sent.
fn outer_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    socket.local_addr().ok().map(|addr| addr.ip()).filter(|ip| !ip.is_loopback())
}
