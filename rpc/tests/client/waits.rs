//! Who waits, and is woken in time, with what is his.

use std::{
    io::{Read, Write},
    net::TcpListener,
    pin::Pin,
    sync::{Arc, Mutex, mpsc},
    task::{Context, Wake, Waker},
    thread,
    time::{Duration, Instant},
};

use crate::common::{
    COUNT, ECHO, PATIENCE, PROGRAM, SILENT, connected, next_mark, next_record, reply_to,
};
use futures_executor::block_on;
use sunrpc::{
    Transport,
    client::{Cancel, Client, Error, Pending},
};

#[test]
fn who_writes_for_others_still_gets_his_own_reply() {
    let (client, mut server) = connected();
    let quick = client.with_timeout(Duration::from_secs(2));
    thread::scope(|scope| {
        // More than the socket takes, twice.
        let first = client.start::<_, ()>(PROGRAM, 1, ECHO, &vec![0_u32; 1 << 19]).unwrap();
        let calling = scope.spawn(|| quick.call::<_, u32>(PROGRAM, 1, COUNT, &()));
        let len = next_mark(&mut server);
        let mut message = vec![0; len];
        let (begin, rest) = message.split_at_mut(1 << 20);
        server.read_exact(begin).unwrap();
        // So much has been written only because that caller writes.
        let behind = client.start::<_, ()>(PROGRAM, 1, ECHO, &vec![0_u32; 1 << 18]).unwrap();
        server.read_exact(rest).unwrap();
        let call = next_record(&mut server);
        assert_eq!(call.len(), 40);
        server.write_all(&reply_to(&call, 5)).unwrap();
        assert_eq!(calling.join().unwrap().unwrap(), 5);
        drop((first, behind));
    });
}

/// Drops a call, and says so.
struct Dropper(Mutex<Option<Pending<u32>>>, Mutex<mpsc::Sender<()>>);

impl Wake for Dropper {
    fn wake(self: Arc<Self>) {
        drop(self.0.lock().unwrap().take());
        self.1.lock().unwrap().send(()).unwrap();
    }
}

#[test]
fn a_waker_may_drop_the_call_that_it_is_woken_for() {
    let (client, mut server) = connected();
    let mut pending = client.start::<_, u32>(PROGRAM, 1, COUNT, &()).unwrap();
    let (sender, dropped) = mpsc::channel();
    let dropper = Arc::new(Dropper(Mutex::default(), Mutex::new(sender)));
    let waker = Waker::from(Arc::clone(&dropper));
    assert!(Pin::new(&mut pending).poll(&mut Context::from_waker(&waker)).is_pending());
    *dropper.0.lock().unwrap() = Some(pending);
    let call = next_record(&mut server);
    server.write_all(&reply_to(&call, 5)).unwrap();
    let ended = dropped.recv_timeout(Duration::from_secs(2));
    if ended.is_err() {
        // The thread that holds the lock never lets go of it: nor could this one.
        std::mem::forget((client, dropper));
    }
    ended.unwrap();
}

#[test]
fn a_reply_that_came_in_time_is_there_for_a_late_poll() {
    let (client, mut server) = connected();
    let limit = Duration::from_millis(50);
    let began = Instant::now();
    let pending = client.with_timeout(limit).start::<_, u32>(PROGRAM, 1, COUNT, &()).unwrap();
    client.flush().unwrap();
    let call = next_record(&mut server);
    server.write_all(&reply_to(&call, 5)).unwrap();
    while began.elapsed() <= limit {
        thread::sleep(limit.saturating_sub(began.elapsed()));
    }
    assert_eq!(block_on(pending).unwrap(), 5);
}

#[test]
fn a_tasks_time_ends_while_a_thread_reads() {
    let (client, mut server) = connected();
    thread::scope(|scope| {
        // The background thread is there, and rests while the thread reads.
        let first = client.start::<_, u32>(PROGRAM, 1, COUNT, &()).unwrap();
        client.flush().unwrap();
        let mut answering = server.try_clone().unwrap();
        scope.spawn(move || {
            let call = next_record(&mut answering);
            answering.write_all(&reply_to(&call, 5)).unwrap();
        });
        assert_eq!(block_on(first).unwrap(), 5);
        let reading = scope.spawn(|| client.call::<_, u32>(PROGRAM, 1, SILENT, &()));
        let held = next_record(&mut server);
        for _ in 0..2 {
            let began = Instant::now();
            let quick = client.with_timeout(Duration::from_millis(20));
            let error = block_on(quick.start::<_, u32>(PROGRAM, 1, SILENT, &()).unwrap());
            assert!(matches!(error, Err(Error::Timeout(_))), "{error:?}");
            assert!(began.elapsed() < Duration::from_millis(500), "{:?}", began.elapsed());
        }
        server.write_all(&reply_to(&held, 6)).unwrap();
        assert_eq!(reading.join().unwrap().unwrap(), 6);
    });
}

#[test]
fn a_cancel_ends_the_wait_for_another_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = Client::builder()
        .repeat(true)
        .timeout(Duration::from_secs(4))
        .reconnect(PATIENCE, PATIENCE)
        .connect(Transport::Tcp, listener.local_addr().unwrap())
        .unwrap();
    drop(listener);
    // This one tries to connect again, in vain: the next try is far off.
    let began = Instant::now();
    client.with_timeout(Duration::from_millis(50)).call::<_, u32>(PROGRAM, 1, 0, &()).unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    let cancel = Cancel::new();
    thread::scope(|scope| {
        let calling =
            scope.spawn(|| client.cancelled_by(&cancel).call::<_, u32>(PROGRAM, 1, COUNT, &()));
        let began = Instant::now();
        cancel.cancel();
        let error = calling.join().unwrap().unwrap_err();
        assert!(matches!(error, Error::Cancelled), "{error:?}");
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    });
}
