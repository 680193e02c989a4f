//! Asking everybody at once (RFC 5531 section 8.4.2).

use std::{
    io::{self, ErrorKind},
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    time::{Duration, Instant},
};

use socket2::{Domain, Protocol, Socket, Type};

use super::{
    Builder, Error,
    calls::Target,
    interceptor::Watched,
    message::{self, Auth},
    reply,
};
use crate::{
    Endpoint, Transport,
    proto::Xids,
    transport::canonical,
    xdr::{self, Decode, Encode},
};

/// How much of a reply is read. No datagram is longer.
const CHUNK: usize = 64 << 10;
/// How often the call is sent.
const SENDS: u32 = 3;

impl Builder {
    /// Calls a procedure of everybody at `addrs`, broadcast addresses or others, over UDP, and hands each result to
    /// `each` with the address it came from, until `each` has had enough (returns true) or the timeout is over. The
    /// call is sent three times in that time; whoever answers twice is heard once or twice: `each` sees the address.
    ///
    /// Replies that say no (a server without the program, for example) are passed over, and so are addresses that the
    /// system cannot send to (those of IPv6 on a machine without it, for example) among others that it can.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use sunrpc::client::Client;
    ///
    /// let everybody = ["255.255.255.255:111".parse()?];
    /// let builder = Client::builder().timeout(Duration::from_secs(3));
    /// // Who has a portmapper?
    /// builder.broadcast(&everybody, (100_000, 2, 0), &(), |from, ()| {
    ///     println!("{from}");
    ///     false
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The arguments cannot be encoded, or the system sends to none of the addresses.
    pub fn broadcast<A, R>(
        &self,
        addrs: &[SocketAddr],
        (program, version, procedure): (u32, u32, u32),
        args: &A,
        mut each: impl FnMut(SocketAddr, R) -> bool,
    ) -> Result<(), Error>
    where
        A: Encode + ?Sized,
        R: for<'de> Decode<'de>,
    {
        let target = Target { program, version, procedure };
        let watch = |addr: &SocketAddr| {
            Watched::begin(&self.interceptors, target, Transport::Udp, &Endpoint::Inet(*addr))
        };
        let mut watched = addrs.iter().map(watch).collect::<Result<Vec<_>, _>>()?;
        let result = self.ask::<A, R>(addrs, target, args, &mut each);
        watched.iter_mut().for_each(|one| one.tell(result.as_ref().copied()));
        result
    }

    fn ask<A, R>(
        &self,
        addrs: &[SocketAddr],
        target: Target,
        args: &A,
        each: &mut dyn FnMut(SocketAddr, R) -> bool,
    ) -> Result<(), Error>
    where
        A: Encode + ?Sized,
        R: for<'de> Decode<'de>,
    {
        let xid = Xids::new().next();
        let options = Self { flavor: None, ..self.clone() };
        let auth = Auth::new(&options)?;
        let mut call = Vec::new();
        message::begin(xid, target, &auth, &mut call)?;
        xdr::encode_into::<A, A>(args, &mut call).map_err(Error::Encode)?;
        let (socket, addrs) = open(addrs).map_err(Error::Io)?;
        let slice = self.timeout.checked_div(SENDS).unwrap_or(self.timeout);
        let mut chunk = vec![0; CHUNK];
        for _ in 0..SENDS {
            send(&socket, &call, &addrs).map_err(Error::Io)?;
            let until = Instant::now().checked_add(slice);
            while let Some((count, from)) =
                receive(&socket, &mut chunk, until).map_err(Error::Io)?
            {
                let message = chunk.get(..count).unwrap_or_default();
                if reply::xid(message) != Some(xid) {
                    continue;
                }
                if let Ok(results) = reply::results::<R, R>(message.into(), &options)
                    && each(from, results)
                {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// A socket for all these addresses, where the system has one, and what it calls them.
fn open(addrs: &[SocketAddr]) -> io::Result<(UdpSocket, Vec<SocketAddr>)> {
    let has_ipv6 = addrs.iter().any(SocketAddr::is_ipv6);
    let (socket, addrs) = match has_ipv6.then(dual_stack) {
        Some(Ok(socket)) => (socket, addrs.iter().map(mapped).collect()),
        _ => (UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?, addrs.to_vec()),
    };
    socket.set_broadcast(true)?;
    Ok((socket, addrs))
}

/// A socket of IPv6 that reaches addresses of IPv4 too.
fn dual_stack() -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV6, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_only_v6(false)?;
    socket.bind(&SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)).into())?;
    Ok(socket.into())
}

/// What such a socket calls an address.
fn mapped(addr: &SocketAddr) -> SocketAddr {
    match addr {
        SocketAddr::V4(v4) => (v4.ip().to_ipv6_mapped(), v4.port()).into(),
        SocketAddr::V6(_) => *addr,
    }
}

/// Sends to all whom the system can send to.
///
/// # Errors
///
/// There are none of them.
fn send(socket: &UdpSocket, call: &[u8], addrs: &[SocketAddr]) -> io::Result<()> {
    let (sent, mut failed): (Vec<_>, Vec<_>) =
        addrs.iter().map(|addr| socket.send_to(call, addr)).partition(Result::is_ok);
    match failed.pop() {
        Some(Err(error)) if sent.is_empty() => Err(error),
        _ => Ok(()),
    }
}

/// The next datagram before `until`.
fn receive(
    socket: &UdpSocket,
    chunk: &mut [u8],
    until: Option<Instant>,
) -> io::Result<Option<(usize, SocketAddr)>> {
    loop {
        let left = until.map_or(Duration::from_secs(1), |until| {
            until.saturating_duration_since(Instant::now())
        });
        if left.is_zero() {
            return Ok(None);
        }
        socket.set_read_timeout(Some(left))?;
        match socket.recv_from(chunk) {
            Ok((count, from)) => {
                return Ok(Some((count, canonical(from))));
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                return Ok(None);
            }
            // One of many is not there: an ICMP error, or a signal.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::ConnectionRefused | ErrorKind::Interrupted
                ) => {}
            Err(error) => return Err(error),
        }
    }
}
