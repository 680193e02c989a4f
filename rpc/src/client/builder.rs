//! Setting up a connection.

use std::{
    fmt, io,
    net::{SocketAddr, ToSocketAddrs},
    path::Path,
    sync::Arc,
    time::Duration,
};

use super::{Client, Error, Flavor, Interceptor, connection::Connection};
use crate::{
    Endpoint, Transport,
    proto::{Credentials, RecordLimits},
    server::Core,
    xdr,
};

/// How a client connects and how long it waits.
///
/// # Defaults
///
/// A call waits 25 s, connecting 5 s; over UDP a call is sent again after 0.5 s, then twice as long each time up to
/// 8 s; a failed connection is tried again after 50 ms, then twice as long each time up to 5 s; replies of at most
/// 1 MiB; `AUTH_NONE`.
#[derive(Clone)]
#[must_use]
pub struct Builder {
    pub(super) timeout: Duration,
    pub(super) connect_timeout: Duration,
    pub(super) reserved_port: bool,
    pub(super) retransmit: (Duration, Duration),
    pub(super) busy_poll: Duration,
    pub(super) records: RecordLimits,
    pub(super) decoding: xdr::Limits,
    pub(super) credentials: Credentials,
    pub(super) flavor: Option<Arc<dyn Flavor>>,
    pub(super) repeat: bool,
    pub(super) reconnect: (Duration, Duration),
    pub(super) interceptors: Vec<Arc<dyn Interceptor>>,
    pub(super) locate_tcp: Option<Arc<LocateTcp>>,
    pub(super) serve: Option<Arc<Core>>,
    pub(super) on_disconnect: Option<Arc<OnDisconnect>>,
}

/// From the server's address over UDP to the one over TCP.
type LocateTcp = dyn Fn(SocketAddr) -> Result<SocketAddr, Error> + Send + Sync;

/// What is done when a connection has ended.
type OnDisconnect = dyn Fn() + Send + Sync;

impl Default for Builder {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(25),
            connect_timeout: Duration::from_secs(5),
            reserved_port: false,
            retransmit: (Duration::from_millis(500), Duration::from_secs(8)),
            busy_poll: Duration::ZERO,
            records: RecordLimits::default(),
            decoding: xdr::Limits::default(),
            credentials: Credentials::None,
            flavor: None,
            repeat: false,
            reconnect: (Duration::from_millis(50), Duration::from_secs(5)),
            interceptors: Vec::new(),
            locate_tcp: None,
            serve: None,
            on_disconnect: None,
        }
    }
}

impl Builder {
    /// How long a call may take in all, with all its retransmissions. [`Client::with_timeout`] changes it for some
    /// calls.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long connecting may take (TCP, `AF_UNIX`), to each address of a name. Where a call makes a connection anew,
    /// it takes no longer than the call may.
    pub const fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Calls from a reserved port (TCP, UDP): 665 to 1023. To servers of NFS and NIS, unless they are told otherwise, that
    /// says that the machine's root lets the call be made; so it takes root, or `CAP_NET_BIND_SERVICE`. There are few of
    /// these ports, and over TCP each is in the system's hands for a minute after its connection: not for many
    /// connections to one server.
    #[doc(alias = "bindresvport")]
    pub const fn reserved_port(mut self) -> Self {
        self.reserved_port = true;
        self
    }

    /// When a call is sent again (UDP): after `first`, then twice as long each time up to `most`, with jitter. Once
    /// calls that were waited for have been answered, the server's round-trip time (RFC 6298) takes the place of
    /// `first`: 256 ms, or `first` where that is less, to `most`. Neither is less than a millisecond.
    pub fn retransmit(mut self, first: Duration, most: Duration) -> Self {
        let least = Duration::from_millis(1);
        self.retransmit = (first.max(least), most.max(least));
        self
    }

    /// Busy polling: for so long, whoever waits for a reply asks for it again and again before he sleeps, and gives his
    /// core away in between to whoever else wants it. It spares waking a core that sleeps, which on a virtual machine
    /// may take ten times as long as the whole call, and costs a core while somebody waits: for machines that have one
    /// to spare. The server's side is [`server::Builder::busy_poll`](crate::server::Builder::busy_poll). Off by
    /// default.
    pub const fn busy_poll(mut self, time: Duration) -> Self {
        self.busy_poll = time;
        self
    }

