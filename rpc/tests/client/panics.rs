//! What a user brings panics, and nobody but him has to do with it.

use std::{
    io::Write,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    task::{Context, Wake, Waker},
    thread,
};

use crate::common::{
    COUNT, ECHO, PROGRAM, call, connected, next_record, reply_to, serves, udp, words,
};
use sunrpc::{
    client::{Error, Pending},
    server::{Layer, Server, Service},
    xdr::{Decode, DecodeError, Reader},
};

/// Panics when it is decoded.
struct Undecodable;

impl<'de> Decode<'de> for Undecodable {
    const MIN_LEN: usize = 0;

    fn decode(_: &mut Reader<'de>) -> Result<Self, DecodeError> {
        panic!("as asked")
    }
}

/// His reply, or that the connection is gone: not the end of his time.
#[test]
fn a_decoder_that_panics_leaves_nobody_waiting() {
    let (client, mut server) = connected();
    thread::scope(|scope| {
        let bad = scope.spawn(|| {
            let call = || client.call::<_, Undecodable>(PROGRAM, 1, ECHO, &()).map(|_| ());
            catch_unwind(AssertUnwindSafe(call))
        });
        let first = next_record(&mut server);
        let good = scope.spawn(|| client.call::<_, u32>(PROGRAM, 1, COUNT, &()));
        let second = next_record(&mut server);
        server.write_all(&[reply_to(&first, 5), reply_to(&second, 5)].concat()).unwrap();
        assert!(bad.join().unwrap().is_err());
        let good = good.join().unwrap();
        assert!(matches!(good, Ok(5) | Err(Error::Disconnected)), "{good:?}");
    });
}

/// Panics when it is told, and says so.
struct Unwakeable(mpsc::Sender<()>);

impl Wake for Unwakeable {
    fn wake(self: Arc<Self>) {
        self.0.send(()).unwrap();
        panic!("as asked")
    }
}

#[test]
fn a_waker_that_panics_costs_others_nothing() {
    let (client, mut server) = connected();
    let (sender, woken) = mpsc::channel();
    let waker = Waker::from(Arc::new(Unwakeable(sender)));
    let mut pending: Pending<u32> = client.start(PROGRAM, 1, COUNT, &()).unwrap();
    assert!(Pin::new(&mut pending).poll(&mut Context::from_waker(&waker)).is_pending());
    let call = next_record(&mut server);
    server.write_all(&reply_to(&call, 5)).unwrap();
    woken.recv().unwrap();
    thread::scope(|scope| {
        let calling = scope.spawn(|| client.call::<_, u32>(PROGRAM, 1, COUNT, &()));
        let call = next_record(&mut server);
        server.write_all(&reply_to(&call, 6)).unwrap();
        assert_eq!(calling.join().unwrap().expect("the reply is there"), 6);
    });
}

/// Panics when it is let go of, as what a task holds may.
struct Unloosable;

impl Wake for Unloosable {
    fn wake(self: Arc<Self>) {}
}

impl Drop for Unloosable {
    fn drop(&mut self) {
        panic!("as asked")
    }
}

#[test]
fn a_waker_that_panics_as_it_goes_costs_others_nothing() {
    let (client, _server) = connected();
    let mut pending: Pending<u32> = client.start(PROGRAM, 1, COUNT, &()).unwrap();
    let waker = Waker::from(Arc::new(Unloosable));
    assert!(Pin::new(&mut pending).poll(&mut Context::from_waker(&waker)).is_pending());
    // Now the client has the last.
    drop(waker);
    assert!(Pin::new(&mut pending).poll(&mut Context::from_waker(Waker::noop())).is_pending());
}

/// Panics when it is asked about a procedure that it does not know.
struct Careless<S>(S);

impl<S: Service> Layer for Careless<S> {
    type Inner = S;

    fn inner(&self) -> &S {
        &self.0
    }

    fn is_idempotent(&self, procedure: u32) -> bool {
        [true, false][procedure as usize]
    }
}

#[test]
fn a_service_that_panics_when_asked_what_may_run_twice_does_not_end_the_server() {
    let count = AtomicU32::new(0);
    let counts =
        serves(PROGRAM, move |_, _, results| results.put(&count.fetch_add(1, Ordering::SeqCst)));
    let server = Server::builder().service(Careless(counts)).listen("127.0.0.1:0");
    let server = server.bind().unwrap().spawn().unwrap();
    let socket = udp();
    // Nor may such a call run twice: nobody has said so.
    for (xid, procedure, count) in [(1, 1, 0), (2, 99, 1), (2, 99, 1), (3, 1, 2)] {
        socket.send_to(&call(xid, 1, procedure, &[]), server.udp_addr().unwrap()).unwrap();
        let mut reply = [0; 28];
        socket.recv(&mut reply).unwrap();
        assert_eq!(words(&reply).last(), Some(&count), "call {xid}");
    }
}
