//! Which portmapper a program asks, and how.

use std::{
    ffi::OsString,
    io::ErrorKind,
    net::{SocketAddr, ToSocketAddrs as _, UdpSocket},
    path::{Path, PathBuf},
    time::Duration,
};

use sunrpc::{
    Transport,
    client::{self, Client},
    proto::RecordLimits,
};
use sunrpc_portmap::{
    Address, Error, LONGEST_ANSWER, Netid, PORTMAP_ENV, PORTMAP_PORT, Portmap, Uaddr,
};

use crate::failure::Failure;

/// Where the portmapper of this machine has its socket.
const SOCKET: &str = "/run/rpcbind.sock";

/// What a command line says of the portmapper to ask: its options, besides the HOST.
#[derive(Clone, Debug, clap::Args)]
pub struct Portmapper {
    /// The portmapper's port [default: 111]
    #[arg(long, value_name = "N", conflicts_with = "unix")]
    pub port: Option<u16>,
    /// The portmapper's socket in the file system
    #[arg(long, value_name = "PATH")]
    pub unix: Option<PathBuf>,
    /// How long to wait for each answer
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub timeout: Duration,
    /// Call from a port below 1024, as servers of NFS may ask for; for root
    #[arg(long)]
    pub reserved_port: bool,
}

/// Reads a time in seconds.
///
/// # Errors
///
/// It is none, or less than a millisecond, or more than a day.
pub fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "expected a number of seconds")?;
    if (0.001..=86_400.0).contains(&seconds) {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err("expected between 0.001 and 86400 seconds".into())
    }
}

/// Why there is no address.
#[derive(Debug)]
pub enum NotLocated {
    /// The portmapper knows of none.
    Unregistered(Failure),
    /// It cannot be asked, or does not answer.
    Unanswered(Failure),
}

impl From<Failure> for NotLocated {
    fn from(failure: Failure) -> Self {
        Self::Unanswered(failure)
    }
}

impl From<NotLocated> for Failure {
    fn from(error: NotLocated) -> Self {
        let (NotLocated::Unregistered(failure) | NotLocated::Unanswered(failure)) = error;
        failure
    }
}

/// Reads the address of a program: universal (`127.0.0.1.8.1`), or 127.0.0.1:2049, or a path.
///
/// # Errors
///
/// It is none of `netid`.
pub fn address(text: &str, netid: Netid) -> Result<Uaddr, Failure> {
    let fits = |addr: &SocketAddr| Netid::of(netid.transport(), addr.is_ipv6()) == netid;
    let socket = text.parse().ok().filter(fits);
    socket.map(Uaddr::Inet).or_else(|| Uaddr::parse(netid, text)).ok_or_else(|| {
        if netid != Netid::Local && text.starts_with('/') {
            return needs_local(text);
        }
        Failure::new(format!("{text} is no address of {netid}, such as {}", example(netid)))
    })
}

fn needs_local(path: &str) -> Failure {
    Failure::new(format!("{path} is the path of a socket, which goes with -T local"))
}

fn example(netid: Netid) -> &'static str {
    match netid {
        Netid::Tcp | Netid::Udp => "127.0.0.1:2049",
        Netid::Tcp6 | Netid::Udp6 => "[::1]:2049",
        Netid::Local => SOCKET,
    }
}

impl Portmapper {
    /// How long clients wait, and for how much, and from where they call.
    pub fn client(&self) -> client::Builder {
        let records = RecordLimits { max_record_bytes: LONGEST_ANSWER, ..RecordLimits::default() };
        let client = Client::builder().timeout(self.timeout).connect_timeout(self.timeout);
        let client = client.records(records);
        if self.reserved_port { client.reserved_port() } else { client }
    }

    /// Connects to the portmapper of a host (`HOST`, `HOST:PORT` or a path) or, where none is named, to the one that the
    /// options or the environment name.
    ///
    /// # Errors
    ///
    /// It cannot be reached, or two are named.
    pub fn connect(&self, host: Option<&str>, transport: Transport) -> Result<Portmap, Failure> {
        let address = self.address(host)?;
        if transport == Transport::Unix && matches!(address, Address::Inet { .. }) {
            return Err(Failure::new(
                "which socket in the file system is the portmapper's? (--unix PATH says so)",
            ));
        }
        self.connect_to(&address, host, transport)
    }

