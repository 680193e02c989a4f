//! Who does not read what he has called for costs a server no more than its limits say.

mod common;

use std::{
    io::Write,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use common::{PROGRAM, call, connect, next_record, record, serves};
use sunrpc::{
    client::Client,
    server::{Pool, Running, Server},
};

/// How long a reply is.
const LONG: usize = 1 << 20;
const CALLS: u32 = 40;

/// A server whose pool makes long replies, and how many it has begun.
fn start() -> (Running, Arc<AtomicUsize>) {
    let begun = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&begun);
    let service = serves(PROGRAM, move |call, _, results| {
        if call.procedure() == 0 {
            return results.put(&());
        }
        count.fetch_add(1, Ordering::SeqCst);
        results.put(&vec![7_u32; LONG / 4])
    });
    let pool = Pool { workers: 2, queue: 1024 };
    let builder = Server::builder().blocking_service(service, pool).listen("127.0.0.1:0");
    (builder.bind().unwrap().spawn().unwrap(), begun)
}

/// How many replies have been begun once no more are: others have been answered by the same pool meanwhile.
fn settled(server: &Running, begun: &AtomicUsize) -> usize {
    let other = Client::tcp(server.tcp_addr().unwrap()).unwrap();
    loop {
        let before = begun.load(Ordering::SeqCst);
        (0..20).for_each(|_| other.call::<(), ()>(PROGRAM, 1, 0, &()).unwrap());
        if before > 0 && begun.load(Ordering::SeqCst) == before {
            return before;
        }
    }
}

#[test]
fn no_more_replies_are_made_than_he_takes() {
    let (server, begun) = start();
    let mut deaf = connect(&server);
    let calls: Vec<u8> = (0..CALLS).flat_map(|xid| record(&call(xid, 1, 1, &[]))).collect();
    deaf.write_all(&calls).unwrap();
    // What the sockets hold, what the queue does, and one of each worker.
    let made = settled(&server, &begun);
    assert!(made <= 20, "{made} replies");
    // All of them come once he reads.
    for _ in 0..CALLS {
        assert!(next_record(&mut deaf).len() > LONG);
    }
    assert_eq!(begun.load(Ordering::SeqCst), CALLS as usize);
    server.stop().unwrap();
}

#[test]
fn who_hangs_up_leaves_nothing_behind() {
    let (server, begun) = start();
    let mut deaf = connect(&server);
    let calls: Vec<u8> = (0..CALLS).flat_map(|xid| record(&call(xid, 1, 1, &[]))).collect();
    deaf.write_all(&calls).unwrap();
    settled(&server, &begun);
    drop(deaf);
    settled(&server, &begun);
    server.stop().unwrap();
}
