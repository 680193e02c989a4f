//! Setting up a connection.

use std::{fmt, io, net::ToSocketAddrs, path::Path, sync::Arc, time::Duration};

use super::{Client, Error, Interceptor, connection::Connection};
use crate::{
    Endpoint, Transport,
    proto::{Credentials, RecordLimits},
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
    pub(super) retransmit: (Duration, Duration),
    pub(super) records: RecordLimits,
    pub(super) decoding: xdr::Limits,
    pub(super) credentials: Credentials,
    pub(super) repeat: bool,
    pub(super) reconnect: (Duration, Duration),
    pub(super) interceptors: Vec<Arc<dyn Interceptor>>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(25),
            connect_timeout: Duration::from_secs(5),
            retransmit: (Duration::from_millis(500), Duration::from_secs(8)),
            records: RecordLimits::default(),
            decoding: xdr::Limits::default(),
            credentials: Credentials::None,
            repeat: false,
            reconnect: (Duration::from_millis(50), Duration::from_secs(5)),
            interceptors: Vec::new(),
        }
    }
}

impl Builder {
    /// How long a call may take in all, with all its retransmissions.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long connecting may take (TCP).
    pub const fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// When a call is sent again (UDP): after `first`, then twice as long each time up to `most`, with jitter. Once the
    /// server has answered, its round-trip time (RFC 6298) takes the place of a longer `first`.
    pub const fn retransmit(mut self, first: Duration, most: Duration) -> Self {
        self.retransmit = (first, most);
        self
    }

    /// The longest reply over TCP, and in how many pieces.
    pub const fn records(mut self, limits: RecordLimits) -> Self {
        self.records = limits;
        self
    }

    /// How much decoding one reply may take.
    pub const fn decoding(mut self, limits: xdr::Limits) -> Self {
        self.decoding = limits;
        self
    }

    /// Who calls.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = credentials;
        self
    }

    /// Makes a call again whose connection has failed under it, over a new connection, until its time is up. Without
    /// this such a call is an error, because the server may have run it; so set it only where every procedure may run
    /// twice.
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

    /// Has `interceptor` see every call.
    pub fn intercept(mut self, interceptor: impl Interceptor) -> Self {
        self.interceptors.push(Arc::new(interceptor));
        self
    }

    /// Connects to the first address of `addr` that can be reached.
    ///
    /// # Errors
    ///
    /// None can.
    pub fn connect(self, transport: Transport, addr: impl ToSocketAddrs) -> Result<Client, Error> {
        let mut failure = None;
        for addr in addr.to_socket_addrs().map_err(Error::Resolve)? {
            match Connection::open(self.clone(), transport, Endpoint::Inet(addr)) {
                Ok(connection) => return Ok(Client { connection: Arc::new(connection) }),
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
        let connection = Connection::open(self, Transport::Unix, server)?;
        Ok(Client { connection: Arc::new(connection) })
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
