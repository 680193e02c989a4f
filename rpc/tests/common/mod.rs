//! Services and raw messages for the tests.

#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of it")]

use std::{
    io::Read,
    net::{SocketAddr, TcpListener, TcpStream, UdpSocket},
    os::unix::net::{UnixListener, UnixStream},
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use socket2::{Domain, SockAddr, Socket, Type};
use sunrpc::{
    client::Client,
    server::{Args, Call, Fault, Pool, Results, Running, Server, Service},
};

pub const PROGRAM: u32 = 0x2000_0001;
/// Returns its argument.
pub const ECHO: u32 = 1;
/// Counts its calls, and returns the count.
pub const COUNT: u32 = 2;
/// Waits for the gate, then returns its argument.
pub const WAIT: u32 = 3;
/// Panics.
pub const PANIC: u32 = 4;
/// Returns as many bytes as it is asked for.
pub const BYTES: u32 = 5;
/// Returns the caller's uid, as the kernel says.
pub const WHO: u32 = 6;

/// Counts its calls, and does not answer.
pub const SILENT: u32 = 7;

/// A service for tests.
#[derive(Clone, Default)]
pub struct Probe {
    pub version: u32,
    pub count: Arc<AtomicU32>,
    pub gate: Arc<Gate>,
}

/// Holds threads back until it is opened; tells how many came.
#[derive(Default)]
pub struct Gate {
    state: Mutex<(bool, usize)>,
    changed: Condvar,
}

impl Gate {
    pub fn open(&self) {
        self.state.lock().unwrap().0 = true;
        self.changed.notify_all();
    }

    pub fn close(&self) {
        self.state.lock().unwrap().0 = false;
    }

    pub fn pass(&self) {
        let mut state = self.state.lock().unwrap();
        state.1 += 1;
        self.changed.notify_all();
        let waited = self.changed.wait_timeout_while(state, PATIENCE, |state| !state.0).unwrap();
        assert!(!waited.1.timed_out(), "the gate was never opened");
    }

    /// Waits until so many stand at the gate or have passed it.
    pub fn arrived(&self, count: usize) {
        let state = self.state.lock().unwrap();
        let waited =
            self.changed.wait_timeout_while(state, PATIENCE, |state| state.1 < count).unwrap();
        assert!(!waited.1.timed_out(), "too few came to the gate");
    }
}

/// How long a test waits for what must come.
pub const PATIENCE: Duration = Duration::from_secs(20);

impl Service for Probe {
    fn program(&self) -> u32 {
        PROGRAM
    }

    fn version(&self) -> u32 {
        self.version.max(1)
    }

    fn dispatch(
        &self,
        call: &Call<'_>,
        args: Args<'_>,
        results: &mut Results<'_>,
    ) -> Result<(), Fault> {
        match call.procedure() {
            0 => results.put(&args.get::<()>()?),
            ECHO => results.put(&args.get::<Vec<u32>>()?),
            COUNT => results.put(&(self.count.fetch_add(1, Ordering::SeqCst) + 1)),
            WAIT => {
                let value: u32 = args.get()?;
                self.gate.pass();
                self.count.fetch_add(1, Ordering::SeqCst);
                results.put(&value)
            }
            PANIC => panic!("as asked"),
            BYTES => results.put(&vec![7_u32; args.get::<u32>()? as usize / 4]),
            WHO => results.put(&call.peer().uid()),
            SILENT => {
                self.count.fetch_add(1, Ordering::SeqCst);
                Err(Fault::NoReply)
            }
            _ => Err(Fault::ProcUnavail),
        }
    }

    fn overloaded(
        &self,
        _call: &Call<'_>,
        _args: Args<'_>,
        results: &mut Results<'_>,
    ) -> Result<(), Fault> {
        results.put(&BUSY)
    }
}

/// Version 1 of a program, which `answer` answers.
pub fn serves<F>(program: u32, answer: F) -> impl Service
where
    F: Fn(&Call<'_>, Args<'_>, &mut Results<'_>) -> Result<(), Fault> + Send + Sync + 'static,
{
    Serves(program, answer)
}

struct Serves<F>(u32, F);

impl<F> Service for Serves<F>
where
    F: Fn(&Call<'_>, Args<'_>, &mut Results<'_>) -> Result<(), Fault> + Send + Sync + 'static,
{
    fn program(&self) -> u32 {
        self.0
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
        (self.1)(call, args, results)
    }
}

/// A client, and the other end of its connection, which only the test reads.
pub fn connected() -> (Client, UnixStream) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let client = Client::builder().timeout(PATIENCE).connect_unix(&path).unwrap();
    let (server, _) = listener.accept().unwrap();
    server.set_read_timeout(Some(PATIENCE)).unwrap();
    (client, server)
}

/// The same over TCP, with the defaults of both.
pub fn connected_tcp() -> (Client, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = Client::tcp(listener.local_addr().unwrap()).unwrap();
    (client, listener.accept().unwrap().0)
}

/// The message of the next record that arrives.
pub fn next_record(stream: &mut impl Read) -> Vec<u8> {
    let mut message = vec![0; next_mark(stream)];
    stream.read_exact(&mut message).unwrap();
    message
}

/// The length of the record that begins now.
pub fn next_mark(stream: &mut impl Read) -> usize {
    let mut mark = [0; 4];
    stream.read_exact(&mut mark).unwrap();
    (u32::from_be_bytes(mark) & 0x7FFF_FFFF) as usize
}

/// What `overloaded` answers.
pub const BUSY: u32 = 0xB05E;

/// The bytes of a call without arguments of AUTH_NONE, and what follows.
pub fn call(xid: u32, version: u32, procedure: u32, args: &[u32]) -> Vec<u8> {
    [xid, 0, 2, PROGRAM, version, procedure, 0, 0, 0, 0]
        .iter()
        .chain(args)
        .flat_map(|word| word.to_be_bytes())
        .collect()
}

/// The same as one record.
pub fn record(message: &[u8]) -> Vec<u8> {
    let mark = 0x8000_0000 | u32::try_from(message.len()).unwrap();
    [&mark.to_be_bytes()[..], message].concat()
}

/// The reply to a call that went well, and its results.
pub fn success(call: &[u8], results: &[u32]) -> Vec<u8> {
    let results: Vec<_> = results.iter().copied().map(u32::to_be_bytes).collect();
    [&call[..4], &[0, 0, 0, 1], &[0; 16], results.as_flattened()].concat()
}

/// The record of one that returns a number.
pub fn reply_to(call: &[u8], number: u32) -> Vec<u8> {
    record(&success(call, &[number]))
}

pub fn words(bytes: &[u8]) -> Vec<u32> {
    bytes.chunks(4).map(|word| u32::from_be_bytes(word.try_into().unwrap())).collect()
}

/// A connection of its own to a server.
pub fn connect(server: &Running) -> TcpStream {
    let stream = TcpStream::connect(server.tcp_addr().unwrap()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Waits until a server that was told to stop has begun to: then nobody can connect.
pub fn wait_for_drain(server: &Running) {
    let addr = server.tcp_addr().unwrap();
    within(PATIENCE, "it does not stop", || TcpStream::connect(addr).is_err());
}

/// Waits until `done` is true, which it is before long.
pub fn until(what: &str, done: impl FnMut() -> bool) {
    within(PATIENCE / 4, what, done);
}

fn within(limit: Duration, what: &str, mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < limit, "{what}");
        thread::yield_now();
    }
}

/// A listener that takes no connection but one, for which the test has a use itself.
pub fn deaf(domain: Domain, addr: &SockAddr) -> Socket {
    let listener = Socket::new(domain, Type::STREAM, None).unwrap();
    listener.bind(addr).unwrap();
    listener.listen(0).unwrap();
    listener
}

/// The same on a free port.
pub fn deaf_tcp() -> (Socket, SocketAddr) {
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    let listener = deaf(Domain::IPV4, &any.into());
    let addr = listener.local_addr().unwrap().as_socket().unwrap();
    (listener, addr)
}

/// A UDP socket on a free port that does not wait for ever.
pub fn udp() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

/// The probe, over TCP and UDP on one port.
pub fn start_probe(probe: &Probe) -> Running {
    let server = Server::builder().service(probe.clone()).listen("127.0.0.1:0");
    server.bind().unwrap().spawn().unwrap()
}

/// The probe, over TCP at an address where another server may have been.
pub fn start_at(addr: SocketAddr, probe: &Probe) -> Running {
    // The port may be in the hands of the system for a moment after the server before has let it go.
    let bind = || Server::builder().service(probe.clone()).listen_tcp(addr).bind().ok();
    (0..1000).find_map(|_| bind()).expect("the port").spawn().unwrap()
}

/// The probe in a pool, over TCP and UDP on one port.
pub fn start_pool(probe: &Probe, pool: Pool) -> Running {
    Server::builder()
        .blocking_service(probe.clone(), pool)
        .listen("127.0.0.1:0")
        .bind()
        .unwrap()
        .spawn()
        .unwrap()
}
