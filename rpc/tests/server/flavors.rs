//! Flavors of authentication of one's own: what goes to and fro, byte for byte, and both sides together.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    net::UdpSocket,
    sync::Mutex,
    thread,
};

use crate::common::{self, COUNT, ECHO, PROGRAM, Probe, serves, success, udp, words};
use sunrpc::{
    Transport,
    client::{self, Client, Error},
    proto::{AuthFlavor, AuthStat, Credentials, OpaqueAuth, OwnedAuth},
    server::{
        Accepted, Args, Call, Claim, Fault, Flavor, Guarded, Results, Running, Server, Service,
        only_principals,
    },
    xdr::{DecodeError, DecodeWith, Reader, Str},
};

/// A flavor in the manner of those that sign: the credential is a name, the verifier a keyed sum of the message's
/// head. (A sum that nobody can forge would take a library.)
const SEAL: AuthFlavor = AuthFlavor(0x2000_0007);
const KEY: u64 = 42;
/// Returns the caller's name and the flavor of his credential.
const WHO: u32 = 1;

struct Seal;

fn seal(bytes: &[u8]) -> [u8; 8] {
    let mut hasher = DefaultHasher::new();
    (KEY, bytes).hash(&mut hasher);
    hasher.finish().to_be_bytes()
}

impl Flavor for Seal {
    fn number(&self) -> AuthFlavor {
        SEAL
    }

    fn accept(&self, claim: &Claim<'_>) -> Result<Accepted, AuthStat> {
        let name = str::from_utf8(claim.body.cred.body).map_err(|_| AuthStat::BadCred)?;
        if claim.body.verf.body != seal(claim.head) {
            return Err(AuthStat::BadVerf);
        }
        let body = match name {
            "aged" => return Err(AuthStat::RejectedCred),
            "boom" => panic!("as asked"),
            "long" => vec![0; 401],
            "full" => vec![0; 400],
            _ => seal(&claim.xid.to_be_bytes()).to_vec(),
        };
        Ok(Accepted::new(name).with_verifier(OwnedAuth { flavor: SEAL, body }))
    }
}

struct Who;

impl Who {
    fn service(self) -> impl Service {
        serves(PROGRAM, move |call, args, results| self.answer(call, args, results))
    }

    fn answer(
        &self,
        call: &Call<'_>,
        args: Args<'_>,
        results: &mut Results<'_>,
    ) -> Result<(), Fault> {
        args.get::<()>()?;
        match call.procedure() {
            0 => Ok(()),
            WHO => {
                let flavor = match call.credentials() {
                    Credentials::Other(auth) => auth.flavor.0,
                    _ => 0,
                };
                results.put_as::<Str, _>(call.principal().unwrap_or("nobody"))?;
                results.put(&flavor)
            }
            _ => Err(Fault::ProcUnavail),
        }
    }
}

fn start(service: impl Service) -> Running {
    let server = Server::builder().service(service).flavor(Seal).listen("127.0.0.1:0").bind();
    server.unwrap().spawn().unwrap()
}

/// A call of a name of four letters, well sealed, unless `spoil` does something to it.
fn call(xid: u32, procedure: u32, name: &[u8; 4], spoil: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let head = [xid, 0, 2, PROGRAM, 1, procedure, SEAL.0, 4];
    let mut message: Vec<u8> = head.iter().flat_map(|word| word.to_be_bytes()).collect();
    message.extend_from_slice(name);
    let sum = seal(&message);
    message.extend_from_slice(&[SEAL.0.to_be_bytes(), 8_u32.to_be_bytes()].concat());
    message.extend_from_slice(&sum);
    spoil(&mut message);
    message
}

fn ask(socket: &UdpSocket, server: &Running, message: &[u8]) -> Vec<u8> {
    socket.send_to(message, server.udp_addr().unwrap()).unwrap();
    let mut reply = vec![0; 2048];
    let count = socket.recv(&mut reply).unwrap();
    reply.truncate(count);
    reply
}

/// The head of a reply with a well sealed verifier.
fn sealed(xid: u32, stat: u32) -> Vec<u8> {
    let mut head = [xid, 1, 0, SEAL.0, 8].map(u32::to_be_bytes).concat();
    head.extend_from_slice(&seal(&xid.to_be_bytes()));
    head.extend_from_slice(&stat.to_be_bytes());
    head
}

