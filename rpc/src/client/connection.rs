//! The connection behind a client, made anew where it has failed.

use std::{
    io,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Instant,
};

use super::{Builder, Error, calls::Calls, link::Link};
use crate::{Endpoint, Transport, proto::Backoff};

/// Where and how a client connects, and its connection of the moment.
pub(super) struct Connection {
    builder: Builder,
    transport: Transport,
    server: Endpoint,
    current: RwLock<Arc<Calls>>,
    pause: Mutex<Pause>,
}

/// When connecting may be tried again.
struct Pause {
    until: Option<Instant>,
    backoff: Backoff,
}

impl Connection {
    pub(super) fn open(
        builder: Builder,
        transport: Transport,
        server: Endpoint,
    ) -> Result<Self, Error> {
        let calls = connect(&builder, transport, &server)?;
        let pause = Mutex::new(Pause { until: None, backoff: backoff(&builder) });
        Ok(Self { builder, transport, server, current: RwLock::new(Arc::new(calls)), pause })
    }

    pub(super) const fn transport(&self) -> Transport {
        self.transport
    }

    pub(super) const fn server(&self) -> &Endpoint {
        &self.server
    }

    pub(super) const fn builder(&self) -> &Builder {
        &self.builder
    }

    /// The connection of the moment, which may have failed.
    pub(super) fn current(&self) -> Arc<Calls> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// A connection that works as far as is known: where the one of the moment has failed, a new one. Nothing of the
    /// new call was sent, so this is safe for any call.
    #[inline]
    pub(super) fn working(&self) -> Result<Arc<Calls>, Error> {
        let calls = self.current();
        if calls.is_broken() { self.again(&calls) } else { Ok(calls) }
    }

    #[cold]
    fn again(&self, failed: &Arc<Calls>) -> Result<Arc<Calls>, Error> {
        let mut pause = self.pause.lock().unwrap_or_else(PoisonError::into_inner);
        let current = self.current();
        if !Arc::ptr_eq(&current, failed) {
            return Ok(current);
        }
        let now = Instant::now();
        if pause.until.is_some_and(|until| now < until) {
            return Err(Error::Disconnected);
        }
        match connect(&self.builder, self.transport, &self.server) {
            Ok(calls) => {
                let calls = Arc::new(calls);
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&calls);
                *pause = Pause { until: None, backoff: backoff(&self.builder) };
                Ok(calls)
            }
            Err(error) => {
                pause.until = now.checked_add(pause.backoff.next_wait());
                Err(error)
            }
        }
    }
}

const fn backoff(builder: &Builder) -> Backoff {
    Backoff::new(builder.reconnect.0, builder.reconnect.1)
}

fn connect(builder: &Builder, transport: Transport, server: &Endpoint) -> Result<Calls, Error> {
    let link = match (transport, server) {
        (Transport::Tcp, Endpoint::Inet(addr)) => {
            Link::tcp(*addr, builder.connect_timeout, builder.timeout)
        }
        (Transport::Udp, Endpoint::Inet(addr)) => Link::udp(*addr),
        (Transport::Unix, Endpoint::Unix(path)) => Link::unix(path, builder.timeout),
        _ => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "an IP address goes with TCP or UDP, a path with AF_UNIX",
        )),
    };
    let link =
        link.map_err(|source| Error::Connect { transport, server: server.clone(), source })?;
    Calls::new(link, builder.clone())
}

impl From<SocketAddr> for Endpoint {
    fn from(addr: SocketAddr) -> Self {
        Self::Inet(addr)
    }
}

impl From<PathBuf> for Endpoint {
    fn from(path: PathBuf) -> Self {
        Self::Unix(path)
    }
}