    /// Asks the portmapper of a host where a program is, over the transport that it is going to be called over.
    ///
    /// # Errors
    ///
    /// See [`NotLocated`].
    pub fn locate(
        &self,
        host: &str,
        (program, version): (u32, u32),
        netid: Netid,
    ) -> Result<Uaddr, NotLocated> {
        let is_named = netid != Netid::Local || host.starts_with('/');
        if !is_named {
            is_here(host)?;
        }
        let host = Some(host).filter(|_| is_named);
        let portmap = match host {
            Some(host) if netid != Netid::Local => {
                let address = Address::from(self.resolve(host, netid)?);
                self.connect_to(&address, Some(host), netid.transport())?
            }
            path => self.connect(path, Transport::Unix)?,
        };
        let found = match portmap.get_addr(program, version) {
            Err(Error::Portmap { source: client::Error::ProgMismatch { .. }, .. }) => {
                by_port(&portmap, program, version, netid)
            }
            found => found,
        };
        found.map_err(|error| self.no_answer(host, &error))?.ok_or_else(|| {
            NotLocated::Unregistered(Failure::new(format!(
                "program {program} is not registered over {netid} with the portmapper at {}",
                portmap.client().server()
            )))
        })
    }

    /// Connects to a program at its address.
    ///
    /// # Errors
    ///
    /// It cannot be reached, or not over that transport.
    pub fn reach(&self, program: u32, addr: &Uaddr, netid: Netid) -> Result<Client, Failure> {
        self.reach_by(self.client(), program, addr, netid)
    }

    /// The same by a client of one's own making.
    ///
    /// # Errors
    ///
    /// As those of [`reach`](Self::reach).
    pub fn reach_by(
        &self,
        client: client::Builder,
        program: u32,
        addr: &Uaddr,
        netid: Netid,
    ) -> Result<Client, Failure> {
        match addr {
            Uaddr::Inet(addr) if netid == Netid::Local => {
                return Err(Failure::new(format!(
                    "{addr} cannot be reached over local: -T local goes with the path of a socket (-a PATH), a port or an IP \
                     address with -T tcp or -T udp"
                )));
            }
            Uaddr::Inet(addr) => client.connect(netid.transport(), *addr),
            Uaddr::Local(path) => client.connect_unix(path),
        }
        .map_err(|error| Failure::new(format!("program {program} is not available: {error}")))
    }

    /// The address of a program at a port of a host, of the family that fits `netid`.
    ///
    /// # Errors
    ///
    /// There is none, or the host is named with the port of a portmapper, which is not asked.
    pub fn at_port(&self, host: &str, port: u16, netid: Netid) -> Result<Uaddr, Failure> {
        if matches!(host.parse(), Ok(Address::Inet { port, .. }) if port != PORTMAP_PORT) {
            return Err(Failure::new(format!(
                "the port in {host} is a portmapper's, and -n {port} does without: leave one out"
            )));
        }
        let mut addr = self.resolve(host, netid)?;
        addr.set_port(port);
        Ok(Uaddr::Inet(addr))
    }

    /// The address of a host's portmapper, of the family that fits `netid`.
    fn resolve(&self, host: &str, netid: Netid) -> Result<SocketAddr, Failure> {
        let ipv6 = matches!(netid, Netid::Tcp6 | Netid::Udp6);
        let Address::Inet { host, port } = self.host_address(host)? else {
            return Err(needs_local(host));
        };
        let mut addrs = (host.as_str(), port)
            .to_socket_addrs()
            .map_err(|error| Failure::new(format!("cannot find {host}: {error}")))?;
        addrs.find(|addr| addr.is_ipv6() == ipv6).ok_or_else(|| {
            let family = if ipv6 { "IPv6" } else { "IPv4" };
            Failure::new(format!(
                "{host} has no {family} address, which {netid} needs: try another -T"
            ))
        })
    }

