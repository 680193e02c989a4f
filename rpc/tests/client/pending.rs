//! Calls that are started, and waited for later, elsewhere, or never.

use std::{
    io::{ErrorKind, Read},
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use crate::common::{
    COUNT, ECHO, PATIENCE, PROGRAM, Probe, WAIT, connected_tcp, start_pool, start_probe, udp,
};
use sunrpc::{
    Transport,
    client::{Client, Error, Pending},
    server::{Pool, Running},
};

fn start(probe: &Probe) -> Running {
    start_pool(probe, Pool { workers: 4, queue: 256 })
}

fn echo(client: &Client, value: u32) -> Pending<Vec<u32>> {
    client.start(PROGRAM, 1, ECHO, &vec![value]).unwrap()
}

fn each_transport(server: &Running) -> [Client; 2] {
    Transport::INET
        .map(|transport| Client::builder().connect(transport, server.tcp_addr().unwrap()).unwrap())
}

#[test]
fn calls_may_be_waited_for_in_any_order() {
    let server = start(&Probe::default());
    for client in each_transport(&server) {
        let mut calls: Vec<_> = (0..100).map(|value| (value, echo(&client, value))).collect();
        calls.reverse();
        for (value, call) in calls {
            assert_eq!(call.wait().unwrap(), [value]);
        }
    }
}

#[test]
fn a_call_dropped_before_it_is_sent_never_is() {
    let (client, mut server) = connected_tcp();
    let kept = [echo(&client, 1), echo(&client, 3)];
    drop(echo(&client, 2));
    client.flush().unwrap();
    let mut bytes = [0; 2 * 52];
    server.read_exact(&mut bytes).unwrap();
    assert_eq!((bytes[51], bytes[103]), (1, 3));
    server.set_nonblocking(true).unwrap();
    assert_eq!(server.read(&mut bytes).unwrap_err().kind(), ErrorKind::WouldBlock);
    drop(kept);
}

#[test]
fn one_way_calls_go_out_with_the_call_that_ends_the_batch() {
    let probe = Probe::default();
    let server = start_probe(&probe);
    let client = Client::tcp(server.tcp_addr().unwrap()).unwrap();
    for _ in 0..50 {
        client.send(PROGRAM, 1, COUNT, &()).unwrap();
    }
    assert_eq!(probe.count.load(Ordering::SeqCst), 0);
    let count: u32 = client.call(PROGRAM, 1, COUNT, &()).unwrap();
    assert_eq!(count, 51);
}

#[test]
fn calls_are_futures_under_any_executor() {
    let server = start(&Probe::default());
    let tokio = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for client in each_transport(&server) {
        let all = async || {
            let calls: Vec<_> = (0..50).map(|value| echo(&client, value)).collect();
            for (value, call) in (0..).zip(calls) {
                assert_eq!(call.await.unwrap(), [value]);
            }
        };
        futures_executor::block_on(all());
        tokio.block_on(all());
    }
}

#[test]
fn tasks_and_threads_share_a_connection() {
    let probe = Probe::default();
    let server = start(&probe);
    for client in each_transport(&server) {
        std::thread::scope(|scope| {
            for thread in 0..4_u32 {
                let client = &client;
                scope.spawn(move || {
                    for round in 0..100 {
                        let call = echo(client, thread * 1000 + round);
                        let back = if (thread + round) % 2 == 0 {
                            call.wait()
                        } else {
                            futures_executor::block_on(call)
                        };
                        assert_eq!(back.unwrap(), [thread * 1000 + round]);
                    }
                });
            }
        });
    }
}

#[test]
fn a_task_is_woken_though_a_thread_leads() {
    let probe = Probe::default();
    let server = start(&probe);
    for client in each_transport(&server) {
        std::thread::scope(|scope| {
            let leading = scope.spawn(|| client.call::<u32, u32>(PROGRAM, 1, WAIT, &1));
            probe.gate.arrived(1);
            assert_eq!(futures_executor::block_on(echo(&client, 5)).unwrap(), [5]);
            probe.gate.open();
            leading.join().unwrap().unwrap();
        });
    }
}

#[test]
fn a_task_sends_again_and_gives_up_in_time() {
    let silent = udp();
    let timeout = Duration::from_millis(400);
    let client = Client::builder()
        .timeout(timeout)
        .retransmit(Duration::from_millis(30), Duration::from_millis(60))
        .connect(Transport::Udp, silent.local_addr().unwrap())
        .unwrap();
    let began = Instant::now();
    let error = futures_executor::block_on(echo(&client, 1)).unwrap_err();
    assert!(matches!(error, Error::Timeout(_)), "{error}");
    assert!(began.elapsed() >= timeout && began.elapsed() < PATIENCE);
    silent.set_nonblocking(true).unwrap();
    let copies = std::iter::from_fn(|| silent.recv(&mut [0; 100]).ok()).map(|_| 1).sum::<u64>();
    assert!(copies >= 2, "sent {copies} times");
    assert_eq!(client.stats().retransmissions + 1, copies);
}
