//! The connection behind a client, made anew where it has failed.

use std::{
    io,
    net::SocketAddr,
    ops::Deref,
    path::PathBuf,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock},
    time::{Duration, Instant},
};

use super::{Builder, Error, Stats, calls::Calls, inbound, link::Link, wait::Wait};
use crate::{Endpoint, Transport, proto::Backoff, server::Back};

/// Where and how a client connects, and its connection of the moment.
pub(super) struct Connection {
    builder: Builder,
    transport: Transport,
    server: Endpoint,
    first: Arc<Calls>,
    /// Whether it can be made anew.
    is_ours: bool,
    /// What has taken the place of the first, once it has failed.
    later: RwLock<Option<Arc<Calls>>>,
    pause: Mutex<Pause>,
    /// Told when the connection has been made anew, or cannot be.
    tried: Condvar,
    /// Over TCP, for calls too long for UDP, once there was one.
    fallback: Mutex<Option<Arc<Self>>>,
}

/// When connecting may be tried again.
struct Pause {
    /// Since when, and for how long, connecting pauses.
    rest: Option<(Instant, Duration)>,
    backoff: Backoff,
    /// Somebody is at it.
    connecting: bool,
}

impl Connection {
    /// Connects, within `limit`.
    pub(super) fn open(
        builder: Builder,
        transport: Transport,
        server: Endpoint,
        limit: Duration,
    ) -> Result<Self, Error> {
        let calls = connect(&builder, transport, &server, limit)?;
        Ok(Self::new(builder, transport, server, calls, true))
    }

    /// The way back over a connection that a server was called over.
    pub(super) fn back(back: Arc<Back>) -> Result<Self, Error> {
        let (builder, transport, server) = (Builder::default(), back.transport(), back.endpoint());
        let calls = Calls::new(Link::back(back), builder.clone())?;
        Ok(Self::new(builder, transport, server, Arc::new(calls), false))
    }

    fn new(
        builder: Builder,
        transport: Transport,
        server: Endpoint,
        first: Arc<Calls>,
        is_ours: bool,
    ) -> Self {
        let pause = Mutex::new(Pause::new(&builder));
        Self {
            builder,
            transport,
            server,
            first,
            is_ours,
            later: RwLock::default(),
            pause,
            tried: Condvar::new(),
            fallback: Mutex::default(),
        }
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
    /// new call, which began then, was sent, so this is safe for any call.
    #[inline]
    pub(super) fn working(&self, began: Instant, wait: &Wait) -> Result<Working<'_>, Error> {
        if self.first.is_over(began) {
            self.later(began, wait).map(Working::Later)
        } else {
            Ok(Working::First(&self.first))
        }
    }

    #[cold]
    fn later(&self, began: Instant, wait: &Wait) -> Result<Arc<Calls>, Error> {
        let calls = self.current();
        if calls.is_over(began) { self.again(&calls, began, wait) } else { Ok(calls) }
    }

