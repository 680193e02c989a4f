//! Putting a server together.

use std::{
    io,
    net::{SocketAddr, ToSocketAddrs},
    num::NonZero,
    path::PathBuf,
    sync::Arc,
    thread,
    time::Duration,
};

use mio::{
    Poll, Waker,
    net::{TcpListener, UdpSocket},
};

use super::{
    Core, Flavor, Interceptor, Limits, Running, Service, Stop,
    listen::{self, Sockets},
    pool::Workers,
    programs::{Entry, Programs},
    reactor::{Reactor, WAKER},
    repeats::Repeats,
    shared::Shared,
    stream::Listener,
};

/// What a server without an address is told.
const NOWHERE: &str = "nothing to listen on; say where with `listen`, `listen_unix` or `adopt_…`";

/// Threads for services whose procedures block: wait for a disk, or compute for long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Threads, at least one; so many calls run at once.
    pub workers: usize,
    /// Calls that wait for a thread while all are at work. Behind that many, [`Service::overloaded`] answers.
    pub queue: usize,
}

/// Collects services, addresses and limits; [`bind`](Self::bind) opens the sockets.
#[derive(Default)]
#[must_use]
pub struct Builder {
    entries: Vec<Entry>,
    pools: Vec<Pool>,
    interceptors: Vec<Box<dyn Interceptor>>,
    flavors: Vec<Box<dyn Flavor>>,
    addresses: Vec<Address>,
    paths: Vec<PathBuf>,
    adopted: Sockets,
    limits: Limits,
    busy_poll: Duration,
    /// One reactor, and so many more.
    more_reactors: usize,
    error: Option<io::Error>,
}

/// Where to listen.
#[derive(Clone, Copy)]
pub(super) struct Address {
    pub(super) addr: SocketAddr,
    pub(super) tcp: bool,
    pub(super) udp: bool,
}

/// A server whose sockets are open; [`run`](Self::run) or [`spawn`](Self::spawn) makes it answer.
///
/// Between the two it is the place to learn the ports and register them; calls that arrive meanwhile wait.
pub struct Server {
    first: Reactor,
    more: Vec<Reactor>,
    tcp: Vec<SocketAddr>,
    udp: Vec<SocketAddr>,
    listens: bool,
}

impl Builder {
    /// Adds a service that answers on the server's own thread. It must not block: everybody waits for it.
    pub fn service(mut self, service: impl Service) -> Self {
        self.entries.push(Entry::new(Box::new(service), None));
        self
    }

    /// Adds a service that answers on threads of its own.
    pub fn blocking_service(mut self, service: impl Service, pool: Pool) -> Self {
        self.entries.push(Entry::new(Box::new(service), Some(self.pools.len())));
        self.pools.push(pool);
        self
    }

    /// Has `interceptor` stand around every call, inside those added before.
    pub fn intercept(mut self, interceptor: impl Interceptor) -> Self {
        self.interceptors.push(Box::new(interceptor));
        self
    }

    /// Accepts callers of another flavor of authentication. Of two of one number the first counts.
    pub fn flavor(mut self, flavor: impl Flavor) -> Self {
        self.flavors.push(Box::new(flavor));
        self
    }

    /// Listens for TCP and for UDP on the same port of `addr`; port 0 picks one that is free for both.
    ///
    /// Where the name has several addresses, the first is used.
    pub fn listen(self, addr: impl ToSocketAddrs) -> Self {
        self.address(addr, true, true)
    }

    /// Listens for TCP.
    pub fn listen_tcp(self, addr: impl ToSocketAddrs) -> Self {
        self.address(addr, true, false)
    }

    /// Listens for UDP.
    pub fn listen_udp(self, addr: impl ToSocketAddrs) -> Self {
        self.address(addr, false, true)
    }

    /// Listens on a socket in the file system (`AF_UNIX`), which anybody on the machine may connect to. One that a
    /// server left behind is replaced; at the end it is removed.
    pub fn listen_unix(mut self, path: impl Into<PathBuf>) -> Self {
        self.paths.push(path.into());
        self
    }

    /// Takes over a TCP listener that is open already, for example one that the system's service manager opened.
    pub fn adopt_tcp(mut self, listener: std::net::TcpListener) -> Self {
        let adopted = listener.set_nonblocking(true);
        self.adopted.listeners.push(Listener::Tcp(TcpListener::from_std(listener)));
        self.note(adopted)
    }

