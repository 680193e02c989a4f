//! One server's entry in a portmapper's table, over TCP and over UDP.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

use sunrpc::{Transport, client};

use crate::{Error, Netid, Portmap, Uaddr};

/// What is registered: one program version, at one port of one address.
///
/// On all addresses of IPv4, or on 127.0.0.1, it is registered by version 2 of the portmapper's protocol, which every
/// portmapper knows; at another address, which that cannot speak of, by version 4 or 3: who looks for it, or probes it,
/// would go where it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) program: u32,
    pub(crate) version: u32,
    pub(crate) at: SocketAddr,
}

/// The ports that a portmapper has for an entry, over TCP and UDP; 0 for none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ports(pub(crate) [u16; 2]);

impl Ports {
    pub(crate) fn is_empty(self) -> bool {
        self.0 == [0; 2]
    }

    /// Whether there is something, and nothing that is not in `whole`.
    pub(crate) fn is_part_of(self, whole: Self) -> bool {
        !self.is_empty() && self.0.iter().zip(whole.0).all(|(port, its)| [0, its].contains(port))
    }

    pub(crate) fn is_whole(self) -> bool {
        !self.0.contains(&0)
    }
}

impl fmt::Display for Ports {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [tcp, udp] = self.0;
        write!(to, "tcp {tcp}, udp {udp}")
    }
}

const WAYS: [Transport; 2] = Transport::INET;

impl Entry {
    /// What the portmapper should have.
    pub(crate) fn ports(&self) -> Ports {
        Ports([self.at.port(); 2])
    }

    /// What it has, read from the whole table: a question about one entry is answered with another version's.
    pub(crate) fn registered(&self, portmap: &Portmap) -> Result<Ports, Error> {
        if self.at.is_ipv6() {
            return self.registered_ipv6(portmap);
        }
        let table = portmap.dump()?;
        let port = |way: Transport| {
            let wanted = (self.program, self.version, way.protocol());
            let found = table.iter().find(|entry| (entry.prog, entry.vers, entry.prot) == wanted);
            found.and_then(|entry| entry.port.try_into().ok()).unwrap_or(0)
        };
        Ok(Ports(WAYS.map(port)))
    }

    fn registered_ipv6(&self, portmap: &Portmap) -> Result<Ports, Error> {
        let table = portmap.dump_all()?;
        let port = |way| {
            let netid = Netid::of(way, true);
            table
                .iter()
                .find(|entry| {
                    (entry.r_prog, entry.r_vers) == (self.program, self.version)
                        && entry.r_netid == netid.name()
                })
                .and_then(|entry| Uaddr::parse(netid, &entry.r_addr)?.port())
                .unwrap_or(0)
        };
        Ok(Ports(WAYS.map(port)))
    }

    /// Enters it.
    pub(crate) fn set(&self, portmap: &Portmap) -> Result<(), Error> {
        WAYS.into_iter().try_for_each(|way| {
            let by_port = || portmap.set(self.program, self.version, way, self.at.port());
            if self.port_is_enough() {
                return by_port();
            }
            let netid = Netid::of(way, self.at.is_ipv6());
            match portmap.set_addr(self.program, self.version, netid, &Uaddr::Inet(self.at)) {
                // It knows version 2 alone.
                Err(Error::Portmap { source: client::Error::ProgMismatch { .. }, .. })
                    if self.at.is_ipv4() =>
                {
                    by_port()
                }
                outcome => outcome,
            }
        })
    }

    fn port_is_enough(&self) -> bool {
        matches!(self.at.ip(), IpAddr::V4(ip) if ip.is_unspecified() || ip == Ipv4Addr::LOCALHOST)
    }

    /// Removes what is there; false where nothing was, or it is another user's.
    pub(crate) fn unset(&self, portmap: &Portmap) -> Result<bool, Error> {
        if self.at.is_ipv4() {
            return portmap.unset(self.program, self.version);
        }
        let unset =
            |way| portmap.unset_addr(self.program, self.version, Some(Netid::of(way, true)));
        let [tcp, udp] = WAYS.map(unset);
        Ok(tcp? | udp?)
    }
}
