//! From a program's number to a client of it.

use std::net::{Ipv4Addr, SocketAddr};

use sunrpc::{
    Transport,
    client::{self, Client, ProgramClient},
};

use crate::{Address, Error, Portmap, Uaddr, Wanted};

/// Asks the portmapper at `portmap` where program `P` listens, and connects to it.
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
    let address = portmap.into();
    let wanted = Wanted { program: P::PROGRAM, version: P::VERSION, transport };
    let portmap = Portmap::connect_with(&address, transport, builder.clone())?;
    let server = locate(&portmap, wanted)?
        .ok_or_else(|| Error::NotRegistered { portmap: address.clone(), wanted })?;
    let client = match server {
        Uaddr::Inet(addr) => builder.connect(transport, addr),
        Uaddr::Local(path) => builder.connect_unix(path),
    };
    client.map(P::new).map_err(|source| Error::Program { portmap: address.clone(), wanted, source })
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
