//! Counts and latencies of a server's procedures.

use std::{
    thread,
    time::{Duration, Instant},
};

use crate::common::{COUNT, ECHO, PATIENCE, PROGRAM, Probe, serves};
use sunrpc::{
    client::Client,
    server::{Args, Call, Fault, Metrics, Results, Running, Server, Service},
};

fn start(service: impl Service) -> (Running, Client, Metrics) {
    let metrics = Metrics::new();
    let server = Server::builder()
        .service(service)
        .intercept(metrics.clone())
        .listen("127.0.0.1:0")
        .bind()
        .unwrap()
        .spawn()
        .unwrap();
    let client = Client::udp(server.udp_addr().unwrap()).unwrap();
    (server, client, metrics)
}

#[test]
fn calls_and_faults_are_counted() {
    let (_server, client, metrics) = start(Probe::default());
    for _ in 0..5 {
        client.call::<(), u32>(PROGRAM, 1, COUNT, &()).unwrap();
    }
    client.call::<_, Vec<u32>>(PROGRAM, 1, ECHO, &vec![7_u32]).unwrap();
    client.call::<(), ()>(PROGRAM, 1, ECHO, &()).unwrap_err();
    let seen: Vec<_> =
        metrics.read().iter().map(|one| (one.procedure, one.calls, one.faults)).collect();
    assert_eq!(seen, [(ECHO, 2, 1), (COUNT, 5, 0)]);
}

#[test]
fn procedures_that_do_not_exist_are_counted_together() {
    let (_server, client, metrics) = start(Probe::default());
    for procedure in 1000..2000 {
        client.call::<(), ()>(PROGRAM, 1, procedure, &()).unwrap_err();
    }
    let seen: Vec<_> =
        metrics.read().iter().map(|one| (one.procedure, one.calls, one.faults)).collect();
    assert_eq!(seen, [(u32::MAX, 1000, 1000)]);
}

#[test]
fn how_long_handlers_take_is_told() {
    const LONG: Duration = Duration::from_millis(20);
    // Its argument says whether it takes long.
    let slow_or_not = serves(PROGRAM, |_, args, results| {
        let (began, is_slow) = (Instant::now(), args.get::<bool>()?);
        while is_slow && began.elapsed() < LONG {}
        results.put(&())
    });
    let (_server, client, metrics) = start(slow_or_not);
    for number in 0..100 {
        client.call::<bool, ()>(PROGRAM, 1, 1, &(number % 50 == 0)).unwrap();
    }
    let seen = metrics.read();
    let [one] = &seen[..] else { panic!("{seen:?}") };
    assert!(one.p50 < LONG && LONG <= one.p99 && one.p99 <= one.max, "{one:?}");
    assert!(one.max <= LONG * 50, "{one:?}");
    assert_eq!((one.quantile(0.5), one.quantile(0.99)), (one.p50, one.p99));
    assert!(one.quantile(0.0) < LONG && one.quantile(1.0) == one.max, "{one:?}");
}

/// Names its procedures by how many were called before.
struct Counted(Metrics);

impl Service for Counted {
    fn program(&self) -> u32 {
        PROGRAM
    }

    fn version(&self) -> u32 {
        1
    }

    fn procedure_name(&self, _procedure: u32) -> Option<&'static str> {
        Some(if self.0.read().is_empty() { "first" } else { "later" })
    }

    fn dispatch(&self, _: &Call<'_>, _: Args<'_>, results: &mut Results<'_>) -> Result<(), Fault> {
        results.put(&())
    }
}

#[test]
fn whoever_is_asked_for_a_name_may_read_them() {
    let metrics = Metrics::new();
    let builder = Server::builder().service(Counted(metrics.clone())).intercept(metrics.clone());
    let server = builder.listen("127.0.0.1:0").bind().unwrap();
    let (addr, stop) = (server.udp_addr().unwrap(), server.stop_handle());
    // Nobody waits for it: it may hang.
    thread::spawn(|| server.run());
    let client = Client::udp(addr).unwrap().with_timeout(PATIENCE);
    for procedure in [1, 2] {
        client.call::<(), ()>(PROGRAM, 1, procedure, &()).unwrap();
    }
    let seen: Vec<_> = metrics.read().iter().map(|one| one.name).collect();
    assert_eq!(seen, [Some("first"), Some("later")]);
    stop.stop();
}