    /// Takes over a UDP socket that is open already.
    pub fn adopt_udp(mut self, socket: std::net::UdpSocket) -> Self {
        let adopted = socket.set_nonblocking(true);
        self.adopted.udp.push(UdpSocket::from_std(socket));
        self.note(adopted)
    }

    /// Takes over an `AF_UNIX` listener that is open already; its path is left alone at the end.
    pub fn adopt_unix(mut self, listener: std::os::unix::net::UnixListener) -> Self {
        let adopted = listener.set_nonblocking(true);
        self.adopted.listeners.push(Listener::adopt_unix(listener));
        self.note(adopted)
    }

    /// Serves on so many threads, each with sockets of its own on the same ports (`SO_REUSEPORT`); the system spreads
    /// connections and the peers of UDP over them. One is the default. What is adopted and what is listened on in the
    /// file system stays with the first. Limits hold for each thread.
    pub const fn reactors(mut self, reactors: NonZero<usize>) -> Self {
        self.more_reactors = reactors.get().saturating_sub(1);
        self
    }

    /// Busy polling: for so long after something has come, a reactor asks for more again and again before it sleeps,
    /// and gives its core away in between to whoever else wants it. It spares waking a core that sleeps, which on a
    /// virtual machine may take ten times as long as the whole call, and costs a core while calls come: for machines
    /// that have one to spare. The client's side is [`client::Builder::busy_poll`](crate::client::Builder::busy_poll).
    /// Off by default.
    pub const fn busy_poll(mut self, time: Duration) -> Self {
        self.busy_poll = time;
        self
    }

    /// Replaces the default limits.
    pub const fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Opens the sockets.
    ///
    /// # Errors
    ///
    /// An address cannot be resolved or bound, or two services have the same program and version.
    pub fn bind(self) -> io::Result<Server> {
        if let Some(error) = self.error {
            return Err(error);
        }
        refuse_twins(&self.entries)?;
        let listens =
            !(self.addresses.is_empty() && self.paths.is_empty() && self.adopted.is_empty());
        let (first, more) =
            listen::open(self.adopted, &self.addresses, &self.paths, self.more_reactors)?;
        let tcp = first.listeners.iter().filter_map(Listener::local_addr).collect();
        let udp = first.udp.iter().map(UdpSocket::local_addr).collect::<io::Result<_>>()?;
        let programs =
            Programs::new(self.entries, self.interceptors, self.flavors, self.limits.decoding);
        let workers = self.pools.iter().map(Workers::new).collect();
        let (first, more) = reactors(programs, workers, first, more, self.limits, self.busy_poll)?;
        Ok(Server { first, more, tcp, udp, listens })
    }

    /// Makes a server without sockets, for those who bring the bytes themselves. Addresses and pools are left aside.
    #[must_use]
    pub fn core(self) -> Core {
        let programs =
            Programs::new(self.entries, self.interceptors, self.flavors, self.limits.decoding);
        Core::new(programs, &self.limits)
    }

    /// Keeps an error for [`bind`](Self::bind) to report.
    fn note(mut self, result: io::Result<()>) -> Self {
        self.error = self.error.or(result.err());
        self
    }

    fn address(mut self, addr: impl ToSocketAddrs, tcp: bool, udp: bool) -> Self {
        let none =
            || io::Error::new(io::ErrorKind::NotFound, "the name to listen on has no address");
        match addr.to_socket_addrs().and_then(|mut addrs| addrs.next().ok_or_else(none)) {
            Ok(addr) => self.addresses.push(Address { addr, tcp, udp }),
            Err(error) => self.error = self.error.or_else(|| Some(no_address(&error))),
        }
        self
    }
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder")
            .field("services", &self.entries.len())
            .field("limits", &self.limits)
            .finish()
    }
}

impl Server {
    /// Starts to put a server together.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The address of the first TCP socket.
    #[must_use]
    pub fn tcp_addr(&self) -> Option<SocketAddr> {
        self.tcp.first().copied()
    }

    /// The address of the first UDP socket.
    #[must_use]
    pub fn udp_addr(&self) -> Option<SocketAddr> {
        self.udp.first().copied()
    }

