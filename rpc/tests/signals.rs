//! Signals that a program handles interrupt what its threads wait for, and end none of it. They are of the whole
//! process, so nothing else is tested here.

mod common;

use std::{
    fs,
    io::Write,
    os::unix::net::{UnixListener, UnixStream},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use common::{COUNT, PATIENCE, PROGRAM, connected, deaf, next_record, reply_to};
use signal_hook::consts::SIGUSR1;
use socket2::{Domain, SockAddr};
use sunrpc::client::Client;

/// This thread's number.
fn own_number() -> String {
    let path = fs::read_link("/proc/thread-self").unwrap();
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

/// A signal that is handled.
struct Signal(Arc<AtomicBool>);

impl Signal {
    fn new() -> Self {
        let raised = Arc::default();
        signal_hook::flag::register(SIGUSR1, Arc::clone(&raised)).unwrap();
        Self(raised)
    }

    /// Interrupts a thread, once it has had time to wait for something.
    fn interrupt(&self, number: &str) {
        thread::sleep(Duration::from_millis(50));
        let kill = format!("kill -USR1 {number}");
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        let began = Instant::now();
        while !self.0.load(Ordering::SeqCst) {
            assert!(began.elapsed() < PATIENCE, "the signal has not come");
            thread::yield_now();
        }
    }
}

#[test]
fn a_signal_does_not_end_a_call() {
    let signal = Signal::new();
    let (client, mut server) = connected();
    let (sender, numbers) = mpsc::channel();
    thread::scope(|scope| {
        let calling = scope.spawn(move || {
            sender.send(own_number()).unwrap();
            client.call::<_, u32>(PROGRAM, 1, COUNT, &())
        });
        let call = next_record(&mut server);
        signal.interrupt(&numbers.recv().unwrap());
        server.write_all(&reply_to(&call, 5)).unwrap();
        assert_eq!(calling.join().unwrap().unwrap(), 5);
    });
}

#[test]
fn nor_that_a_server_has_no_room_for_a_moment() {
    let signal = Signal::new();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener: UnixListener = deaf(Domain::UNIX, &SockAddr::unix(&path).unwrap()).into();
    let _full = UnixStream::connect(&path).unwrap();
    let (sender, numbers) = mpsc::channel();
    thread::scope(|scope| {
        let connecting = scope.spawn(|| {
            sender.send(own_number()).unwrap();
            Client::builder().connect_timeout(PATIENCE).connect_unix(&path)
        });
        signal.interrupt(&numbers.recv().unwrap());
        // Room for one more.
        listener.accept().unwrap();
        connecting.join().unwrap().unwrap();
    });
}
