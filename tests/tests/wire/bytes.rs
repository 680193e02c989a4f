//! Opaque data as `Bytes`: what a handler keeps of a long message is a part of it, and stays as it was.

use std::sync::Mutex;

use sunrpc::{
    client::Client,
    server::{Fault, Pool, Running, Server, Service},
    xdr::{Opaque, bytes::Bytes},
};
use sunrpc_tests::service::does;

const PROGRAM: u32 = 0x2000_0b17;
/// Keeps the data, and returns whether they are a part of the message.
const KEEP: u32 = 1;
/// Returns the data that were kept first.
const FIRST: u32 = 2;

type Data = Opaque<{ 1 << 20 }>;

fn keeper() -> impl Service {
    let kept = Mutex::new(Vec::new());
    does(PROGRAM, 1, move |call, args, results| {
        let mut kept = kept.lock().unwrap();
        match call.procedure() {
            KEEP => {
                let data: Bytes = args.get_as::<Data, _>()?;
                // A copy belongs to nobody else.
                results.put(&!data.is_unique())?;
                kept.push(data);
                Ok(())
            }
            FIRST => results.put_as::<Data, _>(kept.first().ok_or(Fault::SystemErr)?),
            _ => Err(Fault::ProcUnavail),
        }
    })
}

/// Keeps data of `len` bytes several times over; whether they were parts of their messages.
fn keep(server: &Running, len: usize) -> Vec<bool> {
    let client = Client::tcp(server.tcp_addr().unwrap()).unwrap();
    let of = |mark: u8| vec![mark; len];
    let shared = (1..=5)
        .map(|mark| {
            client.call_as::<Data, bool, Vec<u8>, bool>(PROGRAM, 1, KEEP, &of(mark)).unwrap()
        })
        .collect();
    let first = client.call_as::<(), Data, (), Vec<u8>>(PROGRAM, 1, FIRST, &()).unwrap();
    assert!(first == of(1), "what was kept has been overwritten");
    shared
}

#[test]
fn what_is_kept_of_a_long_message_is_a_part_of_it() {
    let server = Server::builder().service(keeper()).listen("127.0.0.1:0").bind().unwrap();
    let server = server.spawn().unwrap();
    assert_eq!(keep(&server, 300_000), [true; 5]);
    server.stop().unwrap();
}

#[test]
fn what_is_kept_of_a_short_message_is_a_copy() {
    let server = Server::builder().service(keeper()).listen("127.0.0.1:0").bind().unwrap();
    let server = server.spawn().unwrap();
    assert_eq!(keep(&server, 100), [false; 5]);
    server.stop().unwrap();
}

#[test]
fn what_a_pool_keeps_is_a_part_of_the_message() {
    let pool = Pool { workers: 2, queue: 8 };
    let builder = Server::builder().blocking_service(keeper(), pool);
    let server = builder.listen("127.0.0.1:0").bind().unwrap().spawn().unwrap();
    assert_eq!(keep(&server, 100), [true; 5]);
    server.stop().unwrap();
}