#[test]
fn a_caller_who_is_accepted_has_a_name_and_gets_a_verifier() {
    let server = start(Who.service());
    let results = [&[0, 0, 0, 4], &b"anna"[..], &SEAL.0.to_be_bytes()].concat();
    let reply = ask(&udp(), &server, &call(7, WHO, b"anna", |_| ()));
    assert_eq!(reply, [sealed(7, 0), results].concat());
    server.stop().unwrap();
}

#[test]
fn a_call_that_fails_gets_the_verifier_too() {
    let server = start(Who.service());
    let socket = udp();
    assert_eq!(ask(&socket, &server, &call(8, 99, b"anna", |_| ())), sealed(8, 3));
    // Another program: PROG_UNAVAIL. Its number is sealed, so the seal is made anew.
    let other = call(9, WHO, b"anna", |message| {
        message[15] ^= 1;
        let sum = seal(&message[..36]);
        message[44..].copy_from_slice(&sum);
    });
    assert_eq!(ask(&socket, &server, &other), sealed(9, 1));
    server.stop().unwrap();
}

#[test]
fn who_is_not_accepted_is_told_why() {
    let server = start(Who.service());
    let socket = udp();
    let denied = |message: &[u8]| {
        let reply = words(&ask(&socket, &server, message));
        assert_eq!(reply[1..4], [1, 1, 1], "{reply:?}");
        reply[4]
    };
    assert_eq!(
        denied(&call(1, WHO, b"anna", |message| message[35] ^= 1)),
        AuthStat::BadVerf as u32
    );
    assert_eq!(denied(&call(2, WHO, b"an\xffa", |_| ())), AuthStat::BadCred as u32);
    assert_eq!(denied(&call(3, WHO, b"aged", |_| ())), AuthStat::RejectedCred as u32);
    assert_eq!(denied(&call(4, WHO, b"long", |_| ())), AuthStat::Failed as u32);
    assert_eq!(
        ask(&socket, &server, &call(7, WHO, b"full", |_| ()))[8..20],
        [0, SEAL.0, 400].map(u32::to_be_bytes).concat()
    );
    assert_eq!(denied(&call(6, WHO, b"boom", |_| ())), AuthStat::Failed as u32);
    // A flavor that nobody has added.
    let other = call(5, WHO, b"anna", |message| message[27] ^= 1);
    assert_eq!(denied(&other), AuthStat::RejectedCred as u32);
    server.stop().unwrap();
}

#[test]
fn a_service_may_demand_a_name() {
    let server = start(Guarded::new(Who.service(), only_principals));
    let socket = udp();
    assert_eq!(ask(&socket, &server, &call(1, WHO, b"anna", |_| ()))[..32], sealed(1, 0));
    let plain = common::call(2, 1, WHO, &[]);
    assert_eq!(words(&ask(&socket, &server, &plain)), [2, 1, 1, 1, AuthStat::TooWeak as u32]);
    let null = common::call(3, 1, 0, &[]);
    assert_eq!(words(&ask(&socket, &server, &null)), [3, 1, 0, 0, 0, 0]);
    server.stop().unwrap();
}

#[test]
fn a_flavor_changes_nothing_for_others() {
    let server = start(Probe::default());
    let echo = common::call(5, 1, ECHO, &[1, 9]);
    assert_eq!(words(&ask(&udp(), &server, &echo)), [5, 1, 0, 0, 0, 0, 1, 9]);
    server.stop().unwrap();
}

/// Takes the place of AUTH_NONE.
struct Nameless;

impl Flavor for Nameless {
    fn number(&self) -> AuthFlavor {
        AuthFlavor::NONE
    }

    fn accept(&self, claim: &Claim<'_>) -> Result<Accepted, AuthStat> {
        if claim.body.procedure == 0 { Ok(Accepted::new("")) } else { Err(AuthStat::TooWeak) }
    }
}

