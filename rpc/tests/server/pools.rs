//! Services with threads of their own: what finds room, what does not, and where the replies go.

use std::{
    io::Write,
    sync::{Arc, atomic::Ordering, mpsc},
    thread,
    time::{Duration, Instant},
};

use crate::common::{
    BUSY, COUNT, ECHO, PATIENCE, PROGRAM, Probe, WAIT, call, connect, next_record, record, serves,
    start_pool, udp, words,
};
use sunrpc::{
    client::Client,
    server::{Limits, Pool, Server},
};

#[test]
fn a_full_pool_says_so() {
    let probe = Probe::default();
    let server = start_pool(&probe, Pool { workers: 1, queue: 1 });
    let client = Client::tcp(server.tcp_addr().unwrap()).unwrap();
    thread::scope(|scope| {
        let running = scope.spawn(|| client.call::<u32, u32>(PROGRAM, 1, WAIT, &1).unwrap());
        probe.gate.arrived(1);
        let queued = connect(&server);
        (&queued).write_all(&record(&call(1, 1, WAIT, &[2]))).unwrap();
        // The queue is full once the call before is in it: ask until it is.
        let answer = (0..10_000).find_map(|_| {
            let quick = Client::builder()
                .timeout(Duration::from_millis(50))
                .connect(sunrpc::Transport::Tcp, server.tcp_addr().unwrap());
            quick.unwrap().call::<u32, u32>(PROGRAM, 1, WAIT, &3).ok()
        });
        assert_eq!(answer, Some(BUSY));
        probe.gate.open();
        assert_eq!(running.join().unwrap(), 1);
    });
}

#[test]
fn no_call_is_refused_that_a_thread_is_free_for() {
    let probe = Probe::default();
    let server = start_pool(&probe, Pool { workers: 4, queue: 0 });
    let mut stream = connect(&server);
    let calls = [1, 2, 3, 4, 5].map(|xid| record(&call(xid, 1, WAIT, &[xid])));
    stream.write_all(&calls.concat()).unwrap();
    assert_eq!(words(&next_record(&mut stream)), [5, 1, 0, 0, 0, 0, BUSY]);
    probe.gate.arrived(4);
    probe.gate.open();
    let mut replies = [(); 4].map(|()| words(&next_record(&mut stream))[6]);
    replies.sort_unstable();
    assert_eq!(replies, [1, 2, 3, 4]);
    let client = Client::tcp(server.tcp_addr().unwrap()).unwrap();
    for number in 0..100 {
        assert_eq!(client.call::<_, u32>(PROGRAM, 1, WAIT, &number).unwrap(), number);
    }
}

#[test]
fn a_pool_has_a_thread_at_least() {
    let server = start_pool(&Probe::default(), Pool { workers: 0, queue: 1 });
    Client::tcp(server.tcp_addr().unwrap()).unwrap().call::<(), ()>(PROGRAM, 1, 0, &()).unwrap();
}

/// The pool has room for few calls, the connection for few bytes of them: it is not read on until there is.
#[test]
fn a_connection_hands_a_pool_so_many_bytes_at_a_time() {
    const CALLS: u32 = 32;
    let mut limits = Limits::default();
    limits.max_call_queue_bytes = 4 << 10;
    let probe = Probe::default();
    let pool = Pool { workers: 1, queue: 8 };
    let builder = Server::builder().blocking_service(probe.clone(), pool).limits(limits);
    let server = builder.listen("127.0.0.1:0").bind().unwrap().spawn().unwrap();
    let mut stream = connect(&server);
    stream.write_all(&record(&call(0, 1, WAIT, &[7]))).unwrap();
    probe.gate.arrived(1);
    let array: Vec<u32> = std::iter::once(255).chain(0..255).collect();
    for xid in 1..CALLS {
        stream.write_all(&record(&call(xid, 1, ECHO, &array))).unwrap();
    }
    // Once this is answered, which needs no pool, the server has read what was there before.
    let other = Client::tcp(server.tcp_addr().unwrap()).unwrap();
    other.call::<(), ()>(PROGRAM + 1, 1, 0, &()).unwrap_err();
    probe.gate.open();
    assert_eq!(words(&next_record(&mut stream)), [0, 1, 0, 0, 0, 0, 7]);
    for xid in 1..CALLS {
        let reply = words(&next_record(&mut stream));
        assert_eq!(reply, [&[xid, 1, 0, 0, 0, 0], &array[..]].concat());
    }
}

