//! From a program's number to a client of it.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
};

use sunrpc::{
    Transport,
    client::{self, Client, ProgramClient},
};

use crate::{Address, Error, Portmap, Uaddr, Wanted};

/// Asks the portmapper at `portmap` where program `P` listens, and connects to it. Where a host's name means several
/// addresses, each is tried: `localhost` is IPv6 first on most machines, and a service may be there over IPv4 alone.
///
/// ```no_run
/// use sunrpc::Transport;
/// use sunrpc_portmap::{connect, pmap::PmapV2Client, Address};
///
/// let client: PmapV2Client = connect(Address::from_env()?, Transport::Tcp)?;
/// client.null()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// See [`Error`], which says what was tried and what to try next.
pub fn connect<P: ProgramClient>(
    portmap: impl Into<Address>,
    transport: Transport,
) -> Result<P, Error> {
    connect_with(portmap, transport, Client::builder())
}

/// The same, connecting (to the portmapper, then to the program) as `builder` says.
///
/// # Errors
///
/// See [`Error`].
pub fn connect_with<P: ProgramClient>(
    portmap: impl Into<Address>,
    transport: Transport,
    builder: client::Builder,
) -> Result<P, Error> {
    let portmap = portmap.into();
    let wanted = Wanted { program: P::PROGRAM, version: P::VERSION, transport };
    match portmap.places() {
        Ok(places) => through_any(portmap, places, wanted, &builder).map(P::new),
        Err(source) => Err(Error::Portmap { portmap, source: client::Error::Resolve(source) }),
    }
}

/// By the first of a portmapper's places that leads to the program.
fn through_any(
    portmap: Address,
    places: Vec<Address>,
    wanted: Wanted,
    builder: &client::Builder,
) -> Result<Client, Error> {
    let nowhere = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    let mut failure = Error::Portmap { portmap, source: client::Error::Resolve(nowhere) };
    for place in places {
        match through(place, wanted, builder.clone()) {
            Ok(client) => return Ok(client),
            // That a portmapper has answered tells more than that at another place there is none.
            Err(Error::Portmap { .. }) if !matches!(failure, Error::Portmap { .. }) => {}
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

fn through(place: Address, wanted: Wanted, builder: client::Builder) -> Result<Client, Error> {
    let portmap = Portmap::connect_with(&place, wanted.transport, builder.clone())?;
    let client = match locate(&portmap, wanted)? {
        Some(Uaddr::Inet(addr)) => builder.connect(wanted.transport, addr),
        Some(Uaddr::Local(path)) => builder.connect_unix(path),
        None => return Err(Error::NotRegistered { portmap: place, wanted }),
    };
    client.map_err(|source| Error::Program { portmap: place, wanted, source })
}

/// Where the program is. Version 2 knows IPv4 only: a portmapper reached otherwise is asked for an address.
fn locate(portmap: &Portmap, wanted: Wanted) -> Result<Option<Uaddr>, Error> {
    match portmap.client().server().addr() {
        Some(SocketAddr::V4(addr)) => {
            let port = portmap.get_port(wanted.program, wanted.version, wanted.transport)?;
            Ok(port.map(|port| Uaddr::Inet((*addr.ip(), port).into())))
        }
        Some(SocketAddr::V6(mut addr)) => {
            let found = portmap.get_addr(wanted.program, wanted.version)?;
            Ok(found.and_then(|found| found.port()).map(|port| {
                addr.set_port(port);
                Uaddr::Inet(addr.into())
            }))
        }
        None if wanted.transport == Transport::Unix => {
            portmap.get_addr(wanted.program, wanted.version)
        }
        None => {
            let port = portmap.get_port(wanted.program, wanted.version, wanted.transport)?;
            Ok(port.map(|port| Uaddr::Inet((Ipv4Addr::LOCALHOST, port).into())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Portmapper;

    const PROGRAM: u32 = 0x2000_0001;

    #[test]
    fn of_several_places_one_that_leads_there_is_enough() {
        let start = || Portmapper::bind("127.0.0.1:0").unwrap();
        let (without, with) = (start(), start());
        let at = |portmapper: &Portmapper| Address::from(portmapper.tcp_addr().unwrap());
        let port = with.tcp_addr().unwrap().port();
        let nobody: Address = "127.0.0.1:1".parse().unwrap();
        let [without, with] = [at(&without), at(&with)];
        for transport in Transport::INET {
            Portmap::connect(&with).unwrap().set(PROGRAM, 1, transport, port).unwrap();
            let wanted = Wanted { program: PROGRAM, version: 1, transport };
            let tried = |places: &[&Address]| {
                let places = places.iter().copied().cloned().collect();
                through_any(nobody.clone(), places, wanted, &Client::builder())
            };
            assert!(tried(&[&nobody, &without, &with]).is_ok());
            for places in [[&without, &nobody], [&nobody, &without]] {
                assert!(matches!(tried(&places), Err(Error::NotRegistered { .. })), "{places:?}");
            }
            assert!(matches!(tried(&[&nobody]), Err(Error::Portmap { .. })));
            assert!(matches!(tried(&[]), Err(Error::Portmap { .. })));
        }
    }
}
