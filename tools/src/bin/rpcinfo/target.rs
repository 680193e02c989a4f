//! Which portmapper to ask, and how.

use std::{
    net::{IpAddr, SocketAddr, ToSocketAddrs as _},
    path::Path,
};

use sunrpc::{
    Transport,
    client::{self, Client},
    proto::RecordLimits,
};
use sunrpc_portmap::{Address, Netid, PORTMAP_ENV, Portmap};

use crate::{
    args::{Args, Program},
    failure::Failure,
};

/// Where the portmapper of this machine has its socket.
const SOCKET: &str = "/run/rpcbind.sock";
/// The longest answer: that many bytes of a full table.
const LONGEST_ANSWER: usize = 4 << 20;

/// How long to wait, and for how much.
pub(crate) fn builder(args: &Args) -> client::Builder {
    let records = RecordLimits { max_record_bytes: LONGEST_ANSWER, ..RecordLimits::default() };
    Client::builder().timeout(args.timeout).connect_timeout(args.timeout).records(records)
}

/// The portmapper that the command line means.
pub(crate) fn address(args: &Args, host: Option<&str>) -> Result<Address, Failure> {
    if let Some(path) = &args.unix {
        return Ok(Address::Unix(path.clone()));
    }
    match host {
        Some(host) => host_address(host, args.port),
        None if std::env::var_os(PORTMAP_ENV).is_some() => {
            let wrong = |error| Failure::new(format!("${PORTMAP_ENV}: {error}"));
            Address::from_env().map_err(wrong)
        }
        None if args.port == sunrpc_portmap::PORTMAP_PORT && Path::new(SOCKET).exists() => {
            Ok(Address::Unix(SOCKET.into()))
        }
        None => host_address("127.0.0.1", args.port),
    }
}

fn host_address(host: &str, port: u16) -> Result<Address, Failure> {
    match host.parse::<Address>() {
        // Unless HOST names a port of its own.
        Ok(Address::Inet { host, port: said }) if said == sunrpc_portmap::PORTMAP_PORT => {
            Ok(Address::Inet { host, port })
        }
        Ok(address) => Ok(address),
        Err(error) => Err(Failure::new(format!("{host}: {error}"))),
    }
}

/// Connects to the portmapper.
pub(crate) fn portmapper(
    args: &Args,
    host: Option<&str>,
    transport: Transport,
) -> Result<Portmap, Failure> {
    let address = address(args, host)?;
    if transport == Transport::Unix && matches!(address, Address::Inet { .. }) {
        return Err(Failure::new(format!(
            "the portmapper at {address} has no socket in the file system: name one by --unix"
        )));
    }
    Portmap::connect_with(&address, transport, builder(args))
        .map_err(|error| no_answer(&address, &error))
}

/// What to say of a portmapper that does not answer.
pub(crate) fn no_answer(address: &impl std::fmt::Display, error: &client::Error) -> Failure {
    let hint = match error {
        client::Error::Connect { .. } => {
            "; is one running there? (--help tells how to name another)"
        }
        _ => "",
    };
    Failure::new(format!("the portmapper at {address} cannot be asked: {error}{hint}"))
}

/// An address of `host` that fits `netid`.
pub(crate) fn resolve(host: &str, netid: Netid) -> Result<IpAddr, Failure> {
    let ipv6 = matches!(netid, Netid::Tcp6 | Netid::Udp6);
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let mut addrs = (bare, 0)
        .to_socket_addrs()
        .map_err(|error| Failure::new(format!("cannot find {host}: {error}")))?;
    addrs.find(|addr| addr.is_ipv6() == ipv6).map(|addr: SocketAddr| addr.ip()).ok_or_else(|| {
        let family = if ipv6 { "IPv6" } else { "IPv4" };
        Failure::new(format!("{host} has no {family} address, which {netid} needs: try another -T"))
    })
}

/// `-d`: takes a registration back.
pub(crate) fn delete(args: &Args, program: Program) -> Result<(), Failure> {
    let version = program.version.unwrap_or_default();
    let portmap = portmapper(args, None, Transport::Tcp)?;
    match portmap.unset_addr(program.number, version, args.netid) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Failure::new(format!(
            "could not delete registration for prog {} version {version}: there is none, or it is somebody else's",
            program.number
        ))),
        Err(error) => Err(no_answer(portmap.client().server(), &error)),
    }
}
