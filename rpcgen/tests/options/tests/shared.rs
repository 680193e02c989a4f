//! Opaque data as `bytes::Bytes`: a part of its message where that is shared, and the same on the wire.

use sunrpc::client::{Client, ProgramClient};
use sunrpc::server::{Call, Fault, Server};
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

/// Sends everything back.
struct Echo;

impl BlobsV1 for Echo {
    fn send(&self, _: &Call<'_>, args: Parcel) -> Result<Parcel, Fault> {
        Ok(args)
    }

    fn echo(&self, _: &Call<'_>, args: Blob) -> Result<Blob, Fault> {
        Ok(args)
    }
}

#[test]
fn a_server_takes_it() {
    let service = BlobsV1Server(Echo);
    let server = Server::builder().service(service).listen("127.0.0.1:0").bind().unwrap();
    let server = server.spawn().unwrap();
    let client = BlobsV1Client::new(Client::tcp(server.tcp_addr().unwrap()).unwrap());
    assert_eq!(client.send(&parcel()).unwrap(), parcel());
    assert_eq!(client.echo(b"any bytes").unwrap(), &b"any bytes"[..]);
}