#[test]
fn a_datagram_that_comes_again_while_it_runs_is_dropped() {
    let probe = Probe::default();
    let server = start_pool(&probe, Pool { workers: 2, queue: 4 });
    let socket = udp();
    socket.connect(server.udp_addr().unwrap()).unwrap();
    for _ in 0..3 {
        socket.send(&call(9, 1, WAIT, &[5])).unwrap();
    }
    probe.gate.arrived(1);
    probe.gate.open();
    let mut buffer = [0; 100];
    let count = socket.recv(&mut buffer).unwrap();
    assert_eq!(words(&buffer[..count]), [9, 1, 0, 0, 0, 0, 5]);
    server.stop().unwrap();
    assert_eq!(probe.count.load(Ordering::SeqCst), 1);
}

/// Over UDP; `repeats.rs` says the same of TCP. One that was refused is neither under way nor answered.
#[test]
fn what_was_not_run_for_want_of_room_runs_when_it_comes_again() {
    let mut limits = Limits::default();
    limits.call_timeout = Duration::from_millis(50);
    let probe = Probe::default();
    let pool = Pool { workers: 1, queue: 1 };
    let builder = Server::builder().blocking_service(probe.clone(), pool).limits(limits);
    let server = builder.listen_udp("127.0.0.1:0").bind().unwrap().spawn().unwrap();
    let socket = udp();
    socket.connect(server.udp_addr().unwrap()).unwrap();
    let result = || {
        let mut reply = [0; 28];
        socket.recv(&mut reply).unwrap();
        let reply = words(&reply);
        (reply[0], reply[6])
    };
    let send = |xid, procedure, args: &[u32]| socket.send(&call(xid, 1, procedure, args)).unwrap();
    send(1, WAIT, &[5]);
    probe.gate.arrived(1);
    // The second waits for its turn until its time is over; for the third there is no room.
    for (xid, procedure) in [(2, COUNT), (3, COUNT), (3, COUNT)] {
        send(xid, procedure, &[]);
    }
    assert_eq!([result(), result()], [(3, BUSY), (3, BUSY)]);
    thread::sleep(Duration::from_millis(60));
    probe.gate.open();
    assert_eq!([result(), result()], [(1, 5), (2, BUSY)]);
    for (xid, count) in [(2, 2), (3, 3), (2, 2)] {
        send(xid, COUNT, &[]);
        assert_eq!(result(), (xid, count));
    }
}

/// It may have the place of the caller's in the server's table.
#[test]
fn no_connection_gets_the_reply_to_another() {
    let (probe, (sender, cancelled)) = (Probe::default(), mpsc::channel());
    let gate = Arc::clone(&probe.gate);
    let waits = serves(PROGRAM + 1, move |call, _, results| {
        if call.procedure() == 1 {
            while !call.is_cancelled() {
                thread::yield_now();
            }
            sender.send(()).unwrap();
            gate.pass();
        }
        results.put(&())
    });
    let pool = Pool { workers: 1, queue: 1 };
    let builder = Server::builder().service(probe.clone()).blocking_service(waits, pool);
    let server = builder.listen_tcp("127.0.0.1:0").bind().unwrap().spawn().unwrap();
    let of_pool = |xid, procedure| {
        let mut message = call(xid, 1, procedure, &[]);
        message[12..16].copy_from_slice(&(PROGRAM + 1).to_be_bytes());
        record(&message)
    };
    let mut gone = connect(&server);
    gone.write_all(&of_pool(1, 1)).unwrap();
    // The connection is reset: the server has nobody to send the reply to.
    socket2::SockRef::from(&gone).set_linger(Some(Duration::ZERO)).unwrap();
    drop(gone);
    cancelled.recv_timeout(PATIENCE).unwrap();
    let mut next = connect(&server);
    next.write_all(&[record(&call(2, 1, 0, &[])), of_pool(3, 0)].concat()).unwrap();
    assert_eq!(next_record(&mut next)[3], 2);
    probe.gate.open();
    assert_eq!(next_record(&mut next)[3], 3);
}

#[test]
fn a_server_that_has_stopped_lets_go_of_its_services() {
    let probe = Probe::default();
    let server = start_pool(&probe, Pool { workers: 2, queue: 2 });
    assert!(Arc::strong_count(&probe.count) > 1);
    // So that both threads wait for more when it stops.
    let client = Client::tcp(server.tcp_addr().unwrap()).unwrap();
    let calls = [(); 2].map(|()| client.start::<_, u32>(PROGRAM, 1, WAIT, &5_u32).unwrap());
    client.flush().unwrap();
    probe.gate.arrived(2);
    probe.gate.open();
    calls.into_iter().for_each(|call| assert_eq!(call.wait().unwrap(), 5));
    server.stop().unwrap();
    let began = Instant::now();
    while Arc::strong_count(&probe.count) > 1 {
        assert!(began.elapsed() < PATIENCE, "its threads go on");
        thread::yield_now();
    }
}