    /// The connection of calls that are too long for UDP, over TCP: made when the first of them is. The builder has
    /// said where.
    pub(super) fn fallback(&self, began: Instant, wait: &Wait) -> Result<Arc<Self>, Error> {
        if let Some(connection) = self.existing_fallback() {
            return Ok(connection);
        }
        let (Some(locate), Endpoint::Inet(addr)) = (&self.builder.locate_tcp, &self.server) else {
            return Err(self.not_connected("there is no TCP to fall back to"));
        };
        let server = Endpoint::Inet(locate(*addr)?);
        let limit = left(began, wait)?;
        let connection = Self::open(self.builder.clone(), Transport::Tcp, server, limit)?;
        // Of two that were made at once, one serves.
        let mut fallback = self.fallback.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(fallback.get_or_insert_with(|| Arc::new(connection))))
    }

    /// The connection over TCP, where there is one already.
    fn existing_fallback(&self) -> Option<Arc<Self>> {
        self.fallback.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Those of the moment: this one's, and those of the one that it falls back to.
    pub(super) fn every_current(&self) -> impl Iterator<Item = Arc<Calls>> {
        let fallback = self.existing_fallback().map(|fallback| fallback.current());
        std::iter::once(self.current()).chain(fallback)
    }

    /// Has everybody who waits look whether to go on.
    pub(super) fn wake_everybody(&self) {
        self.every_current().for_each(|calls| calls.table().wake_everybody());
    }

    pub(super) fn stats(&self) -> Stats {
        self.every_current().map(|calls| calls.counters.read()).sum()
    }

    fn again(&self, failed: &Arc<Calls>, began: Instant, wait: &Wait) -> Result<Arc<Calls>, Error> {
        if !self.is_ours {
            return Err(
                self.not_connected("the connection to the caller is gone, or he does not read it")
            );
        }
        let mut pause = self.wait_while_connecting(began, wait)?;
        let current = self.current();
        if !Arc::ptr_eq(&current, failed) {
            return Ok(current);
        }
        if pause.rest.is_some_and(|(since, rest)| since.elapsed() < rest) {
            return Err(self.not_connected("the connection failed, and is not tried again yet"));
        }
        let limit = left(began, wait)?;
        pause.connecting = true;
        drop(pause);
        let result = connect(&self.builder, self.transport, &self.server, limit);
        let mut pause = self.pause();
        match &result {
            Ok(calls) => {
                let mut later = self.later.write().unwrap_or_else(PoisonError::into_inner);
                *later = Some(Arc::clone(calls));
                *pause = Pause::new(&self.builder);
            }
            // Who had little time has not found out whether others can connect.
            Err(error) if limit < self.builder.connect_timeout && took_too_long(error) => {
                pause.connecting = false;
            }
            Err(_) => {
                pause.connecting = false;
                pause.rest = Some((Instant::now(), pause.backoff.next_wait()));
            }
        }
        self.tried.notify_all();
        result
    }

    fn pause(&self) -> MutexGuard<'_, Pause> {
        self.pause.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_while_connecting(
        &self,
        began: Instant,
        wait: &Wait,
    ) -> Result<MutexGuard<'_, Pause>, Error> {
        let mut pause = self.pause();
        while pause.connecting {
            let left = wait.slice(left(began, wait)?);
            (pause, _) =
                self.tried.wait_timeout(pause, left).unwrap_or_else(PoisonError::into_inner);
        }
        Ok(pause)
    }

    fn not_connected(&self, why: &'static str) -> Error {
        Error::Connect {
            transport: self.transport,
            server: self.server.clone(),
            source: io::Error::new(io::ErrorKind::NotConnected, why),
        }
    }
}

impl Pause {
    const fn new(builder: &Builder) -> Self {
        let backoff = Backoff::new(builder.reconnect.0, builder.reconnect.1);
        Self { rest: None, backoff, connecting: false }
    }
}

/// How long a call that is not sent yet may wait for its connection.
fn left(began: Instant, wait: &Wait) -> Result<Duration, Error> {
    wait.left(began).map_err(Error::before_sending)
}

fn took_too_long(error: &Error) -> bool {
    matches!(error, Error::Connect { source, .. } if source.kind() == io::ErrorKind::TimedOut)
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

fn connect(
    builder: &Builder,
    transport: Transport,
    server: &Endpoint,
    limit: Duration,
) -> Result<Arc<Calls>, Error> {
    // The system takes no time at all for a mistake.
    let limit = builder.connect_timeout.min(limit).max(Duration::from_millis(1));
    let reserved = builder.reserved_port;
    let link = match (transport, server) {
        (Transport::Tcp, Endpoint::Inet(addr)) if reserved => Link::reserved_tcp(*addr, limit),
        (Transport::Udp, Endpoint::Inet(addr)) if reserved => Link::reserved_udp(*addr),
        (Transport::Tcp, Endpoint::Inet(addr)) => Link::tcp(*addr, limit),
        (Transport::Udp, Endpoint::Inet(addr)) => Link::udp(*addr),
        (Transport::Unix, Endpoint::Unix(path)) => Link::unix(path, limit),
        _ => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "an IP address goes with TCP or UDP, a path with AF_UNIX",
        )),
    };
    let link =
        link.map_err(|source| Error::Connect { transport, server: server.clone(), source })?;
    let calls = Arc::new(Calls::new(link, builder.clone())?);
    if calls.inbound.is_some() {
        Calls::need_background(&calls);
        inbound::start(&calls);
    }
    Ok(calls)
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
