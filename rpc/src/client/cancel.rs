//! Ending the wait for calls from another thread.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
};

use super::connection::Connection;

/// Ends the wait for calls: those of every client that [`Client::cancelled_by`](super::Client::cancelled_by) made with
/// it. They fail with [`Error::Cancelled`](super::Error::Cancelled), those under way and all later ones.
///
/// Clones are the same handle. A server never hears of it (RFC 5531 has no message for it), and goes on with a call that
/// has reached it; other calls on the connection go on too.
///
/// # How soon
///
/// Tasks, and threads that wait while another one reads the socket, are woken at once. The one that reads it looks every
/// 10 ms, as do one that writes to a stream which takes no bytes (there it may be 30 ms) and one that waits to try again
/// ([`Builder::repeat`](super::Builder::repeat)), so its wait ends that much later at the most. Connecting is not
/// interrupted. A call that nothing can cancel pays nothing for all this.
///
/// ```
/// use std::{net::UdpSocket, thread, time::Duration};
/// use sunrpc::client::{Cancel, Client, Error};
///
/// let silent = UdpSocket::bind("127.0.0.1:0")?;
/// let cancel = Cancel::new();
/// let client = Client::udp(silent.local_addr()?)?.cancelled_by(&cancel);
/// let calling = thread::spawn(move || client.call::<(), ()>(0x2000_0001, 1, 0, &()));
/// cancel.cancel();
/// assert!(matches!(calling.join().unwrap(), Err(Error::Cancelled)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct Cancel(Arc<State>);

#[derive(Default)]
struct State {
    cancelled: AtomicBool,
    /// Where calls may wait, each once.
    connections: Mutex<Vec<Weak<Connection>>>,
}

impl Cancel {
    /// A handle that has not been used yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends all waits, now and for ever.
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::Release);
        let connections = std::mem::take(&mut *self.connections());
        for connection in connections.iter().filter_map(Weak::upgrade) {
            connection.wake_everybody();
        }
    }

    /// Whether [`cancel`](Self::cancel) was called.
    #[must_use]
    #[inline]
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Acquire)
    }

    /// Has those who wait at `connection` woken, too.
    pub(super) fn covers(&self, connection: &Arc<Connection>) {
        let mut connections = self.connections();
        connections.retain(|known| known.strong_count() > 0);
        let connection = Arc::downgrade(connection);
        if !self.is_cancelled() && !connections.iter().any(|known| known.ptr_eq(&connection)) {
            connections.push(connection);
        }
    }

    fn connections(&self) -> std::sync::MutexGuard<'_, Vec<Weak<Connection>>> {
        self.0.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Cancel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cancel").field(&self.is_cancelled()).finish()
    }
}
