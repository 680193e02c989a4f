//! Connections that are cut at any byte: a call that is repeated over another is answered, and has run once.

use std::{
    io,
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    num::NonZero,
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::Duration,
};

use sunrpc::{
    Transport,
    client::Client,
    proto::DuplicateLimits,
    server::{Limits, Running, Server, Service},
};
use sunrpc_tests::{rng::Rng, service::does};

const PROGRAM: u32 = 0x2000_0c07;
/// Some calls, or some replies, and any part of one.
const CUT_WITHIN: usize = 400;
const CALLERS: u32 = 3;
const CALLS: u32 = 60;

/// Counts its calls.
fn counts() -> impl Service {
    let calls = AtomicU32::new(0);
    does(PROGRAM, 1, move |_, _, results| results.put(&calls.fetch_add(1, Ordering::Relaxed)))
}

fn start() -> Running {
    let mut limits = Limits::default();
    limits.stream_duplicates = DuplicateLimits::default();
    let builder = Server::builder().service(counts()).limits(limits);
    let builder = builder.reactors(NonZero::new(2).unwrap()).listen_tcp("127.0.0.1:0");
    builder.bind().unwrap().spawn().unwrap()
}

/// Passes on what comes over connections to `server` and back, and ends each after so many bytes in one direction as
/// the seed has it.
fn cut_again_and_again(listener: &TcpListener, server: SocketAddr, seed: u64) {
    let mut rng = Rng(seed);
    loop {
        let (near, far) = (listener.accept().unwrap().0, TcpStream::connect(server).unwrap());
        let pass = |from: &TcpStream, to: &TcpStream, most: usize| {
            let _ = io::copy(&mut io::Read::take(from, most as u64), &mut &*to);
            let _ = [from, to].map(|end| end.shutdown(Shutdown::Both));
        };
        let most = [(); 2].map(|()| rng.below(CUT_WITHIN));
        thread::spawn(move || {
            thread::scope(|scope| {
                scope.spawn(|| pass(&near, &far, most[0]));
                pass(&far, &near, most[1]);
            });
        });
    }
}

#[test]
fn a_call_that_is_repeated_runs_once_wherever_its_connection_is_cut() {
    let server = start();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (addr, behind) = (listener.local_addr().unwrap(), server.tcp_addr().unwrap());
    thread::spawn(move || cut_again_and_again(&listener, behind, 1));
    let client = Client::builder()
        .repeat(true)
        .reconnect(Duration::ZERO, Duration::ZERO)
        .timeout(Duration::from_secs(60))
        .connect(Transport::Tcp, addr)
        .unwrap();
    let call = |_| client.call::<(), u32>(PROGRAM, 1, 1, &()).unwrap();
    let mut counted = thread::scope(|scope| {
        let callers = [(); CALLERS as usize]
            .map(|()| scope.spawn(|| (0..CALLS).map(call).collect::<Vec<_>>()));
        callers.map(|caller| caller.join().unwrap()).concat()
    });
    counted.sort_unstable();
    assert_eq!(counted, Vec::from_iter(0..CALLERS * CALLS));
}