    /// The addresses of all TCP sockets.
    #[must_use]
    pub fn tcp_addrs(&self) -> &[SocketAddr] {
        &self.tcp
    }

    /// The addresses of all UDP sockets.
    #[must_use]
    pub fn udp_addrs(&self) -> &[SocketAddr] {
        &self.udp
    }

    /// What stops this server, from any thread.
    #[must_use]
    pub fn stop_handle(&self) -> Stop {
        Stop::new(self.shared())
    }

    /// Answers calls on this thread until it is told to stop.
    ///
    /// # Errors
    ///
    /// There is nothing to listen on, or the system refuses a thread, or to wait for events.
    pub fn run(self) -> io::Result<()> {
        self.refuse_nowhere()?;
        let shared = Arc::clone(self.shared());
        let _pools = Finally(|| shared.close_pools());
        shared.start_pools()?;
        thread::scope(|scope| {
            // However the first has ended, the others end with it.
            let ending = Finally(|| shared.stop());
            let spawn = |reactor: Reactor| {
                let thread = thread::Builder::new().name("rpc-server".to_owned());
                thread.spawn_scoped(scope, || reactor.run())
            };
            let more = self.more.into_iter().map(spawn).collect::<io::Result<Vec<_>>>()?;
            let first = self.first.run();
            drop(ending);
            let others =
                more.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err(panicked())));
            std::iter::once(first).chain(others).collect()
        })
    }

    /// Answers calls on a thread of its own.
    ///
    /// # Errors
    ///
    /// There is nothing to listen on, or the system refuses a thread.
    pub fn spawn(self) -> io::Result<Running> {
        self.refuse_nowhere()?;
        Running::spawn(self)
    }

    fn refuse_nowhere(&self) -> io::Result<()> {
        if self.listens {
            Ok(())
        } else {
            Err(io::Error::new(io::ErrorKind::InvalidInput, NOWHERE))
        }
    }

    pub(super) const fn shared(&self) -> &Arc<Shared> {
        self.first.shared()
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("tcp", &self.tcp)
            .field("udp", &self.udp)
            .finish_non_exhaustive()
    }
}

/// Done when dropped, in a panic too.
struct Finally<F: Fn()>(F);

impl<F: Fn()> Drop for Finally<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// A reactor for each set of sockets.
fn reactors(
    programs: Programs,
    workers: Vec<Workers>,
    first: Sockets,
    more: Vec<Sockets>,
    limits: Limits,
    busy_poll: Duration,
) -> io::Result<(Reactor, Vec<Reactor>)> {
    let first_poll = Poll::new()?;
    let more_polls = more.iter().map(|_| Poll::new()).collect::<io::Result<Vec<_>>>()?;
    let wakers = std::iter::once(&first_poll)
        .chain(&more_polls)
        .map(|poll| Waker::new(poll.registry(), WAKER))
        .collect::<io::Result<_>>()?;
    let shared =
        Arc::new(Shared::new(programs, Repeats::new(limits.stream_duplicates), workers, wakers));
    let first = Reactor::new(first_poll, Arc::clone(&shared), 0, first, limits, busy_poll)?;
    let more = (1..)
        .zip(more_polls.into_iter().zip(more))
        .map(|(lane, (poll, sockets))| {
            Reactor::new(poll, Arc::clone(&shared), lane, sockets, limits, busy_poll)
        })
        .collect::<io::Result<_>>()?;
    Ok((first, more))
}

fn no_address(error: &io::Error) -> io::Error {
    let hint = match error.kind() {
        io::ErrorKind::InvalidInput => " (an address is HOST:PORT, with port 0 for any)",
        _ => "",
    };
    io::Error::new(error.kind(), format!("cannot listen: {error}{hint}"))
}

fn panicked() -> io::Error {
    io::Error::other("a thread of the server panicked")
}

fn refuse_twins(entries: &[Entry]) -> io::Result<()> {
    let mut keys: Vec<_> = entries.iter().map(Entry::key).collect();
    keys.sort_unstable();
    match keys.windows(2).find(|pair| pair.first() == pair.last()).and_then(|pair| pair.first()) {
        None => Ok(()),
        Some((program, version)) => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("program {program} ({program:#x}) version {version} was added twice"),
        )),
    }
}
