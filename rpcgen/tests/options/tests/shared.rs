//! Opaque data as `bytes::Bytes`: a part of its message where that is shared, and the same on the wire.

use std::sync::{Mutex, PoisonError};

use sunrpc::client::{Client, ProgramClient};
use sunrpc::server::{Builder, Call, Fault, Pool, Server};
use sunrpc::xdr::{Reader, bytes::Bytes, decode, encode};
use sunrpc_options_tests::blobs::{Blob, BlobsV1, BlobsV1Client, BlobsV1Server, Parcel};

fn parcel() -> Parcel {
    Parcel {
        head: Bytes::from_static(b"head"),
        seal: vec![7; 64].into(),
        parts: (0..10).map(|n| Bytes::from(vec![n; 1000])).collect(),
        note: "text".to_owned(),
        label: Bytes::from_static(b"not UTF-8: \xff"),
    }
}

#[test]
fn is_a_part_of_its_message() {
    let message = Bytes::from(encode(&parcel()).unwrap());
    let shared: Parcel = Reader::shared(&message).get().unwrap();
    let parts = [&shared.head, &shared.seal, &shared.label].into_iter().chain(&shared.parts);
    for part in parts {
        assert!(message.as_ptr_range().contains(&part.as_ptr()), "{part:?} is a copy");
    }
    assert_eq!(shared, parcel());
    let copied: Parcel = decode(&message).unwrap();
    assert!(!message.as_ptr_range().contains(&copied.seal.as_ptr()));
    assert_eq!(copied, shared);
}

#[test]
fn is_shown_as_bytes() {
    let json = serde_json::to_string(&parcel()).unwrap();
    assert!(json.contains(r#""head":[104,101,97,100]"#), "{json}");
    assert_eq!(serde_json::from_str::<Parcel>(&json).unwrap(), parcel());
}

/// Keeps every seal, and sends everything back.
#[derive(Default)]
struct Echo {
    seals: Mutex<Vec<Bytes>>,
    /// What comes in is known to be shared.
    shares: bool,
}

impl BlobsV1 for Echo {
    fn send(&self, _: &Call<'_>, args: Parcel) -> Result<Parcel, Fault> {
        let mut seals = self.seals.lock().unwrap_or_else(PoisonError::into_inner);
        // What was kept of the calls before is what it was.
        if seals.iter().zip(1..).any(|(seal, number)| *seal != seal_of(number)) {
            return Err(Fault::SystemErr);
        }
        // On the wire the seal is right behind the four bytes of the head.
        let is_shared = args.head.as_ptr().wrapping_add(4) == args.seal.as_ptr();
        if self.shares && !is_shared {
            return Err(Fault::SystemErr);
        }
        seals.push(args.seal.clone());
        Ok(args)
    }

    fn echo(&self, _: &Call<'_>, args: Blob) -> Result<Blob, Fault> {
        Ok(args)
    }
}

fn seal_of(number: u8) -> Bytes {
    vec![number; 64].into()
}

fn serves(server: Builder) {
    let server = server.listen("127.0.0.1:0").bind().unwrap().spawn().unwrap();
    for client in [
        Client::tcp(server.tcp_addr().unwrap()).unwrap(),
        Client::udp(server.udp_addr().unwrap()).unwrap(),
    ] {
        let client = BlobsV1Client::new(client);
        assert_eq!(client.echo(&Bytes::from_static(b"any bytes")).unwrap(), &b"any bytes"[..]);
    }
    let client = BlobsV1Client::new(Client::tcp(server.tcp_addr().unwrap()).unwrap());
    for number in 1..20 {
        let sent = Parcel { seal: seal_of(number), ..parcel() };
        assert_eq!(client.send(&sent).unwrap(), sent);
    }
}

#[test]
fn a_server_takes_it() {
    serves(Server::builder().service(BlobsV1Server(Echo::default())));
}

/// What a pool works on is its own: nothing of it is copied, and it stays as long as somebody keeps a part of it.
#[test]
fn a_pool_shares_it() {
    let service = BlobsV1Server(Echo { shares: true, ..Echo::default() });
    serves(Server::builder().blocking_service(service, Pool { workers: 2, queue: 8 }));
}
