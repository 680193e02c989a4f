//! Reaching services of this machine, and nothing else.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// Where on this machine the service of a registered address answers; `None` where the address is another
/// machine's: whoever registers one may not send the portmapper there.
pub(crate) fn reachable(addr: SocketAddr) -> Option<SocketAddr> {
    let ip: IpAddr = match addr.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    // Only an address of its own can a machine bind, and a group's.
    let is_own = !ip.is_multicast() && UdpSocket::bind((ip, 0)).is_ok();
    is_own.then_some(SocketAddr::new(ip, addr.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_machines_are_not_reached() {
        let of = |addr: &str| reachable(addr.parse().unwrap());
        assert_eq!(of("0.0.0.0:7"), Some("127.0.0.1:7".parse().unwrap()));
        assert_eq!(of("127.0.0.1:7"), Some("127.0.0.1:7".parse().unwrap()));
        assert_eq!(of("192.0.2.1:7"), None);
        assert_eq!(of("[2001:db8::1]:7"), None);
        // To whom a group's datagrams go, nobody here can tell.
        assert_eq!(of("239.1.2.3:7"), None);
        assert_eq!(of("[ff05::7]:7"), None);
    }
}
