//! One service, served and registered.

use std::{
    fmt, io,
    net::SocketAddr,
    thread::{self, JoinHandle},
};

use sunrpc::server::{Builder, Server, Stop};
use sunrpc_portmap::{Address, Registrar, Timing};

/// A service whose sockets are open; nothing answers yet.
#[derive(Debug)]
pub struct Host {
    service: Named,
    server: Server,
    tcp: SocketAddr,
    udp: SocketAddr,
}

/// What a service is called, and by what numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) name: &'static str,
    pub(super) program: u32,
    pub(super) version: u32,
}

/// A service that answers.
#[derive(Debug)]
pub struct Ready {
    service: Named,
    tcp: SocketAddr,
    udp: SocketAddr,
    registrar: Option<Registrar>,
    stop: Stop,
    thread: Option<JoinHandle<()>>,
}

/// A service has ended, by itself or because it was stopped.
#[derive(Debug)]
pub struct Ended {
    /// Which.
    pub name: &'static str,
    /// Why, when it failed.
    pub result: io::Result<()>,
}

impl Host {
    pub(super) fn bind(service: Named, builder: Builder, at: SocketAddr) -> io::Result<Self> {
        let server = builder.listen(at).bind()?;
        let none = || io::Error::other("the server has no socket");
        let tcp = server.tcp_addr().ok_or_else(none)?;
        let udp = server.udp_addr().ok_or_else(none)?;
        Ok(Self { service, server, tcp, udp })
    }

    /// Answers calls, on a thread of its own that calls `ended` when it ends, and registers.
    pub fn start(
        self,
        portmap: impl Into<Address>,
        timing: Timing,
        ended: impl FnOnce(Ended) + Send + 'static,
    ) -> io::Result<Ready> {
        let Self { service, server, tcp, udp } = self;
        let Named { name, program, version } = service;
        let stop = server.stop_handle();
        let thread = thread::Builder::new().name(name.into()).spawn(move || {
            let result = server.run();
            ended(Ended { name, result });
        })?;
        let mut ready = Ready { service, tcp, udp, registrar: None, stop, thread: Some(thread) };
        let _told_by_name = tracing::info_span!("service", name).entered();
        ready.registrar = Some(Registrar::start_with(portmap, program, version, tcp, timing)?);
        Ok(ready)
    }
}

impl Ready {
    /// The service's name.
    pub fn name(&self) -> &'static str {
        self.service.name
    }

    /// Where it answers over TCP.
    pub fn tcp(&self) -> SocketAddr {
        self.tcp
    }

    /// Where it answers over UDP.
    pub fn udp(&self) -> SocketAddr {
        self.udp
    }
}

/// The line that tells whoever waits for it: `ready daytime prog=… vers=1 tcp=… udp=…`.
impl fmt::Display for Ready {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Named { name, program, version } = self.service;
        write!(to, "ready {name} prog={program} vers={version} tcp={} udp={}", self.tcp, self.udp)
    }
}

/// Unregisters first, so that nobody is sent here any more, then stops: calls under way are answered.
impl Drop for Ready {
    fn drop(&mut self) {
        drop(self.registrar.take());
        self.stop.stop();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!(name = self.name(), "the server's thread panicked");
        }
    }
}
