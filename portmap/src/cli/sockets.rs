//! Sockets that systemd has opened (sd_listen_fds).

use std::io;

use listenfd::ListenFd;
use sunrpc_portmap::Builder;

/// A builder that has taken sockets over, and how many.
pub(super) struct Inherited {
    pub(super) builder: Builder,
    pub(super) count: usize,
}

/// Takes over every socket that there is: of TCP, of UDP or in the file system.
///
/// # Errors
///
/// There is one of another kind: whoever configured it is wrong about what it is for.
pub(super) fn inherited(mut builder: Builder) -> io::Result<Inherited> {
    let mut sockets = ListenFd::from_env();
    let count = sockets.len();
    for place in 0..count {
        builder = adopt(builder, &mut sockets, place)?;
    }
    Ok(Inherited { builder, count })
}

fn adopt(builder: Builder, sockets: &mut ListenFd, place: usize) -> io::Result<Builder> {
    if let Ok(Some(listener)) = sockets.take_tcp_listener(place) {
        return Ok(builder.adopt_tcp(listener));
    }
    if let Ok(Some(socket)) = sockets.take_udp_socket(place) {
        return Ok(builder.adopt_udp(socket));
    }
    if let Ok(Some(listener)) = sockets.take_unix_listener(place) {
        return Ok(builder.adopt_unix(listener));
    }
    let message = format!(
        "socket {place} of those that were passed in is neither a TCP nor an AF_UNIX listener nor a UDP socket"
    );
    Err(io::Error::new(io::ErrorKind::InvalidInput, message))
}
