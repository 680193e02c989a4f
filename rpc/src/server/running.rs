//! A server that runs on a thread of its own, and how to stop one.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Weak},
    thread,
};

use super::{Server, serving, shared::Shared};

/// A running server. Dropping it stops it.
///
/// Within a handler of the server's own, nothing here waits for its end: the handler is a part of what goes before.
#[derive(Debug)]
pub struct Running {
    thread: Option<thread::JoinHandle<io::Result<()>>>,
    stop: Stop,
    tcp: Vec<SocketAddr>,
    udp: Vec<SocketAddr>,
}

/// Stops a server, from any thread and as often as one likes.
#[derive(Clone)]
pub struct Stop {
    /// What keeps this does not keep the services: one of them may.
    shared: Weak<Shared>,
}

impl Running {
    pub(super) fn spawn(server: Server) -> io::Result<Self> {
        let stop = server.stop_handle();
        let (tcp, udp) = (server.tcp_addrs().to_vec(), server.udp_addrs().to_vec());
        let thread =
            thread::Builder::new().name("rpc-server".to_owned()).spawn(move || server.run())?;
        Ok(Self { thread: Some(thread), stop, tcp, udp })
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
        self.stop.clone()
    }

    /// Stops: no new calls, those under way are finished, within
    /// [`drain_timeout`](super::Limits::drain_timeout).
    ///
    /// # Errors
    ///
    /// What made the server end before.
    pub fn stop(mut self) -> io::Result<()> {
        self.stop.stop();
        self.wait()
    }

    /// Waits until the server ends because somebody stops it.
    ///
    /// # Errors
    ///
    /// What made the server end before.
    pub fn join(mut self) -> io::Result<()> {
        self.wait()
    }

    fn wait(&mut self) -> io::Result<()> {
        let elsewhere = self.thread.take().filter(|_| !serving::serves(self.stop.shared.as_ptr()));
        match elsewhere.map(thread::JoinHandle::join) {
            Some(Ok(result)) => result,
            Some(Err(_)) => Err(io::Error::other("the server's thread panicked")),
            None => Ok(()),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.stop();
        if let Err(error) = self.wait() {
            tracing::error!(%error, "server ended");
        }
    }
}

impl Stop {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        Self { shared: Arc::downgrade(shared) }
    }

    /// Tells the server to stop, and returns at once.
    pub fn stop(&self) {
        if let Some(shared) = self.shared.upgrade() {
            shared.stop();
        }
    }
}

impl std::fmt::Debug for Stop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stop").finish_non_exhaustive()
    }
}
