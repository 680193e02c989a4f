//! Clients: one connection that many threads may call through.
//!
//! rpcgen writes a client for each program version on top of [`Client`]; its methods are the program's procedures.

mod background;
mod broadcast;
mod builder;
mod calls;
mod cancel;
mod connection;
mod error;
mod flavor;
mod inbound;
mod interceptor;
mod link;
mod lull;
mod message;
mod outbox;
mod pending;
mod receiving;
mod reply;
mod reserved;
mod seat;
mod sending;
mod stats;
mod table;
mod timekeeper;
mod tries;
mod wait;
mod waiters;

pub use builder::Builder;
pub use cancel::Cancel;
pub use error::Error;
pub use flavor::Flavor;
pub use interceptor::{Interceptor, Outgoing};
pub use pending::Pending;
pub use stats::Stats;

use std::{
    net::ToSocketAddrs,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    Endpoint, Transport,
    server::Back,
    xdr::{Decode, DecodeWith, Encode, EncodeWith},
};
use calls::{Calls, Target, Urgency};
use connection::Connection;
use interceptor::Watched;
use sending::Caller;
use table::Broken;
use wait::Wait;

/// A connection to a server, over TCP, UDP or `AF_UNIX`.
///
/// Cheap to clone; the clones share the connection. Calls of several threads go through it at once: each is sent
/// as it comes, whoever waits reads the socket, and hands others their replies.
///
/// Over UDP a call is sent again, with the same transaction id, until it is answered or its time is up. Where a
/// connection has failed, the next call makes a new one, and so does a call after a pause in which the server has closed
/// it; what becomes of a call under which it fails, [`Builder::repeat`] says.
///
/// [`with_timeout`](Self::with_timeout) and [`cancelled_by`](Self::cancelled_by) give a client of the same connection
/// whose calls have another time limit, or may be cancelled.
#[derive(Clone)]
pub struct Client {
    connection: Arc<Connection>,
    wait: Wait,
}

/// What rpcgen writes for a program version: a typed face of a [`Client`].
pub trait ProgramClient: Sized {
    /// The program's number.
    const PROGRAM: u32;
    /// The program's version.
    const VERSION: u32;

    /// Calls this program through `client`.
    fn new(client: Client) -> Self;

    /// The connection.
    fn client(&self) -> &Client;

    /// The same program through the same connection, with calls that may take `timeout`: see [`Client::with_timeout`].
    #[must_use]
    fn with_timeout(&self, timeout: Duration) -> Self {
        Self::new(self.client().with_timeout(timeout))
    }

    /// The same program through the same connection, with calls that `cancel` ends: see [`Client::cancelled_by`].
    #[must_use]
    fn cancelled_by(&self, cancel: &Cancel) -> Self {
        Self::new(self.client().cancelled_by(cancel))
    }
}

impl Client {
    /// Connects over TCP, with the defaults of [`Builder`].
    ///
    /// # Errors
    ///
    /// The address cannot be resolved or reached.
    pub fn tcp(addr: impl ToSocketAddrs) -> Result<Self, Error> {
        Self::builder().connect(Transport::Tcp, addr)
    }

    /// Connects over UDP, with the defaults of [`Builder`]. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// The address cannot be resolved.
    pub fn udp(addr: impl ToSocketAddrs) -> Result<Self, Error> {
        Self::builder().connect(Transport::Udp, addr)
    }

    /// Connects to a socket in the file system (`AF_UNIX`), with the defaults of [`Builder`].
    ///
    /// # Errors
    ///
    /// Nobody listens there.
    pub fn unix(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::builder().connect_unix(path)
    }

    /// Starts to set up a connection.
    pub fn builder() -> Builder {
        Builder::default()
    }

    fn new(connection: Connection) -> Self {
        let wait = Wait::new(connection.builder().timeout);
        Self { connection: Arc::new(connection), wait }
    }

    /// One that calls over a connection which a server was called over.
    pub(crate) fn back(back: Arc<Back>) -> Result<Self, Error> {
        Ok(Self::new(Connection::back(back)?))
    }

    /// Ends all calls, because the connection is gone.
    pub(crate) fn hang_up(&self) {
        self.connection.current().break_off(Broken::Closed);
    }

    /// Whether the connection has failed.
    pub(crate) fn is_broken(&self) -> bool {
        self.connection.current().is_broken()
    }

    /// Whether there is another client of the same connection.
    pub(crate) fn is_kept(&self) -> bool {
        Arc::strong_count(&self.connection) > 1
    }

    /// Whether a call is under way.
    pub(crate) fn is_waited_for(&self) -> bool {
        self.connection.current().table().is_waited_for()
    }

    /// Takes a reply that somebody else has read.
    pub(crate) fn feed(&self, reply: &[u8]) {
        self.connection.current().feed(reply);
    }

