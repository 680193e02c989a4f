//! Who does not read what he has called for costs a server no more than its limits say.

use std::{
    io::Write,
    net::{Shutdown, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Instant,
};

use crate::common::{PATIENCE, PROGRAM, call, connect, next_record, record, serves};
use sunrpc::{
    client::Client,
    server::{Limits, Pool, Running, Server},
};

/// How long a reply is.
const LONG: usize = 1 << 20;
const CALLS: u32 = 40;
/// The procedure that waits until its caller counts as gone.
const LINGERS: u32 = 2;

/// A server whose pool makes long replies, and how many it has begun.
fn start() -> (Running, Arc<AtomicUsize>) {
    let begun = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&begun);
    let service = serves(PROGRAM, move |call, _, results| {
        if call.procedure() == 0 {
            return results.put(&());
        }
        while call.procedure() == LINGERS && !call.is_cancelled() {
            thread::yield_now();
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

/// A caller who has called often, and reads nothing.
fn deaf(server: &Running) -> TcpStream {
    let mut stream = connect(server);
    let calls: Vec<u8> = (0..CALLS).flat_map(|xid| record(&call(xid, 1, 1, &[]))).collect();
    stream.write_all(&calls).unwrap();
    stream
}

#[test]
fn no_more_replies_are_made_than_he_takes() {
    let (server, begun) = start();
    let mut deaf = deaf(&server);
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

/// Whoever sends calls and hangs up may have meant them.
#[test]
fn what_he_has_called_for_is_done_when_he_is_gone() {
    let (server, begun) = start();
    let deaf = deaf(&server);
    settled(&server, &begun);
    drop(deaf);
    let began = Instant::now();
    while begun.load(Ordering::SeqCst) < CALLS as usize {
        assert!(began.elapsed() < PATIENCE, "{begun:?}");
        settled(&server, &begun);
    }
    server.stop().unwrap();
}

/// He may read all the same.
#[test]
fn who_says_that_he_sends_no_more_is_not_sent_more() {
    let (server, begun) = start();
    let mut deaf = connect(&server);
    let procedure = |xid| if xid < 2 { LINGERS } else { 1 };
    let calls: Vec<u8> =
        (0..CALLS).flat_map(|xid| record(&call(xid, 1, procedure(xid), &[]))).collect();
    deaf.write_all(&calls).unwrap();
    deaf.shutdown(Shutdown::Write).unwrap();
    let made = settled(&server, &begun);
    assert!(made <= 20, "{made} replies");
    for _ in 0..CALLS {
        assert!(next_record(&mut deaf).len() > LONG);
    }
    server.stop().unwrap();
}

#[test]
fn where_no_reply_may_wait_one_does() {
    let mut limits = Limits::default();
    limits.max_reply_queue_bytes = 0;
    let service = serves(PROGRAM, |_, _, results| results.put(&()));
    let builder = Server::builder().blocking_service(service, Pool { workers: 1, queue: 8 });
    let server = builder.limits(limits).listen("127.0.0.1:0").bind().unwrap().spawn().unwrap();
    let client = Client::tcp(server.tcp_addr().unwrap()).unwrap();
    for _ in 0..3 {
        client.call::<(), ()>(PROGRAM, 1, 1, &()).unwrap();
    }
    server.stop().unwrap();
}