    /// The longest reply over TCP, and in how many pieces. A connection keeps up to two buffers as long as its longest
    /// reply: one to be used again, and with the feature `bytes` one that somebody has a part of, or had.
    pub const fn records(mut self, limits: RecordLimits) -> Self {
        self.records = limits;
        self
    }

    /// How much decoding one reply may take.
    pub const fn decoding(mut self, limits: xdr::Limits) -> Self {
        self.decoding = limits;
        self
    }

    /// Who calls: nobody in particular, unless told, for example by
    /// [`AuthSysParms::of_this_process`](crate::proto::AuthSysParms::of_this_process).
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = credentials;
        self
    }

    /// Has every call prove who makes it, in a flavor of one's own. It takes the place of the
    /// [`credentials`](Self::credentials), except in a [`broadcast`](Self::broadcast).
    pub fn flavor(mut self, flavor: impl Flavor) -> Self {
        self.flavor = Some(Arc::new(flavor));
        self
    }

    /// Makes a call again whose connection has failed under it, over a new connection, until its time is up. Without
    /// this such a call is an error, because the server may have run it; so set it only where every procedure may run
    /// twice, or where the server remembers calls over TCP
    /// ([`Limits::stream_duplicates`](crate::server::Limits::stream_duplicates)): the call keeps its transaction id.
    pub const fn repeat(mut self, repeat: bool) -> Self {
        self.repeat = repeat;
        self
    }

    /// After how long a failed connection is tried again: after `first`, then twice as long each time up to `most`,
    /// with jitter. Calls made meanwhile fail at once.
    pub const fn reconnect(mut self, first: Duration, most: Duration) -> Self {
        self.reconnect = (first, most);
        self
    }

    /// Over UDP: makes a call that is too long for a datagram (65,507 bytes) over TCP instead, at the server's same
    /// address and port. The connection is made with the first of them, and then kept.
    ///
    /// - **The arguments are too long:** nothing was sent, so any call is made over TCP: [`Client::call`], calls that are
    ///   started, calls without an answer.
    /// - **The reply is too long:** RFC 5531 has no word for that. This project's server has run the call by then, and
    ///   answers `SYSTEM_ERR`, as it does where it failed. So only a call that may be [repeated](Self::repeat), and that
    ///   is waited for in [`Client::call`], is made again over TCP; others end with [`Error::SystemErr`]. A server that
    ///   says nothing instead cannot be told from one that is gone: [`Error::Timeout`].
    ///
    /// Interceptors see one call, over UDP. Who expects long replies had better use TCP at once.
    ///
    /// ```
    /// # use sunrpc::{client::Client, server::{Args, Call, Fault, Results, Server, Service}, Transport};
    /// # struct Sum;
    /// # impl Service for Sum {
    /// #     fn program(&self) -> u32 { 0x2000_0001 }
    /// #     fn version(&self) -> u32 { 1 }
    /// #     fn dispatch(&self, _: &Call<'_>, args: Args<'_>, results: &mut Results<'_>) -> Result<(), Fault> {
    /// #         results.put(&args.get::<Vec<u32>>()?.iter().sum::<u32>())
    /// #     }
    /// # }
    /// # let server = Server::builder().service(Sum).listen("127.0.0.1:0").bind()?.spawn()?;
    /// # let addr = server.udp_addr().unwrap();
    /// let client = Client::builder().fall_back_to_tcp().connect(Transport::Udp, addr)?;
    /// let long = vec![1_u32; 100_000];
    /// assert_eq!(client.call::<_, u32>(0x2000_0001, 1, 1, &long)?, 100_000);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fall_back_to_tcp(self) -> Self {
        self.fall_back_to_tcp_at(Ok)
    }

    /// The same where the server's TCP port may be another: `locate` turns its address over UDP into the one over TCP,
    /// by asking a portmapper, for example. It is asked when a call needs it, until it has named one that can be
    /// reached.
    pub fn fall_back_to_tcp_at(
        mut self,
        locate: impl Fn(SocketAddr) -> Result<SocketAddr, Error> + Send + Sync + 'static,
    ) -> Self {
        self.locate_tcp = Some(Arc::new(locate));
        self
    }

    /// Has `core` answer the calls that the server makes over this client's own connection (TCP, `AF_UNIX`): see
    /// [`Call::callback`](crate::server::Call::callback). They are answered one after the other, on a thread that does
    /// nothing else; another one of the client's reads the connection from the beginning on. A handler may wait, and may
    /// call the server, through this very client too. Such calls must not make the server call back and wait: that call
    /// would wait for the handler.
    ///
    /// A handler that keeps a clone of this very client keeps alive what keeps it: client, connection and threads are
    /// never let go of. Let it keep a [`Weak`](std::sync::Weak) of an `Arc<Client>` that is held elsewhere.
    ///
    /// At most 256 calls, or 1 MiB of them, wait; what comes beyond that is not answered.
    ///
    /// ```
    /// use sunrpc::{client::Client, server::{Args, Call, Fault, Pool, Results, Server, Service}};
    ///
    /// /// Asks the caller for a number, and doubles it.
    /// struct Doubler;
    /// # const NUMBER: u32 = 0x2000_0002;
    /// # const DOUBLER: u32 = 0x2000_0001;
    ///
    /// impl Service for Doubler {
    ///     # fn program(&self) -> u32 { DOUBLER }
    ///     # fn version(&self) -> u32 { 1 }
    ///     fn dispatch(&self, call: &Call<'_>, args: Args<'_>, results: &mut Results<'_>) -> Result<(), Fault> {
    ///         args.get::<()>()?;
    ///         let caller = call.callback().ok_or(Fault::SystemErr)?;
    ///         let number: i32 = caller.call(NUMBER, 1, 1, &()).map_err(|_| Fault::SystemErr)?;
    ///         results.put(&number.saturating_mul(2))
    ///     }
    /// }
    ///
    /// /// Has a number.
    /// struct Number(i32);
    ///
    /// impl Service for Number {
    ///     # fn program(&self) -> u32 { NUMBER }
    ///     # fn version(&self) -> u32 { 1 }
    ///     fn dispatch(&self, _: &Call<'_>, args: Args<'_>, results: &mut Results<'_>) -> Result<(), Fault> {
    ///         args.get::<()>()?;
    ///         results.put(&self.0)
    ///     }
    /// }
    ///
    /// let pool = Pool { workers: 1, queue: 16 };
    /// let server = Server::builder().blocking_service(Doubler, pool).listen("127.0.0.1:0").bind()?.spawn()?;
    /// let core = Server::builder().service(Number(21)).core();
    /// let client = Client::builder().serve(core).connect(sunrpc::Transport::Tcp, server.tcp_addr().unwrap())?;
    /// assert_eq!(client.call::<(), i32>(DOUBLER, 1, 1, &())?, 42);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn serve(mut self, core: Core) -> Self {
        self.serve = Some(Arc::new(core));
        self
    }

    /// For a client that [serves](Self::serve), and no other: calls `tell` each time that a connection of its has ended
    /// from without, once the server's calls that came before are answered, on the thread that answered them. A client
    /// that only waits to be called would not hear of it else; its next call connects again.
    pub fn on_disconnect(mut self, tell: impl Fn() + Send + Sync + 'static) -> Self {
        self.on_disconnect = Some(Arc::new(tell));
        self
    }

    /// Has `interceptor` see every call.
    pub fn intercept(mut self, interceptor: impl Interceptor) -> Self {
        self.interceptors.push(Arc::new(interceptor));
        self
    }

    /// Connects to the first address of `addr` that can be reached. A connection made anew goes to the same one.
    ///
    /// # Errors
    ///
    /// None can.
    pub fn connect(self, transport: Transport, addr: impl ToSocketAddrs) -> Result<Client, Error> {
        let mut failure = None;
        for addr in addr.to_socket_addrs().map_err(Error::Resolve)? {
            let server = Endpoint::Inet(addr);
            match Connection::open(self.clone(), transport, server, self.connect_timeout) {
                Ok(connection) => return Ok(Client::new(connection)),
                Err(error) => failure = Some(error),
            }
        }
        let none =
            || Error::Resolve(io::Error::new(io::ErrorKind::NotFound, "the name has no address"));
        Err(failure.unwrap_or_else(none))
    }

    /// Connects to a socket in the file system (`AF_UNIX`).
    ///
    /// # Errors
    ///
    /// Nobody listens there.
    pub fn connect_unix(self, path: impl AsRef<Path>) -> Result<Client, Error> {
        let server = Endpoint::Unix(path.as_ref().to_owned());
        let limit = self.connect_timeout;
        Connection::open(self, Transport::Unix, server, limit).map(Client::new)
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("timeout", &self.timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("retransmit", &self.retransmit)
            .field("repeat", &self.repeat)
            .finish_non_exhaustive()
    }
}