    /// A client of the same connection whose calls may take `timeout` in all, whether they are waited for, started or
    /// sent. Cheap enough to be made for one call. (Threads whose limits differ cost each other a system call as they
    /// take turns in reading the socket.)
    ///
    /// ```
    /// use std::{net::UdpSocket, time::Duration};
    /// use sunrpc::client::{Client, Error};
    ///
    /// let silent = UdpSocket::bind("127.0.0.1:0")?;
    /// let client = Client::udp(silent.local_addr()?)?;
    /// let quick = client.with_timeout(Duration::from_millis(20));
    /// assert!(matches!(quick.call::<(), ()>(0x2000_0001, 1, 0, &()), Err(Error::Timeout(_))));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        let wait = Wait { timeout, cancel: self.wait.cancel.clone() };
        Self { connection: Arc::clone(&self.connection), wait }
    }

    /// A client of the same connection whose calls `cancel` ends, in place of any other one that did.
    #[must_use]
    pub fn cancelled_by(&self, cancel: &Cancel) -> Self {
        cancel.covers(&self.connection);
        let wait = Wait { timeout: self.wait.timeout, cancel: Some(cancel.clone()) };
        Self { connection: Arc::clone(&self.connection), wait }
    }

    /// Calls a procedure whose arguments and results are types that are their own codec.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn call<A, R>(
        &self,
        program: u32,
        version: u32,
        procedure: u32,
        args: &A,
    ) -> Result<R, Error>
    where
        A: Encode + ?Sized,
        R: for<'de> Decode<'de>,
    {
        self.call_as::<A, R, A, R>(program, version, procedure, args)
    }

    /// Calls a procedure with arguments in codec `C` and results in codec `D`.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn call_as<C, D, A, R>(
        &self,
        program: u32,
        version: u32,
        procedure: u32,
        args: &A,
    ) -> Result<R, Error>
    where
        C: EncodeWith<A> + ?Sized,
        D: for<'de> DecodeWith<'de, R>,
        A: ?Sized,
    {
        self.call_now::<C, D, A, R>(Target { program, version, procedure }, args)
    }

    /// Starts a call whose arguments and results are types that are their own codec, and does not wait for it.
    ///
    /// Where 1 MiB of calls waits to be sent, it waits for the stream to take them, as long as the call may take.
    ///
    /// # Errors
    ///
    /// The arguments cannot be encoded, or the connection has failed.
    pub fn start<A, R>(
        &self,
        program: u32,
        version: u32,
        procedure: u32,
        args: &A,
    ) -> Result<Pending<R>, Error>
    where
        A: Encode + ?Sized,
        R: for<'de> Decode<'de>,
    {
        self.start_as::<A, R, A, R>(program, version, procedure, args)
    }

    /// Starts a call with arguments in codec `C` and results in codec `D`, and does not wait for it.
    ///
    /// # Errors
    ///
    /// The arguments cannot be encoded, or the connection has failed.
    pub fn start_as<C, D, A, R>(
        &self,
        program: u32,
        version: u32,
        procedure: u32,
        args: &A,
    ) -> Result<Pending<R>, Error>
    where
        C: EncodeWith<A> + ?Sized,
        D: for<'de> DecodeWith<'de, R>,
        A: ?Sized,
    {
        let target = Target { program, version, procedure };
        let mut watched = self.watched(target)?;
        let began = Instant::now();
        let started = self.or_over_tcp(began, |connection| {
            let calls = Arc::clone(&*connection.working(began, &self.wait)?);
            // Whoever waits first shall lead, not whoever started first.
            let mut seat = Calls::seat(calls, began, &self.wait, None, false)?;
            Calls::send_call::<C, A, _>(&mut seat, target, args, Urgency::Later)?;
            Ok(seat)
        });
        match started {
            Ok(seat) => Ok(Pending::new(seat, reply::results::<D, R>, watched)),
            Err(error) => watched.end(Err(error)),
        }
    }

    /// Sends a call that is not answered (RFC 5531 section 8, batching). Over a stream it goes out with the next
    /// call that is waited for, or with [`flush`](Self::flush). A reply that comes all the same is ignored.
    ///
    /// # Errors
    ///
    /// The arguments cannot be encoded, or the connection has failed.
    pub fn send<A>(&self, program: u32, version: u32, procedure: u32, args: &A) -> Result<(), Error>
    where
        A: Encode + ?Sized,
    {
        self.send_as::<A, A>(program, version, procedure, args)
    }

    /// The same with arguments in codec `C`.
    ///
    /// # Errors
    ///
    /// The arguments cannot be encoded, or the connection has failed.
    pub fn send_as<C, A>(
        &self,
        program: u32,
        version: u32,
        procedure: u32,
        args: &A,
    ) -> Result<(), Error>
    where
        C: EncodeWith<A> + ?Sized,
        A: ?Sized,
    {
        let target = Target { program, version, procedure };
        let mut watched = self.watched(target)?;
        let began = Instant::now();
        let sent = self.or_over_tcp(began, |connection| {
            let calls = connection.working(began, &self.wait)?;
            calls.send_one_way::<C, A>(target, args, &self.wait)
        });
        watched.end(sent)
    }

    /// Sends every call that was started and still waits to be sent.
    ///
    /// # Errors
    ///
    /// The connection has failed, or takes no bytes within the time of a call: then some still wait.
    pub fn flush(&self) -> Result<(), Error> {
        let began = Instant::now();
        let caller = Caller { xid: None, began, wait: &self.wait };
        self.connection.every_current().try_for_each(|calls| calls.flush(&caller))
    }

    /// Asks the interceptors for a call.
    fn watched(&self, target: Target) -> Result<Watched, Error> {
        let interceptors = &self.connection.builder().interceptors;
        Watched::begin(interceptors, target, self.transport(), self.server())
    }

    /// How calls travel.
    #[must_use]
    pub fn transport(&self) -> Transport {
        self.connection.transport()
    }

    /// Where the server listens.
    #[must_use]
    pub fn server(&self) -> &Endpoint {
        self.connection.server()
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("transport", &self.transport())
            .field("server", &self.server())
            .finish_non_exhaustive()
    }
}
