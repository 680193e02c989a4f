//! Network ids: what RFC 1833 calls a transport.

use std::{fmt, str::FromStr};

use sunrpc::{Transport, server::Peer};

use crate::rpcb::{NC_TPI_CLTS, NC_TPI_COTS_ORD};

/// A transport, by the name that stands in `/etc/netconfig`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Netid {
    /// `tcp`: TCP over IPv4.
    Tcp,
    /// `udp`: UDP over IPv4.
    Udp,
    /// `tcp6`: TCP over IPv6.
    Tcp6,
    /// `udp6`: UDP over IPv6.
    Udp6,
    /// `local`: a socket in the file system (`AF_UNIX`).
    Local,
}

impl Netid {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Tcp, Self::Udp, Self::Tcp6, Self::Udp6, Self::Local];

    /// The transport by which a call came.
    #[must_use]
    pub fn of_peer(peer: &Peer) -> Self {
        let ipv6 = peer.addr().is_some_and(|addr| addr.is_ipv6());
        Self::of(peer.transport(), ipv6)
    }

    /// The transport over IPv4 or IPv6.
    #[must_use]
    pub const fn of(transport: Transport, ipv6: bool) -> Self {
        match (transport, ipv6) {
            (Transport::Tcp, false) => Self::Tcp,
            (Transport::Tcp, true) => Self::Tcp6,
            (Transport::Udp, false) => Self::Udp,
            (Transport::Udp, true) => Self::Udp6,
            (Transport::Unix, _) => Self::Local,
        }
    }

    /// The transport that version 2 means by a protocol number: 6 or 17.
    #[must_use]
    pub const fn from_protocol(protocol: u32) -> Option<Self> {
        match protocol {
            6 => Some(Self::Tcp),
            17 => Some(Self::Udp),
            _ => None,
        }
    }

    /// Its protocol number in version 2, which knows IPv4 only.
    #[must_use]
    pub const fn protocol(self) -> Option<u32> {
        match self {
            Self::Tcp => Some(6),
            Self::Udp => Some(17),
            Self::Tcp6 | Self::Udp6 | Self::Local => None,
        }
    }

    /// How its messages travel.
    #[must_use]
    pub const fn transport(self) -> Transport {
        match self {
            Self::Tcp | Self::Tcp6 => Transport::Tcp,
            Self::Udp | Self::Udp6 => Transport::Udp,
            Self::Local => Transport::Unix,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Tcp6 => "tcp6",
            Self::Udp6 => "udp6",
            Self::Local => "local",
        }
    }

    /// The protocol family, as GETADDRLIST says it.
    #[must_use]
    pub const fn family(self) -> &'static str {
        match self {
            Self::Tcp | Self::Udp => "inet",
            Self::Tcp6 | Self::Udp6 => "inet6",
            Self::Local => "loopback",
        }
    }

    /// The protocol, as GETADDRLIST says it.
    #[must_use]
    pub const fn proto(self) -> &'static str {
        match self {
            Self::Tcp | Self::Tcp6 => "tcp",
            Self::Udp | Self::Udp6 => "udp",
            Self::Local => "-",
        }
    }

    /// What it promises, as GETADDRLIST says it: `NC_TPI_CLTS` or `NC_TPI_COTS_ORD`.
    #[must_use]
    pub const fn semantics(self) -> u32 {
        match self {
            Self::Udp | Self::Udp6 => NC_TPI_CLTS,
            Self::Tcp | Self::Tcp6 | Self::Local => NC_TPI_COTS_ORD,
        }
    }
}

impl fmt::Display for Netid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Netid {
    type Err = UnknownNetid;

    /// Case does not matter.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|netid| netid.name().eq_ignore_ascii_case(name))
            .ok_or(UnknownNetid)
    }
}

/// The error of a name that is no network id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownNetid;

impl fmt::Display for UnknownNetid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a netid is tcp, udp, tcp6, udp6 or local")
    }
}

impl std::error::Error for UnknownNetid {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_in_any_case() {
        for netid in Netid::ALL {
            assert_eq!(netid.name().parse(), Ok(netid));
            assert_eq!(netid.name().to_uppercase().parse(), Ok(netid));
        }
        assert_eq!("".parse::<Netid>(), Err(UnknownNetid));
        assert_eq!("sctp".parse::<Netid>(), Err(UnknownNetid));
    }

    #[test]
    fn version_2_knows_ipv4_only() {
        for netid in Netid::ALL {
            let known = netid.protocol().and_then(Netid::from_protocol);
            assert_eq!(known, matches!(netid, Netid::Tcp | Netid::Udp).then_some(netid));
        }
    }
}
