//! Signals that a program handles interrupt what its threads wait for, and end none of it. They are of the whole
//! process, so nothing else is tested here.

mod common;

use std::{
    fs,
    io::Write,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use common::{COUNT, PATIENCE, PROGRAM, connected, next_record, reply_to};
use signal_hook::consts::SIGUSR1;

/// This thread's number.
fn own_number() -> String {
    let path = fs::read_link("/proc/thread-self").unwrap();
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

#[test]
fn a_signal_does_not_end_a_call() {
    let raised = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(SIGUSR1, Arc::clone(&raised)).unwrap();
    let (client, mut server) = connected();
    let (sender, numbers) = mpsc::channel();
    thread::scope(|scope| {
        let calling = scope.spawn(move || {
            sender.send(own_number()).unwrap();
            client.call::<_, u32>(PROGRAM, 1, COUNT, &())
        });
        let call = next_record(&mut server);
        // So that it waits for the reply.
        thread::sleep(Duration::from_millis(50));
        let kill = format!("kill -USR1 {}", numbers.recv().unwrap());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        let began = Instant::now();
        while !raised.load(Ordering::SeqCst) {
            assert!(began.elapsed() < PATIENCE, "the signal has not come");
            thread::yield_now();
        }
        server.write_all(&reply_to(&call, 5)).unwrap();
        assert_eq!(calling.join().unwrap().unwrap(), 5);
    });
}
