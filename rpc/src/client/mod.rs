//! Clients: one connection that many threads may call through.
//!
//! rpcgen writes a client for each program version on top of [`Client`]; its methods are the program's procedures.

mod background;
mod broadcast;
mod builder;
mod calls;
mod connection;
mod error;
mod interceptor;
mod link;
mod message;
mod outbox;
mod pending;
mod reply;
mod seat;
mod stats;
mod table;

pub use builder::Builder;
pub use error::Error;
pub use interceptor::{Interceptor, Outgoing};
pub use pending::Pending;
pub use stats::Stats;

use std::{
    net::ToSocketAddrs,
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use crate::{
    Endpoint, Transport,
    xdr::{Decode, DecodeWith, Encode, EncodeWith},
};
use calls::{Calls, Target, Urgency};
use connection::Connection;

/// How long a call that is repeated waits before it tries again.
const REPEAT_PAUSE: Duration = Duration::from_millis(20);

/// A connection to a server, over TCP, UDP or `AF_UNIX`.
///
/// Cheap to clone; the clones share the connection. Calls of several threads go through it at once: each is sent
/// as it comes, whoever waits reads the socket, and hands others their replies.
///
/// Over UDP a call is sent again, with the same transaction id, until it is answered or its time is up. Where a
/// connection has failed, the next call makes a new one; what becomes of a call under which it fails,
/// [`Builder::repeat`] says.
#[derive(Clone)]
pub struct Client {
    connection: Arc<Connection>,
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
        let target = Target { program, version, procedure };
        if self.connection.builder().interceptors.is_empty() {
            self.call_now::<C, D, A, R>(target, args)
        } else {
            self.intercepted(target, || self.call_now::<C, D, A, R>(target, args))
        }
    }

    /// Starts a call whose arguments and results are types that are their own codec, and does not wait for it.
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
        let calls = self.connection.working()?;
        let seat = Calls::open::<C, A, _>(
            Arc::clone(&calls),
            target,
            args,
            Urgency::Later,
            Instant::now(),
        )?;
        Ok(Pending::new(seat, reply::results::<D, R>))
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
        self.connection
            .working()?
            .send_one_way::<C, A>(Target { program, version, procedure }, args)
    }

    /// Sends every call that was started and still waits to be sent.
    ///
    /// # Errors
    ///
    /// The connection has failed.
    pub fn flush(&self) -> Result<(), Error> {
        self.connection.current().flush()
    }

    /// One call, made again over a new connection where its connection fails and it may be repeated.
    fn call_now<C, D, A, R>(&self, target: Target, args: &A) -> Result<R, Error>
    where
        C: EncodeWith<A> + ?Sized,
        D: for<'de> DecodeWith<'de, R>,
        A: ?Sized,
    {
        let began = Instant::now();
        loop {
            let result = self.connection.working().and_then(|calls| {
                let mut seat = Calls::open::<C, A, _>(&**calls, target, args, Urgency::Now, began)?;
                let results = seat.wait(reply::results::<D, R>)?;
                if !seat.sent_again {
                    calls.measured(seat.xid, began);
                }
                Ok(results)
            });
            match result {
                Err(error) if self.may_repeat(&error, began) => thread::sleep(REPEAT_PAUSE),
                result => return result,
            }
        }
    }

    fn may_repeat(&self, error: &Error, began: Instant) -> bool {
        let builder = self.connection.builder();
        builder.repeat
            && matches!(error, Error::Connect { .. } | Error::Io(_) | Error::Disconnected)
            && began.elapsed() < builder.timeout
    }

    /// One call, seen by the interceptors.
    fn intercepted<R>(
        &self,
        target: Target,
        call: impl FnOnce() -> Result<R, Error>,
    ) -> Result<R, Error> {
        let Target { program, version, procedure } = target;
        let (transport, server) = (self.transport(), self.server());
        let outgoing = Outgoing { program, version, procedure, transport, server };
        let interceptors = &self.connection.builder().interceptors;
        interceptors.iter().try_for_each(|interceptor| interceptor.before(&outgoing))?;
        let began = Instant::now();
        let result = call();
        let took = began.elapsed();
        for interceptor in interceptors {
            interceptor.after(&outgoing, result.as_ref().map(|_| ()), took);
        }
        result
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
