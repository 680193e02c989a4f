//! Ports that only root calls from.

use std::{
    io::{self, ErrorKind},
    net::{SocketAddr, TcpStream, UdpSocket},
    ops::Range,
    time::Duration,
};

use socket2::{Domain, Socket, Type};

use super::link::any_address;
use crate::proto::Xids;

/// Those that Linux's own clients take: few services are known by one of them.
const PORTS: Range<u16> = 665..1024;

/// A connection from such a port.
pub(super) fn tcp(server: SocketAddr, timeout: Duration) -> io::Result<TcpStream> {
    from_any_port(|port| {
        let socket = Socket::new(Domain::for_address(server), Type::STREAM, None)?;
        // Connections to several servers may have one port.
        socket.set_reuse_address(true)?;
        bind(&socket, server, port)?;
        socket.connect_timeout(&server.into(), timeout)?;
        Ok(socket.into())
    })
}

/// A socket for datagrams from such a port.
pub(super) fn udp(server: SocketAddr) -> io::Result<UdpSocket> {
    from_any_port(|port| {
        let socket = Socket::new(Domain::for_address(server), Type::DGRAM, None)?;
        bind(&socket, server, port)?;
        Ok(socket.into())
    })
}

fn bind(socket: &Socket, server: SocketAddr, port: u16) -> io::Result<()> {
    socket.bind(&any_address(server, port).into()).map_err(|error| match error.kind() {
        ErrorKind::PermissionDenied => io::Error::new(
            ErrorKind::PermissionDenied,
            "calling from a port below 1024 is for root, or CAP_NET_BIND_SERVICE",
        ),
        _ => error,
    })
}

/// What `open` makes of the first port that is free, from anywhere on: the last ones used are the least likely to be.
fn from_any_port<T>(open: impl Fn(u16) -> io::Result<T>) -> io::Result<T> {
    let start = usize::try_from(Xids::new().next() & 0xff).unwrap_or_default();
    for port in PORTS.cycle().skip(start).take(PORTS.len()) {
        match open(port) {
            Err(error)
                if matches!(error.kind(), ErrorKind::AddrInUse | ErrorKind::AddrNotAvailable) => {}
            done => return done,
        }
    }
    Err(io::Error::new(ErrorKind::AddrInUse, "every port from 665 to 1023 is in use"))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn every_port_is_tried_once() {
        let tried = RefCell::new(Vec::new());
        let none: io::Result<()> = from_any_port(|port| {
            tried.borrow_mut().push(port);
            Err(ErrorKind::AddrInUse.into())
        });
        assert_eq!(none.unwrap_err().kind(), ErrorKind::AddrInUse);
        let mut tried = tried.into_inner();
        tried.sort_unstable();
        assert!(tried.into_iter().eq(665..=1023));
    }

    #[test]
    fn what_another_port_does_not_mend_is_told() {
        let refused: io::Result<()> = from_any_port(|_| Err(ErrorKind::ConnectionRefused.into()));
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::ConnectionRefused);
    }
}