    /// What to say of a portmapper that does not answer.
    #[must_use]
    pub fn no_answer(&self, host: Option<&str>, error: &Error) -> Failure {
        let Error::Portmap { portmap, source } = error else { return Failure::new(error) };
        let hint = match source {
            client::Error::Connect { source, .. }
                if source.kind() != ErrorKind::PermissionDenied =>
            {
                "; is one running there? (HOST:PORT or --port N names another)"
            }
            client::Error::ProgUnavail => {
                "; is that a service's own port? (-a ADDRESS calls one without a portmapper)"
            }
            _ => "",
        };
        let unused = self.overruled(host).unwrap_or_default();
        Failure::new(format!("the portmapper at {portmap} cannot be asked: {source}{hint}{unused}"))
    }

    fn connect_to(
        &self,
        address: &Address,
        host: Option<&str>,
        transport: Transport,
    ) -> Result<Portmap, Failure> {
        Portmap::connect_with(address, transport, self.client())
            .map_err(|error| self.no_answer(host, &error))
    }

    /// The portmapper that the command line means or, where it names none, the environment.
    fn address(&self, host: Option<&str>) -> Result<Address, Failure> {
        match (host, &self.unix) {
            (Some(host), _) => self.host_address(host),
            (None, Some(path)) => Ok(Address::Unix(path.clone())),
            (None, None) if self.port.is_some() => self.host_address("127.0.0.1"),
            (None, None) if environment().is_some() => Address::from_env().map_err(Failure::new),
            (None, None) if Path::new(SOCKET).exists() => Ok(Address::Unix(SOCKET.into())),
            (None, None) => Ok(Address::default()),
        }
    }

    fn host_address(&self, host: &str) -> Result<Address, Failure> {
        if self.unix.is_some() {
            return Err(Failure::new(format!(
                "{host} and --unix name two portmappers: leave one out"
            )));
        }
        match host.parse::<Address>() {
            // Unless HOST names a port of its own.
            Ok(Address::Inet { host, port: PORTMAP_PORT }) => {
                Ok(Address::Inet { host, port: self.port.unwrap_or(PORTMAP_PORT) })
            }
            Ok(address) => Ok(address),
            Err(error) => Err(Failure::new(format!("{host}: {error}"))),
        }
    }

    /// That the environment names a portmapper, which was not asked.
    fn overruled(&self, host: Option<&str>) -> Option<String> {
        let is_named = host.is_some() || self.port.is_some() || self.unix.is_some();
        let unused = environment().filter(|_| is_named)?;
        Some(format!(
            "; ${PORTMAP_ENV} ({}) is not used where HOST, --port or --unix is given",
            unused.to_string_lossy()
        ))
    }
}

/// That a host is this machine, which alone can bind to its addresses.
fn is_here(host: &str) -> Result<(), Failure> {
    let other =
        || Failure::new(format!("{host} is not this machine, and -T local goes no further"));
    match host.parse() {
        Ok(Address::Inet { host, .. }) => UdpSocket::bind((host, 0)).map(drop).map_err(|_| other()),
        _ => Err(other()),
    }
}

/// What the environment says of a portmapper.
fn environment() -> Option<OsString> {
    std::env::var_os(PORTMAP_ENV).filter(|text| !text.is_empty())
}

/// The address, of a portmapper that has version 2 only.
fn by_port(
    portmap: &Portmap,
    program: u32,
    version: u32,
    netid: Netid,
) -> Result<Option<Uaddr>, Error> {
    let port = portmap.get_port(program, version, netid.transport())?;
    let server = portmap.client().server().addr();
    Ok(port.zip(server).map(|(port, server)| Uaddr::Inet(SocketAddr::new(server.ip(), port))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PORTMAPPER: Portmapper =
        Portmapper { port: None, unix: None, timeout: Duration::MAX, reserved_port: false };

    #[test]
    fn a_port_of_a_link_local_address_is_of_the_same_network() {
        let addr = PORTMAPPER.at_port("fe80::1%1", 9, Netid::Tcp6).unwrap();
        assert_eq!(addr, Uaddr::Inet("[fe80::1%1]:9".parse().unwrap()));
    }

    #[test]
    fn of_two_ports_none_is_ignored() {
        let refused = PORTMAPPER.at_port("127.0.0.1:77", 9, Netid::Tcp).unwrap_err().to_string();
        assert!(refused.starts_with("the port in 127.0.0.1:77 is a portmapper's"), "{refused}");
    }
}
