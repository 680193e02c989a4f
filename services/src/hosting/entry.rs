//! One service's entry in a portmapper's table, over TCP and over UDP.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
};

use sunrpc::{Transport, client};
use sunrpc_portmap::{Netid, Portmap, Uaddr};

/// What is registered: one program version, at one port of one address.
///
/// Over IPv4 it is registered by version 2 of the portmapper's protocol, which every portmapper and every
/// client knows; over IPv6, which that cannot speak of, by version 4 or 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: &'static str,
    pub(super) program: u32,
    pub(super) version: u32,
    pub(super) at: SocketAddr,
}

/// The ports that a portmapper has for an entry, over TCP and UDP; 0 for none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ports(pub(super) [u16; 2]);

impl Ports {
    pub(super) fn is_empty(self) -> bool {
        self.0 == [0; 2]
    }

    pub(super) fn is_whole(self) -> bool {
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
    pub(super) fn ports(&self) -> Ports {
        Ports([self.at.port(); 2])
    }

    /// What it has.
    pub(super) fn registered(&self, portmap: &Portmap) -> Result<Ports, client::Error> {
        if self.at.is_ipv6() {
            return self.registered_ipv6(portmap);
        }
        let [tcp, udp] = WAYS.map(|way| portmap.get_port(self.program, self.version, way));
        Ok(Ports([tcp?.unwrap_or(0), udp?.unwrap_or(0)]))
    }

    /// Read from the whole table: a question about one entry is answered for the transport it comes by.
    fn registered_ipv6(&self, portmap: &Portmap) -> Result<Ports, client::Error> {
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
    pub(super) fn set(&self, portmap: &Portmap) -> Result<(), sunrpc_portmap::Error> {
        WAYS.into_iter().try_for_each(|way| match self.at.ip() {
            IpAddr::V4(_) => portmap.set(self.program, self.version, way, self.at.port()),
            IpAddr::V6(_) => {
                let netid = Netid::of(way, true);
                portmap.set_addr(self.program, self.version, netid, &Uaddr::Inet(self.at))
            }
        })
    }

    /// Removes what is there; false where nothing was, or it is another user's.
    pub(super) fn unset(&self, portmap: &Portmap) -> Result<bool, client::Error> {
        if self.at.is_ipv4() {
            return portmap.unset(self.program, self.version);
        }
        let unset =
            |way| portmap.unset_addr(self.program, self.version, Some(Netid::of(way, true)));
        let [tcp, udp] = WAYS.map(unset);
        Ok(tcp? | udp?)
    }
}