#[test]
fn who_is_nobody_in_particular_may_be_refused() {
    let server = Server::builder().service(Probe::default()).flavor(Nameless).listen("127.0.0.1:0");
    let server = server.bind().unwrap().spawn().unwrap();
    let client = Client::tcp(server.tcp_addr().unwrap()).unwrap();
    client.call::<(), ()>(PROGRAM, 1, 0, &()).unwrap();
    let error = client.call::<(), u32>(PROGRAM, 1, COUNT, &()).unwrap_err();
    assert!(matches!(error, Error::Auth(AuthStat::TooWeak)), "{error}");
}

/// The caller's side of it: as one of several names, one after the other.
struct Names {
    names: Mutex<Vec<&'static str>>,
    /// What spoils the check.
    key: u8,
}

impl client::Flavor for Names {
    fn credential(&self) -> OwnedAuth {
        OwnedAuth { flavor: SEAL, body: self.names.lock().unwrap()[0].into() }
    }

    fn verifier(&self, head: &[u8]) -> OwnedAuth {
        OwnedAuth { flavor: SEAL, body: seal(head).to_vec() }
    }

    fn check(&self, xid: u32, verifier: &OpaqueAuth<'_>) -> bool {
        verifier.flavor == SEAL
            && verifier.body == seal(&xid.to_be_bytes()).map(|byte| byte ^ self.key)
    }

    fn renew(&self, why: AuthStat) -> bool {
        let mut names = self.names.lock().unwrap();
        names.rotate_left(1);
        why == AuthStat::RejectedCred
    }
}

/// The answer to `WHO`, over each transport.
fn who(server: &Running, names: &[&'static str], key: u8) -> [Result<(String, u32), Error>; 2] {
    [Transport::Udp, Transport::Tcp].map(|transport| {
        let addr = if transport == Transport::Udp { server.udp_addr() } else { server.tcp_addr() };
        let flavor = Names { names: Mutex::new(names.to_vec()), key };
        let client = Client::builder().flavor(flavor).connect(transport, addr.unwrap()).unwrap();
        client.call::<(), ()>(PROGRAM, 1, 0, &())?;
        client.call_as::<(), Answer, (), (String, u32)>(PROGRAM, 1, WHO, &())
    })
}

/// A name and a number.
struct Answer;

impl<'de> DecodeWith<'de, (String, u32)> for Answer {
    const MIN_LEN: usize = 8;

    fn decode_with(from: &mut Reader<'de>) -> Result<(String, u32), DecodeError> {
        Ok((from.get_as::<Str, _>()?, from.get()?))
    }
}

#[test]
fn a_client_that_proves_who_it_is_is_known() {
    let server = start(Guarded::new(Who.service(), only_principals));
    for answer in who(&server, &["anna"], 0) {
        assert_eq!(answer.unwrap(), ("anna".to_owned(), SEAL.0));
    }
    server.stop().unwrap();
}

#[test]
fn a_credential_that_is_refused_is_renewed() {
    let server = start(Who.service());
    for answer in who(&server, &["aged", "aged", "berta"], 0) {
        assert_eq!(answer.unwrap().0, "berta");
    }
    for answer in who(&server, &["aged", "aged", "aged", "late"], 0) {
        assert!(matches!(answer, Err(Error::Auth(AuthStat::RejectedCred))), "twice, not thrice");
    }
    server.stop().unwrap();
}

#[test]
fn a_server_that_proves_nothing_is_not_believed() {
    let server = start(Who.service());
    for answer in who(&server, &["anna"], 1) {
        assert!(matches!(answer, Err(Error::Verifier(SEAL))), "{answer:?}");
    }
    server.stop().unwrap();
}

/// Nor is one that does not even try to.
#[test]
fn an_empty_verifier_proves_nothing() {
    let server = udp();
    let flavor = Names { names: Mutex::new(vec!["anna"]), key: 0 };
    let builder = Client::builder().flavor(flavor);
    let client = builder.connect(Transport::Udp, server.local_addr().unwrap()).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut call = [0; 200];
            let (_, caller) = server.recv_from(&mut call).unwrap();
            server.send_to(&success(&call, &[]), caller).unwrap();
        });
        let error = client.call::<(), ()>(PROGRAM, 1, 0, &()).unwrap_err();
        assert!(matches!(error, Error::Verifier(AuthFlavor::NONE)), "{error}");
    });
}
