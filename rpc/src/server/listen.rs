//! Opening the sockets that a server listens on.

use std::{io, net::SocketAddr, path::PathBuf};

use mio::net::{TcpListener, UdpSocket};
use socket2::{Domain, Protocol, Socket, Type};

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

/// Opens, beside those that are open already, a socket for each transport of each address, and one for each path.
pub(super) fn open(
    mut sockets: Sockets,
    addresses: &[Address],
    paths: &[PathBuf],
) -> io::Result<Sockets> {
    for address in addresses {
        let (tcp, udp) = match (address.tcp, address.udp) {
            (true, true) => both(address.addr).map(|(tcp, udp)| (Some(tcp), Some(udp)))?,
            (true, false) => (Some(tcp(address.addr)?), None),
            (false, true) => (None, Some(udp(address.addr)?)),
            (false, false) => (None, None),
        };
        sockets.listeners.extend(tcp.map(Listener::Tcp));
        sockets.udp.extend(udp);
    }
    for path in paths {
        sockets.listeners.push(Listener::unix(path)?);
    }
    Ok(sockets)
}

/// TCP and UDP on one port. A port that the system picks for one may be taken for the other: then it picks again.
fn both(addr: SocketAddr) -> io::Result<(TcpListener, UdpSocket)> {
    let tries = if addr.port() == 0 { PORT_TRIES } else { 1 };
    let mut taken = None;
    for _ in 0..tries {
        let listener = tcp(addr)?;
        match udp(listener.local_addr()?) {
            Ok(socket) => return Ok((listener, socket)),
            Err(error) => taken = Some(error),
        }
    }
    Err(taken.unwrap_or_else(|| io::ErrorKind::AddrInUse.into()))
}

fn tcp(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = socket(addr, Type::STREAM, Protocol::TCP)?;
    // Connections of an earlier server that are still winding down do not hold the port.
    socket.set_reuse_address(true)?;
    bind(&socket, addr, "TCP")?;
    socket.listen(BACKLOG)?;
    Ok(TcpListener::from_std(socket.into()))
}

fn udp(addr: SocketAddr) -> io::Result<UdpSocket> {
    let socket = socket(addr, Type::DGRAM, Protocol::UDP)?;
    bind(&socket, addr, "UDP")?;
    Ok(UdpSocket::from_std(socket.into()))
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
