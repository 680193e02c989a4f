//! Which portmapper to ask, and how.

use std::{
    ffi::OsString,
    net::{SocketAddr, ToSocketAddrs as _},
    path::Path,
};

use sunrpc::{
    Transport,
    client::{self, Client},
    proto::RecordLimits,
};
use sunrpc_portmap::{Address, Error, Netid, PORTMAP_ENV, PORTMAP_PORT, Portmap, pmap::PMAP_PROG};

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

/// The portmapper that the command line means or, where it names none, the environment.
pub(crate) fn address(args: &Args, host: Option<&str>) -> Result<Address, Failure> {
    match (host, &args.unix) {
        (Some(host), _) => host_address(args, host),
        (None, Some(path)) => Ok(Address::Unix(path.clone())),
        (None, None) if args.port.is_some() => host_address(args, "127.0.0.1"),
        (None, None) if environment().is_some() => Address::from_env().map_err(Failure::new),
        (None, None) if Path::new(SOCKET).exists() => Ok(Address::Unix(SOCKET.into())),
        (None, None) => Ok(Address::default()),
    }
}

/// What the environment says of a portmapper.
fn environment() -> Option<OsString> {
    std::env::var_os(PORTMAP_ENV).filter(|text| !text.is_empty())
}

fn host_address(args: &Args, host: &str) -> Result<Address, Failure> {
    if args.unix.is_some() {
        return Err(Failure::new(format!("{host} and --unix name two portmappers: leave one out")));
    }
    match host.parse::<Address>() {
        // Unless HOST names a port of its own.
        Ok(Address::Inet { host, port: PORTMAP_PORT }) => {
            Ok(Address::Inet { host, port: args.port.unwrap_or(PORTMAP_PORT) })
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
        .map_err(|error| no_answer(args, host, &error))
}

/// What to say of a portmapper that does not answer.
pub(crate) fn no_answer(args: &Args, host: Option<&str>, error: &Error) -> Failure {
    let Error::Portmap { portmap, source } = error else { return Failure::new(error) };
    let hint = match source {
        client::Error::Connect { .. } => {
            "; is one running there? (HOST:PORT or --port N names another)"
        }
        _ => "",
    };
    let unused = overruled(args, host).unwrap_or_default();
    Failure::new(format!("the portmapper at {portmap} cannot be asked: {source}{hint}{unused}"))
}

/// That the environment names a portmapper, which was not asked.
fn overruled(args: &Args, host: Option<&str>) -> Option<String> {
    let is_named = host.is_some() || args.port.is_some() || args.unix.is_some();
    let unused = environment().filter(|_| is_named)?;
    Some(format!(
        "; ${PORTMAP_ENV} ({}) is not used where HOST, --port or --unix is given",
        unused.to_string_lossy()
    ))
}

/// Where the portmapper of `host` is, by an address that fits `netid`.
pub(crate) fn resolve(args: &Args, host: &str, netid: Netid) -> Result<SocketAddr, Failure> {
    let ipv6 = matches!(netid, Netid::Tcp6 | Netid::Udp6);
    let Address::Inet { host, port } = host_address(args, host)? else {
        return Err(Failure::new(format!(
            "{host} is the path of a socket, which goes with -T local"
        )));
    };
    let mut addrs = (host.as_str(), port)
        .to_socket_addrs()
        .map_err(|error| Failure::new(format!("cannot find {host}: {error}")))?;
    addrs.find(|addr| addr.is_ipv6() == ipv6).ok_or_else(|| {
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
        Ok(false) => {
            let number = program.number;
            let why = if number == PMAP_PROG {
                "the program is the portmapper's own, which nobody takes back"
            } else {
                "there is none, or it is somebody else's"
            };
            Err(Failure::new(format!(
                "could not delete registration for prog {number} version {version}: {why}"
            )))
        }
        Err(Error::Portmap { source: client::Error::Auth(_), .. }) => Err(Failure::new(format!(
            "the portmapper at {} lets registrations be taken back over its loopback address or its socket only (--unix)",
            portmap.client().server()
        ))),
        Err(error) => Err(no_answer(args, None, &error)),
    }
}
