//! What a handler can know of the call it works on: its deadline, and whether anybody still waits.

use std::{
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use crate::common::{BUSY, COUNT, PATIENCE, PROGRAM, Probe, WAIT};
use sunrpc::{
    client::Client,
    server::{Args, Call, Fault, Limits, Pool, Results, Running, Server, Service},
};

/// Says that it has begun, works until nobody waits for it, and says how long that took.
const TOIL: u32 = 1;
/// Returns how long it has, in milliseconds.
const TIME_LEFT: u32 = 2;

/// What a toiler says.
#[derive(Debug, PartialEq)]
enum Said {
    Begun,
    Cancelled,
}

struct Toiler(mpsc::Sender<Said>);

impl Service for Toiler {
    fn program(&self) -> u32 {
        PROGRAM
    }

    fn version(&self) -> u32 {
        1
    }

    fn dispatch(
        &self,
        call: &Call<'_>,
        args: Args<'_>,
        results: &mut Results<'_>,
    ) -> Result<(), Fault> {
        args.get::<()>()?;
        match call.procedure() {
            TOIL => {
                self.0.send(Said::Begun).unwrap();
                let enough = Instant::now() + PATIENCE;
                while !call.is_cancelled() {
                    assert!(Instant::now() < enough, "never cancelled");
                    thread::yield_now();
                }
                self.0.send(Said::Cancelled).unwrap();
                results.put(&7_u32)
            }
            TIME_LEFT => {
                let left = call.deadline().unwrap().saturating_duration_since(Instant::now());
                results.put(&u32::try_from(left.as_millis()).unwrap())
            }
            _ => Err(Fault::ProcUnavail),
        }
    }

    fn overloaded(
        &self,
        _: &Call<'_>,
        _: Args<'_>,
        results: &mut Results<'_>,
    ) -> Result<(), Fault> {
        results.put(&BUSY)
    }
}

/// A server with one thread for toilers, and what they say.
fn start(change: impl FnOnce(&mut Limits)) -> (Running, mpsc::Receiver<Said>) {
    let (said, heard) = mpsc::channel();
    let mut limits = Limits::default();
    change(&mut limits);
    let server = Server::builder()
        .blocking_service(Toiler(said), Pool { workers: 1, queue: 4 })
        .limits(limits)
        .listen("127.0.0.1:0")
        .bind()
        .unwrap();
    (server.spawn().unwrap(), heard)
}

fn clients(server: &Running) -> [Client; 2] {
    [
        Client::tcp(server.tcp_addr().unwrap()).unwrap(),
        Client::udp(server.udp_addr().unwrap()).unwrap(),
    ]
}

#[test]
fn a_handler_hears_that_its_caller_has_hung_up() {
    let (server, heard) = start(|_| {});
    let client = Client::tcp(server.tcp_addr().unwrap()).unwrap();
    let call = client.start::<_, u32>(PROGRAM, 1, TOIL, &()).unwrap();
    client.flush().unwrap();
    assert_eq!(heard.recv_timeout(PATIENCE), Ok(Said::Begun));
    drop((call, client));
    assert_eq!(heard.recv_timeout(PATIENCE), Ok(Said::Cancelled));
    server.stop().unwrap();
}

#[test]
fn a_handler_hears_that_its_time_is_over() {
    let (server, heard) = start(|limits| limits.call_timeout = Duration::from_millis(50));
    for client in clients(&server) {
        assert_eq!(client.call::<_, u32>(PROGRAM, 1, TOIL, &()).unwrap(), 7);
        assert_eq!(heard.try_iter().collect::<Vec<_>>(), [Said::Begun, Said::Cancelled]);
    }
    server.stop().unwrap();
}

#[test]
fn a_call_whose_time_is_over_before_its_turn_comes_is_not_run() {
    const LIMIT: Duration = Duration::from_millis(50);
    let probe = Probe::default();
    let mut limits = Limits::default();
    limits.call_timeout = LIMIT;
    let server = Server::builder()
        .blocking_service(probe.clone(), Pool { workers: 1, queue: 1 })
        .limits(limits)
        .listen("127.0.0.1:0")
        .bind()
        .unwrap();
    let server = server.spawn().unwrap();
    for (number, client) in (0..).zip(clients(&server)) {
        let start = |procedure, args: &u32| {
            let call = client.start::<_, u32>(PROGRAM, 1, procedure, args).unwrap();
            client.flush().unwrap();
            call
        };
        probe.gate.close();
        let runs = start(WAIT, &1);
        probe.gate.arrived(number + 1);
        let waits = start(COUNT, &0);
        // That it waits is certain once another finds no room.
        while client.call::<_, u32>(PROGRAM, 1, COUNT, &()).unwrap() != BUSY {}
        thread::sleep(LIMIT);
        probe.gate.open();
        assert_eq!((runs.wait().unwrap(), waits.wait().unwrap()), (1, BUSY));
    }
    server.stop().unwrap();
}

#[test]
fn a_handler_hears_that_the_server_has_stopped() {
    let (server, heard) = start(|limits| limits.drain_timeout = Duration::from_millis(10));
    for client in clients(&server) {
        let _call = client.start::<_, u32>(PROGRAM, 1, TOIL, &()).unwrap();
        client.flush().unwrap();
    }
    assert_eq!(heard.recv_timeout(PATIENCE), Ok(Said::Begun));
    server.stop().unwrap();
    assert_eq!(heard.recv_timeout(PATIENCE), Ok(Said::Cancelled));
}

#[test]
fn a_deadline_is_counted_from_the_arrival() {
    let (server, _heard) = start(|limits| limits.call_timeout = Duration::from_secs(40));
    for client in clients(&server) {
        let left = client.call::<_, u32>(PROGRAM, 1, TIME_LEFT, &()).unwrap();
        assert!((30_000..=40_000).contains(&left), "{left} ms");
    }
    server.stop().unwrap();
}
