//! The client's socket.

use std::{
    io::{self, ErrorKind},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpStream, UdpSocket},
    os::unix::net::UnixStream,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use rustix::net::{RecvFlags, SendFlags, recv, send};
use socket2::{Domain, SockAddr, Type};

use super::reserved;
use crate::{Endpoint, Transport, pieces, server::Back, xdr::Parts};

/// The longest datagram that UDP over IPv4 can carry.
pub(super) const MAX_DATAGRAM: usize = 65_507;

/// How long a write blocks at the most.
const WRITE_SLICE: Duration = Duration::from_millis(20);

/// A connected socket. Reading and writing go on at once.
pub(super) struct Link {
    socket: Socket,
    server: Endpoint,
}

enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
    Udp(UdpSocket),
    /// A server's connection to its caller, which the server reads.
    Back(Arc<Back>),
}

impl Link {
    pub(super) fn tcp(addr: SocketAddr, connect_timeout: Duration) -> io::Result<Self> {
        Self::of_tcp(TcpStream::connect_timeout(&addr, connect_timeout)?, addr)
    }

    /// From a reserved port.
    pub(super) fn reserved_tcp(addr: SocketAddr, connect_timeout: Duration) -> io::Result<Self> {
        Self::of_tcp(reserved::tcp(addr, connect_timeout)?, addr)
    }

    fn of_tcp(stream: TcpStream, addr: SocketAddr) -> io::Result<Self> {
        if is_its_own_peer(stream.local_addr(), stream.peer_addr()) {
            return Err(ErrorKind::ConnectionRefused.into());
        }
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(WRITE_SLICE))?;
        Ok(Self { socket: Socket::Tcp(stream), server: Endpoint::Inet(addr) })
    }

    pub(super) fn udp(addr: SocketAddr) -> io::Result<Self> {
        Self::of_udp(UdpSocket::bind(any_address(addr, 0))?, addr, Self::udp)
    }

    /// From a reserved port.
    pub(super) fn reserved_udp(addr: SocketAddr) -> io::Result<Self> {
        Self::of_udp(reserved::udp(addr)?, addr, Self::reserved_udp)
    }

    /// The kernel drops datagrams from anybody but `addr`, and reports its ICMP errors.
    fn of_udp(
        socket: UdpSocket,
        addr: SocketAddr,
        another: fn(SocketAddr) -> io::Result<Self>,
    ) -> io::Result<Self> {
        socket.connect(addr)?;
        if is_its_own_peer(socket.local_addr(), socket.peer_addr()) {
            // While it is there, another has another port.
            return another(addr);
        }
        // What the system cannot take is lost, as it may be anywhere on its way.
        socket.set_write_timeout(Some(WRITE_SLICE))?;
        Ok(Self { socket: Socket::Udp(socket), server: Endpoint::Inet(addr) })
    }

    /// Where the server has no room for one more connection, connecting waits, for as long as writing may.
    pub(super) fn unix(path: &Path, connect_timeout: Duration) -> io::Result<Self> {
        let (addr, began) = (SockAddr::unix(path)?, Instant::now());
        let socket = socket2::Socket::new(Domain::UNIX, Type::STREAM, None)?;
        loop {
            let left = connect_timeout.saturating_sub(began.elapsed());
            socket.set_write_timeout(Some(left.max(Duration::from_millis(1))))?;
            match or_none(socket.connect(&addr))? {
                Some(()) => return Self::of_unix(UnixStream::from(socket), path),
                None if left.is_zero() => return Err(ErrorKind::TimedOut.into()),
                // A signal ends the wait, too.
                None => {}
            }
        }
    }

    fn of_unix(stream: UnixStream, path: &Path) -> io::Result<Self> {
        stream.set_write_timeout(Some(WRITE_SLICE))?;
        Ok(Self { socket: Socket::Unix(stream), server: Endpoint::Unix(path.to_owned()) })
    }

    pub(super) fn back(back: Arc<Back>) -> Self {
        Self { server: back.endpoint(), socket: Socket::Back(back) }
    }

    /// Whether somebody else reads, and hands over what has come.
    #[inline]
    pub(super) const fn is_read_elsewhere(&self) -> bool {
        matches!(self.socket, Socket::Back(_))
    }

    /// Whether waiting on this thread could keep that somebody from reading.
    #[inline]
    pub(super) fn must_not_wait(&self) -> bool {
        matches!(&self.socket, Socket::Back(back) if back.must_not_wait())
    }

    pub(super) const fn server(&self) -> &Endpoint {
        &self.server
    }

    pub(super) fn transport(&self) -> Transport {
        match &self.socket {
            Socket::Tcp(_) => Transport::Tcp,
            Socket::Udp(_) => Transport::Udp,
            Socket::Unix(_) => Transport::Unix,
            Socket::Back(back) => back.transport(),
        }
    }

    /// Sends a datagram.
    pub(super) fn send(&self, message: &[u8]) -> io::Result<()> {
        self.write(message).map(|_| ())
    }

    /// Writes what the socket takes: 0 bytes of a stream that takes none for a moment.
    #[inline]
    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.write_with(bytes, SendFlags::NOSIGNAL)
    }

    /// The same without waiting (a stream).
    pub(super) fn write_now(&self, bytes: &[u8]) -> io::Result<usize> {
        self.write_with(bytes, SendFlags::NOSIGNAL | SendFlags::DONTWAIT)
    }

    #[inline]
    fn write_with(&self, bytes: &[u8], flags: SendFlags) -> io::Result<usize> {
        let written = match &self.socket {
            Socket::Tcp(stream) => send(stream, bytes, flags),
            Socket::Unix(stream) => send(stream, bytes, flags),
            Socket::Udp(socket) => send(socket, bytes, flags),
            Socket::Back(back) => return back.write(bytes),
        };
        or_none(written.map_err(io::Error::from)).map(Option::unwrap_or_default)
    }

    /// The same for a message whose `parts` lie elsewhere.
    #[inline]
    pub(super) fn write_parts(&self, bytes: &[u8], parts: &Parts) -> io::Result<usize> {
        if parts.is_empty() { self.write(bytes) } else { self.write_pieces(bytes, parts) }
    }

    fn write_pieces(&self, bytes: &[u8], parts: &Parts) -> io::Result<usize> {
        pieces::write(bytes, parts, |pieces| {
            let written = match &self.socket {
                Socket::Tcp(stream) => pieces::send(stream, pieces),
                Socket::Unix(stream) => pieces::send(stream, pieces),
                // Nothing is shared on these ways.
                Socket::Udp(_) | Socket::Back(_) => Err(ErrorKind::Unsupported.into()),
            };
            or_none(written).map(Option::unwrap_or_default)
        })
    }

    /// Waits a moment for the way back to take more: only writing to a socket waits of itself.
    pub(super) fn wait_for_room(&self) {
        if let Socket::Back(back) = &self.socket {
            back.wait_for_room(WRITE_SLICE);
        }
    }

    /// Receives what there is; `None` where nothing came in time.
    #[inline]
    pub(super) fn receive(&self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        self.receive_with(buffer, RecvFlags::empty())
    }

    /// The same without waiting.
    pub(super) fn receive_now(&self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        self.receive_with(buffer, RecvFlags::DONTWAIT)
    }

    /// Whether a stream of one's own has ended, and all that came over it is read.
    pub(super) fn is_closed(&self) -> bool {
        match &self.socket {
            Socket::Tcp(_) | Socket::Unix(_) => {
                let came = self.receive_with(&mut [0], RecvFlags::PEEK | RecvFlags::DONTWAIT);
                matches!(came, Ok(Some(0)) | Err(_))
            }
            Socket::Udp(_) | Socket::Back(_) => false,
        }
    }

    #[inline]
    fn receive_with(&self, buffer: &mut [u8], flags: RecvFlags) -> io::Result<Option<usize>> {
        let received = match &self.socket {
            Socket::Tcp(stream) => recv(stream, buffer, flags),
            Socket::Unix(stream) => recv(stream, buffer, flags),
            Socket::Udp(socket) => recv(socket, buffer, flags),
            Socket::Back(_) => return Err(ErrorKind::Unsupported.into()),
        };
        or_none(received.map(|(count, _)| count).map_err(io::Error::from))
    }

    /// Ends a stream, for whoever reads it here and for the server.
    pub(super) fn shut_down(&self) {
        // One that has ended is what is wanted.
        let _ = match &self.socket {
            Socket::Tcp(stream) => stream.shutdown(Shutdown::Both),
            Socket::Unix(stream) => stream.shutdown(Shutdown::Both),
            Socket::Udp(_) | Socket::Back(_) => Ok(()),
        };
    }

    /// Sets how long [`receive`](Self::receive) waits: more than nothing.
    pub(super) fn set_patience(&self, patience: Duration) -> io::Result<()> {
        match &self.socket {
            Socket::Tcp(stream) => stream.set_read_timeout(Some(patience)),
            Socket::Unix(stream) => stream.set_read_timeout(Some(patience)),
            Socket::Udp(socket) => socket.set_read_timeout(Some(patience)),
            Socket::Back(_) => Ok(()),
        }
    }
}

