//! Universal addresses (RFC 1833, RFC 5665): `127.0.0.1.0.111`, `::1.0.111`, `/run/rpcbind.sock`.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use crate::Netid;

/// The longest path of a socket: what fits into a `sockaddr_un`, with its NUL.
pub const MAX_PATH: usize = 107;
/// The longest universal address that is looked at.
const MAX_LEN: usize = MAX_PATH;
/// The number of `AF_INET` in a `sockaddr`.
const AF_INET: u16 = 2;
/// The number of `AF_INET6`.
const AF_INET6: u16 = 10;
/// The number of `AF_UNIX`.
const AF_UNIX: u16 = 1;

/// An address that a program listens on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Uaddr {
    /// Of TCP or UDP. An unspecified host means every address of the machine.
    Inet(SocketAddr),
    /// The path of a socket.
    Local(String),
}

impl Uaddr {
    /// Reads an address of the transport `netid`; `None` where it is none.
    #[must_use]
    pub fn parse(netid: Netid, text: &str) -> Option<Self> {
        if text.len() > MAX_LEN {
            return None;
        }
        match netid {
            Netid::Tcp | Netid::Udp => inet::<Ipv4Addr>(text),
            Netid::Tcp6 | Netid::Udp6 => inet::<Ipv6Addr>(text),
            Netid::Local => is_path(text).then(|| Self::Local(text.to_owned())),
        }
    }

    /// The port, where there is one.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        match self {
            Self::Inet(addr) => Some(addr.port()),
            Self::Local(_) => None,
        }
    }

    /// The address of a socket.
    #[must_use]
    pub const fn socket_addr(&self) -> Option<SocketAddr> {
        match self {
            Self::Inet(addr) => Some(*addr),
            Self::Local(_) => None,
        }
    }

    /// This address, reached through `host` where it stands for every address of the machine.
    #[must_use]
    pub fn seen_at(&self, host: Option<IpAddr>) -> Self {
        match (self, host) {
            (Self::Inet(addr), Some(host))
                if addr.ip().is_unspecified() && addr.is_ipv4() == host.is_ipv4() =>
            {
                Self::Inet(SocketAddr::new(host, addr.port()))
            }
            _ => self.clone(),
        }
    }

    /// This address, told by a server that is there: a link-local one is of the same network, which the text does not say.
    pub(crate) fn told_from(self, server: Option<SocketAddr>) -> Self {
        match (self, server) {
            (Self::Inet(SocketAddr::V6(mut addr)), Some(SocketAddr::V6(server)))
                if addr.ip().is_unicast_link_local() =>
            {
                addr.set_scope_id(server.scope_id());
                Self::Inet(addr.into())
            }
            (addr, _) => addr,
        }
    }

    /// As a `sockaddr` of Linux, in bytes.
    #[must_use]
    pub fn to_sockaddr(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        match self {
            Self::Inet(SocketAddr::V4(addr)) => {
                bytes.extend_from_slice(&AF_INET.to_ne_bytes());
                bytes.extend_from_slice(&addr.port().to_be_bytes());
                bytes.extend_from_slice(&addr.ip().octets());
                bytes.resize(16, 0);
            }
            Self::Inet(SocketAddr::V6(addr)) => {
                bytes.extend_from_slice(&AF_INET6.to_ne_bytes());
                bytes.extend_from_slice(&addr.port().to_be_bytes());
                bytes.extend_from_slice(&addr.flowinfo().to_be_bytes());
                bytes.extend_from_slice(&addr.ip().octets());
                bytes.extend_from_slice(&addr.scope_id().to_ne_bytes());
            }
            Self::Local(path) => {
                bytes.extend_from_slice(&AF_UNIX.to_ne_bytes());
                bytes.extend_from_slice(path.as_bytes());
            }
        }
        bytes
    }

    /// From the bytes of a `sockaddr` of Linux; `None` where they are none, or are too few.
    #[must_use]
    pub fn from_sockaddr(bytes: &[u8]) -> Option<Self> {
        let (family, rest) = bytes.split_first_chunk()?;
        match u16::from_ne_bytes(*family) {
            AF_INET => {
                let (port, rest) = rest.split_first_chunk()?;
                let ip: [u8; 4] = *rest.first_chunk()?;
                Some(Self::Inet((ip, u16::from_be_bytes(*port)).into()))
            }
            AF_INET6 => {
                let (port, rest) = rest.split_first_chunk()?;
                let ip: [u8; 16] = *rest.get(4..)?.first_chunk()?;
                Some(Self::Inet((ip, u16::from_be_bytes(*port)).into()))
            }
            AF_UNIX => {
                let path = rest.split(|byte| *byte == 0).next()?;
                let path = str::from_utf8(path).ok()?;
                is_path(path).then(|| Self::Local(path.to_owned()))
            }
            _ => None,
        }
    }
}

impl From<SocketAddr> for Uaddr {
    fn from(addr: SocketAddr) -> Self {
        Self::Inet(addr)
    }
}

impl fmt::Display for Uaddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inet(addr) => {
                let [high, low] = addr.port().to_be_bytes();
                write!(f, "{}.{high}.{low}", addr.ip())
            }
            Self::Local(path) => f.write_str(path),
        }
    }
}

/// The host, then the two bytes of the port in decimal.
fn inet<I: std::str::FromStr + Into<IpAddr>>(text: &str) -> Option<Uaddr> {
    let (rest, low) = text.rsplit_once('.')?;
    let (host, high) = rest.rsplit_once('.')?;
    let host: I = host.parse().ok()?;
    let port = u16::from_be_bytes([byte(high)?, byte(low)?]);
    Some(Uaddr::Inet(SocketAddr::new(host.into(), port)))
}

