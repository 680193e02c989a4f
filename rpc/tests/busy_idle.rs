//! Who has nothing to do is not busy, however long he may be: what this process takes of the processor is measured, so
//! nothing else is tested here.

mod common;

use std::{
    fs,
    io::Write,
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use common::{BYTES, PROGRAM, Probe, SILENT, call, record, start_probe};
use sunrpc::{
    Transport,
    client::{Cancel, Client, Error},
    server::{Limits, Server},
};

/// For how long who has something to do is busy.
const BUSY: Duration = Duration::from_millis(20);
/// How long somebody is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// What all threads of this process have taken of the processor.
fn taken() -> Duration {
    let of_thread = |task: fs::DirEntry| {
        let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
    };
    fs::read_dir("/proc/self/task").unwrap().filter_map(|task| of_thread(task.unwrap())).sum()
}

/// What is taken while somebody does this.
fn costs(work: impl FnOnce()) -> Duration {
    let before = taken();
    work();
    taken().saturating_sub(before)
}

fn idle() {
    thread::sleep(LOOK);
}

#[test]
fn who_waits_in_vain_is_not_busy_for_long() {
    for (who, cost) in [
        ("a server of an idle connection", idle_connection()),
        ("a client that listens", client_that_listens()),
        ("a call that may be cancelled", cancellable_call()),
        ("a server whose peer reads nothing", deaf_peer()),
    ] {
        assert!(cost < LOOK / 5, "{who} takes {cost:?} of {LOOK:?}");
    }
}

/// The server's timer goes off all the time, and is nothing that has come.
fn idle_connection() -> Duration {
    let mut limits = Limits::default();
    limits.write_timeout = 2 * BUSY;
    let server = Server::builder().limits(limits).busy_poll(BUSY).service(Probe::default());
    let server = server.listen_tcp("127.0.0.1:0").bind().unwrap().spawn().unwrap();
    let _idle = TcpStream::connect(server.tcp_addr().unwrap()).unwrap();
    thread::sleep(4 * BUSY);
    costs(idle)
}

fn client_that_listens() -> Duration {
    let server = start_probe(&Probe::default());
    let core = Server::builder().service(Probe::default()).core();
    let client = Client::builder().busy_poll(BUSY).serve(core);
    let _client = client.connect(Transport::Tcp, server.tcp_addr().unwrap()).unwrap();
    thread::sleep(4 * BUSY);
    costs(idle)
}

/// It looks whether it was, again and again.
fn cancellable_call() -> Duration {
    let server = start_probe(&Probe::default());
    let client = Client::builder().busy_poll(BUSY).timeout(LOOK);
    let client = client.connect(Transport::Tcp, server.tcp_addr().unwrap()).unwrap();
    let client = client.cancelled_by(&Cancel::new());
    costs(|| {
        let began = Instant::now();
        let result = client.call::<_, ()>(PROGRAM, 1, SILENT, &());
        assert!(matches!(result, Err(Error::Timeout(_))), "{result:?}");
        assert!(began.elapsed() >= LOOK);
    })
}

/// More waits than the socket takes, and more calls than are read.
fn deaf_peer() -> Duration {
    let server = start_probe(&Probe::default());
    let mut peer = TcpStream::connect(server.tcp_addr().unwrap()).unwrap();
    peer.set_write_timeout(Some(4 * BUSY)).unwrap();
    let wish = record(&call(1, 1, BYTES, &[1 << 16]));
    while peer.write_all(&wish.repeat(100)).is_ok() {}
    costs(idle)
}