/// A port of all addresses of one's own from which `server` can be called.
pub(super) const fn any_address(server: SocketAddr, port: u16) -> SocketAddr {
    let ip = match server {
        SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    SocketAddr::new(ip, port)
}

/// Whether a socket talks to itself: where nobody has the port of the server, the system may give it to whoever calls
/// there.
fn is_its_own_peer(local: io::Result<SocketAddr>, peer: io::Result<SocketAddr>) -> bool {
    local.is_ok_and(|local| peer.is_ok_and(|peer| local == peer))
}

/// `None` where the socket was not ready in time, or a signal came.
#[inline]
fn or_none<T>(done: io::Result<T>) -> io::Result<Option<T>> {
    match done {
        Ok(done) => Ok(Some(done)),
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_taken_for_the_server_that_is_not_there() {
        let socket = socket2::Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
        let own = socket.local_addr().unwrap();
        socket.connect(&own).unwrap();
        let link = Link::of_tcp(socket.into(), own.as_socket().unwrap());
        assert_eq!(link.err().map(|error| error.kind()), Some(ErrorKind::ConnectionRefused));

        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let own = socket.local_addr().unwrap();
        let link = Link::of_udp(socket, own, Link::udp).unwrap();
        link.send(b"hello").unwrap_or_default();
        assert!(!matches!(link.receive_now(&mut [0; 5]), Ok(Some(_))));
    }
}
