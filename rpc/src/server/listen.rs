//! Opening the sockets that a server listens on.

use std::{io, net::SocketAddr, path::PathBuf};

use mio::net::{TcpListener, UdpSocket};
use socket2::{Domain, Protocol, SockRef, Socket, Type};

use super::{builder::Address, stream::Listener};

/// Connections that the kernel holds for us until they are accepted.
const BACKLOG: i32 = 1024;
/// How often a free port is asked for that is free for TCP and for UDP.
const PORT_TRIES: usize = 64;

/// What a server listens on.
#[derive(Default)]
pub(super) struct Sockets {
    pub(super) listeners: Vec<Listener>,
    pub(super) udp: Vec<UdpSocket>,
}

impl Sockets {
    pub(super) const fn is_empty(&self) -> bool {
        self.listeners.is_empty() && self.udp.is_empty()
    }
}

/// Opens, beside those that are open already, a socket for each transport of each address, and one for each path;
/// then the same ports again for `more` reactors.
pub(super) fn open(
    mut first: Sockets,
    addresses: &[Address],
    paths: &[PathBuf],
    more: usize,
) -> io::Result<(Sockets, Vec<Sockets>)> {
    let mut others = Vec::new();
    others.resize_with(more, Sockets::default);
    for Address { addr, tcp, udp } in addresses {
        let (tcp, udp) = match (tcp, udp) {
            (true, true) => both(*addr).map(|(tcp, udp)| (Some(tcp), Some(udp)))?,
            (true, false) => (Some(listen_tcp(*addr, false)?), None),
            (false, true) => (None, Some(listen_udp(*addr, false)?)),
            (false, false) => (None, None),
        };
        if more > 0 {
            // Not before they are bound: another server's port is not theirs to share.
            tcp.iter().try_for_each(|tcp| share(&SockRef::from(tcp)))?;
            udp.iter().try_for_each(|udp| share(&SockRef::from(udp)))?;
        }
        for other in &mut others {
            if let Some(tcp) = &tcp {
                other.listeners.push(Listener::Tcp(listen_tcp(tcp.local_addr()?, true)?));
            }
            if let Some(udp) = &udp {
                other.udp.push(listen_udp(udp.local_addr()?, true)?);
            }
        }
        first.listeners.extend(tcp.map(Listener::Tcp));
        first.udp.extend(udp);
    }
    for path in paths {
        first.listeners.push(Listener::unix(path)?);
    }
    Ok((first, others))
}

/// TCP and UDP on one port. A port that the system picks for one may be taken for the other: then it picks again.
fn both(addr: SocketAddr) -> io::Result<(TcpListener, UdpSocket)> {
    let tries = if addr.port() == 0 { PORT_TRIES } else { 1 };
    let mut taken = None;
    for _ in 0..tries {
        let listener = listen_tcp(addr, false)?;
        match listen_udp(listener.local_addr()?, false) {
            Ok(socket) => return Ok((listener, socket)),
            Err(error) => taken = Some(error),
        }
    }
    Err(taken.unwrap_or_else(|| io::ErrorKind::AddrInUse.into()))
}

/// `shared` with sockets that are open already.
fn listen_tcp(addr: SocketAddr, shared: bool) -> io::Result<TcpListener> {
    let socket = socket(addr, Type::STREAM, Protocol::TCP)?;
    // Connections of an earlier server that are still winding down do not hold the port.
    socket.set_reuse_address(true)?;
    if shared {
        share(&socket)?;
    }
    bind(&socket, addr, "TCP")?;
    socket.listen(BACKLOG)?;
    Ok(TcpListener::from_std(socket.into()))
}

fn listen_udp(addr: SocketAddr, shared: bool) -> io::Result<UdpSocket> {
    let socket = socket(addr, Type::DGRAM, Protocol::UDP)?;
    if shared {
        share(&socket)?;
    }
    bind(&socket, addr, "UDP")?;
    Ok(UdpSocket::from_std(socket.into()))
}

/// Lets several sockets of this user have one port.
#[cfg(not(any(target_os = "solaris", target_os = "illumos", target_os = "cygwin")))]
fn share(socket: &Socket) -> io::Result<()> {
    socket.set_reuse_port(true)
}

#[cfg(any(target_os = "solaris", target_os = "illumos", target_os = "cygwin"))]
fn share(_socket: &Socket) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

fn socket(addr: SocketAddr, kind: Type, protocol: Protocol) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(addr), kind, Some(protocol))?;
    socket.set_nonblocking(true)?;
    if addr.is_ipv6() {
        // An IPv4 socket may stand on the same port beside it.
        socket.set_only_v6(true)?;
    }
    Ok(socket)
}

fn bind(socket: &Socket, addr: SocketAddr, transport: &str) -> io::Result<()> {
    socket.bind(&addr.into()).map_err(|error| {
        let hint = match error.kind() {
            io::ErrorKind::AddrInUse => {
                " (another server has it; choose another port, or 0 for any)"
            }
            io::ErrorKind::PermissionDenied => {
                " (ports below 1024 need root or CAP_NET_BIND_SERVICE)"
            }
            _ => "",
        };
        io::Error::new(error.kind(), format!("cannot listen on {transport} {addr}: {error}{hint}"))
    })
}
