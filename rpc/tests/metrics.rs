//! Counts and latencies of a server's procedures.

#![cfg(feature = "metrics")]

mod common;

use std::time::{Duration, Instant};

use common::{COUNT, ECHO, PROGRAM, Probe, serves};
use sunrpc::{
    client::Client,
    server::{Metrics, Running, Server, Service},
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
