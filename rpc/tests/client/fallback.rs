//! Calls too long for UDP, made over TCP.

use std::{
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use crate::common::{self, PATIENCE, PROGRAM, deaf_tcp, serves};
use sunrpc::{
    Transport,
    client::{Builder, Client, Error},
    server::{Args, Call, Fault, Results, Running, Server, Service},
};

/// Sums up its arguments.
const SUM: u32 = 1;
/// Returns so many words.
const WORDS: u32 = 2;
/// Panics.
const PANIC: u32 = 3;

/// More words than a datagram holds.
const LONG: u32 = 20_000;

/// Counts its calls.
#[derive(Clone, Default)]
struct Counted(Arc<AtomicU32>);

impl Counted {
    fn calls(&self) -> u32 {
        self.0.swap(0, Ordering::SeqCst)
    }
}

impl Counted {
    fn service(self) -> impl Service {
        serves(PROGRAM, move |call, args, results| self.answer(call, args, results))
    }

    fn answer(
        &self,
        call: &Call<'_>,
        args: Args<'_>,
        results: &mut Results<'_>,
    ) -> Result<(), Fault> {
        self.0.fetch_add(1, Ordering::SeqCst);
        match call.procedure() {
            SUM => results.put(&args.get::<Vec<u32>>()?.iter().sum::<u32>()),
            WORDS => results.put(&vec![1_u32; args.get::<u32>()? as usize]),
            PANIC => panic!("as asked"),
            _ => Err(Fault::ProcUnavail),
        }
    }
}

fn start(service: &Counted) -> Running {
    let builder = Server::builder().service(service.clone().service()).listen_udp("127.0.0.1:0");
    builder.listen_tcp("127.0.0.1:0").bind().unwrap().spawn().unwrap()
}

/// Over UDP, with its TCP elsewhere; and how often it has been asked where.
fn client(server: &Running, builder: Builder) -> (Client, Arc<AtomicU32>) {
    let asked = Arc::new(AtomicU32::new(0));
    let (udp, tcp) = (server.udp_addr().unwrap(), server.tcp_addr().unwrap());
    let counter = Arc::clone(&asked);
    let builder = builder.timeout(PATIENCE).fall_back_to_tcp_at(move |addr| {
        assert_eq!(addr, udp);
        counter.fetch_add(1, Ordering::SeqCst);
        Ok(tcp)
    });
    (builder.connect(Transport::Udp, udp).unwrap(), asked)
}

fn sum(client: &Client, len: u32) -> Result<u32, Error> {
    client.call(PROGRAM, 1, SUM, &vec![1_u32; len as usize])
}

fn words(client: &Client, len: u32) -> Result<Vec<u32>, Error> {
    client.call(PROGRAM, 1, WORDS, &len)
}

#[test]
fn arguments_too_long_for_udp_go_over_tcp() {
    let service = Counted::default();
    let server = start(&service);
    let (client, asked) = client(&server, Client::builder());
    assert_eq!(sum(&client, 5).unwrap(), 5);
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    for _ in 0..3 {
        assert_eq!(sum(&client, LONG).unwrap(), LONG);
    }
    let long = vec![1_u32; LONG as usize];
    let started = [0; 3].map(|_| client.start::<_, u32>(PROGRAM, 1, SUM, &long).unwrap());
    for call in started {
        assert_eq!(call.wait().unwrap(), LONG);
    }
    client.send(PROGRAM, 1, SUM, &long).unwrap();
    client.flush().unwrap();
    // Behind it, over the same connection.
    assert_eq!(sum(&client, LONG).unwrap(), LONG);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    assert_eq!((service.calls(), client.stats().calls), (9, 9));
}

#[test]
fn nothing_goes_over_tcp_unless_it_may() {
    let service = Counted::default();
    let server = start(&service);
    let client = Client::udp(server.udp_addr().unwrap()).unwrap();
    let error = sum(&client, LONG).unwrap_err();
    assert!(matches!(error, Error::TooLong { transport: Transport::Udp, .. }), "{error}");
    assert!(error.to_string().ends_with("use TCP") && !error.may_have_run(), "{error}");
    assert_eq!((service.calls(), client.stats().calls), (0, 0));
}

/// By the time that its reply is too long, a call was run.
#[test]
fn a_reply_too_long_for_udp_is_asked_for_over_tcp_only_where_calls_may_run_twice() {
    let service = Counted::default();
    let server = start(&service);
    let (once, asked) = client(&server, Client::builder());
    let error = words(&once, LONG).unwrap_err();
    assert!(matches!(error, Error::SystemErr) && error.may_have_run(), "{error}");
    assert!(error.to_string().contains("use TCP"), "{error}");
    assert_eq!((service.calls(), asked.load(Ordering::SeqCst)), (1, 0));
    let (twice, _) = client(&server, Client::builder().repeat(true));
    assert_eq!(words(&twice, LONG).unwrap().len(), LONG as usize);
    assert_eq!(service.calls(), 2);
    // A server that fails says the same, and says it again.
    let error = twice.call::<(), ()>(PROGRAM, 1, PANIC, &()).unwrap_err();
    assert!(matches!(error, Error::SystemErr), "{error}");
    assert_eq!(service.calls(), 2);
}

#[test]
fn whoever_cannot_say_where_is_asked_again() {
    let server = start(&Counted::default());
    let (udp, tcp) = (server.udp_addr().unwrap(), server.tcp_addr().unwrap());
    let asked = AtomicU32::new(0);
    let locate = move |_| match asked.fetch_add(1, Ordering::SeqCst) {
        0 => Err(Error::ProgUnavail),
        // Nobody listens here.
        1 => Ok(common::udp().local_addr().unwrap()),
        _ => Ok(tcp),
    };
    let client =
        Client::builder().fall_back_to_tcp_at(locate).connect(Transport::Udp, udp).unwrap();
    assert!(matches!(sum(&client, LONG), Err(Error::ProgUnavail)));
    let error = sum(&client, LONG).unwrap_err();
    assert!(matches!(error, Error::Connect { transport: Transport::Tcp, .. }), "{error}");
    assert_eq!(sum(&client, LONG).unwrap(), LONG);
}

/// Nobody accepts, and nobody else fits into the queue.
#[test]
fn falling_back_takes_no_longer_than_the_call_may() {
    let (_listener, addr) = deaf_tcp();
    let _full = TcpStream::connect(addr).unwrap();
    let builder = Client::builder().connect_timeout(PATIENCE).timeout(Duration::from_millis(300));
    let client = builder.fall_back_to_tcp().connect(Transport::Udp, addr).unwrap();
    let began = Instant::now();
    let error = sum(&client, LONG).unwrap_err();
    assert!(matches!(error, Error::Connect { .. }), "{error}");
    assert!(began.elapsed() < PATIENCE / 2, "{:?}", began.elapsed());
}
