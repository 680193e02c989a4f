//! How messages travel, and between what.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    str::FromStr,
};

/// How messages travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Transport {
    /// A connection that carries records (RFC 5531 section 11).
    Tcp,
    /// One message in each datagram, sent again until an answer comes.
    Udp,
    /// A connection within the machine (`AF_UNIX`) that carries records.
    Unix,
}

impl Transport {
    /// Those that cross a network, TCP first.
    pub const INET: [Self; 2] = [Self::Tcp, Self::Udp];

    /// The protocol number that portmapper version 2 uses: `IPPROTO_TCP` 6, `IPPROTO_UDP` 17; 0 where it has none.
    #[must_use]
    pub const fn protocol(self) -> u32 {
        match self {
            Self::Tcp => 6,
            Self::Udp => 17,
            Self::Unix => 0,
        }
    }

    /// The name in lower case: `tcp`, `udp`, `unix`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Unix => "unix",
        }
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Transport {
    type Err = UnknownTransport;

    /// Reads `tcp` or `udp`.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::INET.into_iter().find(|transport| transport.name() == name).ok_or(UnknownTransport)
    }
}

/// An IPv4 address is one for a socket of IPv6 too, which shows it as one of its own.
pub(crate) const fn canonical(addr: SocketAddr) -> SocketAddr {
    match addr.ip().to_canonical() {
        ip @ IpAddr::V4(_) => SocketAddr::new(ip, addr.port()),
        IpAddr::V6(_) => addr,
    }
}

/// The error of a transport's name that is neither `tcp` nor `udp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownTransport;

impl fmt::Display for UnknownTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a transport is tcp or udp")
    }
}

impl std::error::Error for UnknownTransport {}

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// A port of an IP address.
    Inet(SocketAddr),
    /// A socket in the file system.
    Unix(PathBuf),
}

impl Endpoint {
    /// The IP address and port, where it has one.
    #[must_use]
    pub const fn addr(&self) -> Option<SocketAddr> {
        match self {
            Self::Inet(addr) => Some(*addr),
            Self::Unix(_) => None,
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inet(addr) => addr.fmt(f),
            Self::Unix(path) => path.display().fmt(f),
        }
    }
}