/// A byte in decimal: digits only, where `parse` would let a sign pass.
fn byte(text: &str) -> Option<u8> {
    text.bytes().all(|digit| digit.is_ascii_digit()).then(|| text.parse().ok())?
}

/// Whether `text` is a path that a socket can have and a line of a log can show.
fn is_path(text: &str) -> bool {
    text.starts_with('/') && text.len() <= MAX_PATH && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_written_as_they_are_read() {
        for (netid, text, addr) in [
            (Netid::Tcp, "127.0.0.1.0.111", "127.0.0.1:111"),
            (Netid::Udp, "0.0.0.0.255.255", "0.0.0.0:65535"),
            (Netid::Tcp6, "::1.0.111", "[::1]:111"),
            (Netid::Udp6, "::ffff:1.2.3.4.1.0", "[::ffff:1.2.3.4]:256"),
        ] {
            let uaddr = Uaddr::parse(netid, text).expect(text);
            assert_eq!(uaddr, Uaddr::Inet(addr.parse().unwrap()));
            assert_eq!(uaddr.to_string(), text);
            assert_eq!(Uaddr::from_sockaddr(&uaddr.to_sockaddr()), Some(uaddr));
        }
        let local = Uaddr::parse(Netid::Local, "/run/x.sock").unwrap();
        assert_eq!(local.to_string(), "/run/x.sock");
        assert_eq!(Uaddr::from_sockaddr(&local.to_sockaddr()), Some(local));
    }

    #[test]
    fn a_link_local_address_is_of_the_network_of_who_tells_it() {
        let server = "[fe80::2%7]:111".parse().ok();
        for (text, addr) in [("fe80::1.0.9", "[fe80::1%7]:9"), ("fd00::1.0.9", "[fd00::1]:9")] {
            let told = Uaddr::parse(Netid::Tcp6, text).expect(text).told_from(server);
            assert_eq!(told, Uaddr::Inet(addr.parse().unwrap()));
        }
    }

    #[test]
    fn nonsense_is_refused() {
        let long = format!("/{}", "x".repeat(MAX_PATH));
        for (netid, text) in [
            (Netid::Tcp, ""),
            (Netid::Tcp, "zzz"),
            (Netid::Tcp, "127.0.0.1"),
            (Netid::Tcp, "127.0.0.1.0"),
            (Netid::Tcp, "127.0.0.1.0.256"),
            (Netid::Tcp, "127.0.0.1.0.+1"),
            (Netid::Tcp, "127.0.0.1.0."),
            (Netid::Tcp, "127.0.0.1.0.1.1"),
            (Netid::Tcp, "::1.0.111"),
            (Netid::Tcp6, "127.0.0.1.0.111"),
            (Netid::Local, "relative"),
            (Netid::Local, "/with\nnewline"),
            (Netid::Local, &long),
        ] {
            assert_eq!(Uaddr::parse(netid, text), None, "{netid} {text:?}");
        }
    }

    #[test]
    fn a_sockaddr_cut_anywhere_is_refused() {
        for text in ["127.0.0.1:111", "[::1]:111"] {
            let bytes = Uaddr::Inet(text.parse().unwrap()).to_sockaddr();
            let needed = if text.starts_with('[') { 24 } else { 8 };
            for cut in 0..needed {
                assert_eq!(Uaddr::from_sockaddr(&bytes[..cut]), None, "{text} cut at {cut}");
            }
        }
        assert_eq!(Uaddr::from_sockaddr(&[2, 0, 0, 0]), None);
        assert_eq!(Uaddr::from_sockaddr(&[99, 0, 0, 111, 127, 0, 0, 1]), None);
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_read_is_written_in_a_form_that_reads_the_same(
            netid in proptest::sample::select(&Netid::ALL[..]),
            text in "[0-9a-f:./%+x ]{0,60}|\\PC{0,120}",
        ) {
            if let Some(uaddr) = Uaddr::parse(netid, &text) {
                assert_eq!(Uaddr::parse(netid, &uaddr.to_string()), Some(uaddr.clone()));
                assert_eq!(Uaddr::from_sockaddr(&uaddr.to_sockaddr()), Some(uaddr));
            }
        }

        #[test]
        fn a_sockaddr_of_any_bytes_is_read_or_refused(
            family in proptest::sample::select(&[0_u16, AF_UNIX, AF_INET, AF_INET6][..]),
            rest in proptest::collection::vec(proptest::num::u8::ANY, 0..130),
        ) {
            let bytes = [&family.to_ne_bytes()[..], &rest].concat();
            if let Some(uaddr) = Uaddr::from_sockaddr(&bytes) {
                assert_eq!(Uaddr::from_sockaddr(&uaddr.to_sockaddr()), Some(uaddr));
            }
        }
    }

    #[test]
    fn only_an_unspecified_host_of_the_same_family_is_replaced() {
        let any = Uaddr::parse(Netid::Tcp, "0.0.0.0.1.1").unwrap();
        let one = Uaddr::parse(Netid::Tcp, "10.0.0.1.1.1").unwrap();
        let host: IpAddr = "192.0.2.7".parse().unwrap();
        assert_eq!(any.seen_at(Some(host)).to_string(), "192.0.2.7.1.1");
        assert_eq!(any.seen_at(Some(Ipv6Addr::LOCALHOST.into())), any);
        assert_eq!(any.seen_at(None), any);
        assert_eq!(one.seen_at(Some(host)), one);
    }
}
