//! From a program's number to a client of it.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
};

use sunrpc::{
    Transport,
    client::{self, Client, ProgramClient},
};

use crate::{Address, Portmap, Uaddr};

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
    let failed = |source| Error::Portmap { portmap: address.clone(), source };
    let portmap = Portmap::connect_with(&address, transport, builder.clone()).map_err(failed)?;
    let server = locate(&portmap, wanted)
        .map_err(failed)?
        .ok_or_else(|| Error::NotRegistered { portmap: address.clone(), wanted })?;
    let client = match server {
        Uaddr::Inet(addr) => builder.connect(transport, addr),
        Uaddr::Local(path) => builder.connect_unix(path),
    };
    client.map(P::new).map_err(|source| Error::Program { portmap: address.clone(), wanted, source })
}

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The program's number.
    pub program: u32,
    /// The program's version.
    pub version: u32,
    /// How it is to be reached.
    pub transport: Transport,
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { program, version, transport } = self;
        write!(f, "program {program} version {version} over {transport}")
    }
}

/// Where the program is. Version 2 knows IPv4 only: a portmapper reached otherwise is asked for an address.
fn locate(portmap: &Portmap, wanted: Wanted) -> Result<Option<Uaddr>, client::Error> {
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

/// Why a program cannot be reached through its portmapper.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The portmapper cannot be reached, or does not answer as one.
    Portmap {
        /// Where it was looked for.
        portmap: Address,
        /// Why not.
        source: client::Error,
    },
    /// The portmapper knows nothing of the program over this transport.
    NotRegistered {
        /// The portmapper that was asked.
        portmap: Address,
        /// What it was asked for.
        wanted: Wanted,
    },
    /// The program is registered but cannot be reached.
    Program {
        /// The portmapper that was asked.
        portmap: Address,
        /// What it was asked for.
        wanted: Wanted,
        /// Why not.
        source: client::Error,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Portmap { portmap, source } => write!(
                f,
                "the portmapper at {portmap} cannot be asked: {source}; is one running there? (start `portmap`, or say where another is: HOST:PORT)"
            ),
            Self::NotRegistered { portmap, wanted } => write!(
                f,
                "{wanted} is not registered with the portmapper at {portmap}; is it running, and registered there? (`rpcinfo -p` lists what is)"
            ),
            Self::Program { portmap, wanted, source } => write!(
                f,
                "{wanted} is registered with the portmapper at {portmap}, but does not answer: {source}; it may have ended without taking its registration back (start it again)"
            ),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Portmap { source, .. } | Self::Program { source, .. } => Some(source),
            Self::NotRegistered { .. } => None,
        }
    }
}
