//! Setting up a connection.

use std::{
    io,
    net::{SocketAddr, ToSocketAddrs},
    path::Path,
    sync::Arc,
    time::Duration,
};

use super::{Client, Error, calls::Calls, link::Link};
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
/// 8 s; replies of at most 1 MiB; `AUTH_NONE`.
#[derive(Clone, Debug)]
#[must_use]
pub struct Builder {
    pub(super) timeout: Duration,
    pub(super) connect_timeout: Duration,
    pub(super) retransmit: (Duration, Duration),
    pub(super) records: RecordLimits,
    pub(super) decoding: xdr::Limits,
    pub(super) credentials: Credentials,
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

    /// When a call is sent again (UDP): after `first`, then twice as long each time up to `most`, with jitter.
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

    /// Connects to the first address of `addr` that can be reached.
    ///
    /// # Errors
    ///
    /// None can.
    pub fn connect(self, transport: Transport, addr: impl ToSocketAddrs) -> Result<Client, Error> {
        let mut failure = None;
        for addr in addr.to_socket_addrs().map_err(Error::Resolve)? {
            match self.connect_to(transport, addr) {
                Ok(link) => return Ok(Client { calls: Arc::new(Calls::new(link, self)?) }),
                Err(source) => {
                    failure =
                        Some(Error::Connect { transport, server: Endpoint::Inet(addr), source })
                }
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
        let path = path.as_ref();
        match Link::unix(path, self.timeout) {
            Ok(link) => Ok(Client { calls: Arc::new(Calls::new(link, self)?) }),
            Err(source) => Err(Error::Connect {
                transport: Transport::Unix,
                server: Endpoint::Unix(path.to_owned()),
                source,
            }),
        }
    }

    fn connect_to(&self, transport: Transport, addr: SocketAddr) -> io::Result<Link> {
        match transport {
            Transport::Tcp => Link::tcp(addr, self.connect_timeout, self.timeout),
            Transport::Udp => Link::udp(addr),
            Transport::Unix => {
                Err(io::Error::new(io::ErrorKind::InvalidInput, "AF_UNIX takes a path"))
            }
        }
    }
}
