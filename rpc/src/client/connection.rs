//! The connection behind a client, made anew where it has failed.

use std::{
    io,
    net::SocketAddr,
    ops::Deref,
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
    first: Arc<Calls>,
    /// What has taken the place of the first, once it has failed.
    later: RwLock<Option<Arc<Calls>>>,
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
        Ok(Self {
            builder,
            transport,
            server,
            first: Arc::new(calls),
            later: RwLock::default(),
            pause,
        })
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
        let later = self.later.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(later.as_ref().unwrap_or(&self.first))
    }

    /// A connection that works as far as is known: where the one of the moment has failed, a new one. Nothing of the
    /// new call was sent, so this is safe for any call.
    #[inline]
    pub(super) fn working(&self) -> Result<Working<'_>, Error> {
        if self.first.is_broken() {
            self.later().map(Working::Later)
        } else {
            Ok(Working::First(&self.first))
        }
    }

    #[cold]
    fn later(&self) -> Result<Arc<Calls>, Error> {
        let calls = self.current();
        if calls.is_broken() { self.again(&calls) } else { Ok(calls) }
    }

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
                *self.later.write().unwrap_or_else(PoisonError::into_inner) =
                    Some(Arc::clone(&calls));
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

/// The first connection costs a caller no count of references; most clients never have another.
pub(super) enum Working<'c> {
    First(&'c Arc<Calls>),
    Later(Arc<Calls>),
}

impl Deref for Working<'_> {
    type Target = Arc<Calls>;

    fn deref(&self) -> &Arc<Calls> {
        match self {
            Self::First(calls) => calls,
            Self::Later(calls) => calls,
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
