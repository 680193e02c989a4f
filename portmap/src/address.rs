//! Where a portmapper is.

use std::{
    env, fmt, io,
    net::{SocketAddr, ToSocketAddrs as _},
    path::PathBuf,
    str::FromStr,
};

use sunrpc::{
    Endpoint, Transport,
    client::{self, Client},
};

use crate::{pmap::PMAP_PORT, uaddr::MAX_PATH};

/// The environment variable that says where the portmapper is, for those who are told nothing else.
pub const PORTMAP_ENV: &str = "PORTMAP";
/// The port of a portmapper, unless said otherwise: 111.
#[expect(clippy::cast_possible_truncation, reason = "111 fits")]
pub const PORTMAP_PORT: u16 = PMAP_PORT as u16;
/// The longest host name (RFC 1035).
const MAX_HOST: usize = 255;

/// Where a portmapper is: `HOST`, `HOST:PORT`, `[IPV6]:PORT` or the path of a socket.
///
/// ```
/// use sunrpc_portmap::Address;
///
/// assert_eq!("localhost".parse::<Address>()?.to_string(), "localhost:111");
/// assert_eq!("[::1]:1111".parse::<Address>()?.to_string(), "[::1]:1111");
/// assert_eq!("/run/rpcbind.sock".parse::<Address>()?.to_string(), "/run/rpcbind.sock");
/// # Ok::<(), sunrpc_portmap::InvalidAddress>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// A port of a host, which goes by its name or by its address.
    Inet {
        /// The host.
        host: String,
        /// The port.
        port: u16,
    },
    /// A socket in the file system.
    Unix(PathBuf),
}

impl Address {
    /// Where [`PORTMAP_ENV`] says it is; `127.0.0.1:111` where it says nothing.
    ///
    /// # Errors
    ///
    /// It says something that is no address.
    pub fn from_env() -> Result<Self, InvalidAddress> {
        match env::var_os(PORTMAP_ENV) {
            None => Ok(Self::default()),
            Some(text) if text.is_empty() => Ok(Self::default()),
            Some(text) => {
                let text = text.to_string_lossy();
                let env = Some(text.chars().take(MAX_HOST).collect());
                text.parse().map_err(|error| InvalidAddress { env, ..error })
            }
        }
    }

    /// Where it is, each address of a host's name by itself.
    pub(crate) fn places(&self) -> io::Result<Vec<Self>> {
        match self {
            Self::Inet { host, port } => {
                Ok((host.as_str(), *port).to_socket_addrs()?.map(Self::from).collect())
            }
            Self::Unix(_) => Ok(vec![self.clone()]),
        }
    }

    /// Connects to it. The transport does not matter to a socket in the file system.
    ///
    /// # Errors
    ///
    /// It cannot be reached.
    pub fn connect(
        &self,
        builder: client::Builder,
        transport: Transport,
    ) -> Result<Client, client::Error> {
        match self {
            Self::Inet { host, port } => builder.connect(transport, (host.as_str(), *port)),
            Self::Unix(path) => builder.connect_unix(path),
        }
    }
}

impl Default for Address {
    fn default() -> Self {
        Self::Inet { host: "127.0.0.1".to_owned(), port: PORTMAP_PORT }
    }
}

impl From<SocketAddr> for Address {
    fn from(addr: SocketAddr) -> Self {
        let host = match addr {
            SocketAddr::V6(v6) if v6.scope_id() != 0 => format!("{}%{}", v6.ip(), v6.scope_id()),
            _ => addr.ip().to_string(),
        };
        Self::Inet { host, port: addr.port() }
    }
}

impl From<PathBuf> for Address {
    fn from(path: PathBuf) -> Self {
        Self::Unix(path)
    }
}

impl From<&Endpoint> for Address {
    fn from(endpoint: &Endpoint) -> Self {
        match endpoint {
            Endpoint::Inet(addr) => (*addr).into(),
            Endpoint::Unix(path) => path.clone().into(),
        }
    }
}

impl From<&Self> for Address {
    fn from(address: &Self) -> Self {
        address.clone()
    }
}

impl FromStr for Address {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with('/') {
            let fits = text.len() <= MAX_PATH && !text.contains('\0');
            return if fits { Ok(Self::Unix(text.into())) } else { Err(InvalidAddress::default()) };
        }
        // Resolvers read it as an address: 11111 as 0.0.43.103.
        if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() {
            return Err(InvalidAddress { port: text.parse().ok(), env: None });
        }
        let (host, port) = match text.rsplit_once(':') {
            // An IPv6 address without brackets has no port.
            Some((host, _)) if host.contains(':') && !host.ends_with(']') => (text, PORTMAP_PORT),
            Some((host, port)) => (host, port.parse().map_err(|_| InvalidAddress::default())?),
            None => (text, PORTMAP_PORT),
        };
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let is_host = !bare.is_empty()
            && bare.len() <= MAX_HOST
            && !bare.contains(|c: char| c.is_control() || c.is_whitespace() || "[]/".contains(c));
        if is_host {
            Ok(Self::Inet { host: bare.to_owned(), port })
        } else {
            Err(InvalidAddress::default())
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inet { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Inet { host, port } => write!(f, "{host}:{port}"),
            Self::Unix(path) => path.display().fmt(f),
        }
    }
}

/// The error of a text that says nowhere a portmapper could be.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct InvalidAddress {
    /// The port that it seems to mean, without a host.
    port: Option<u16>,
    /// The text, where the environment says it.
    env: Option<String>,
}

impl fmt::Display for InvalidAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(text) = &self.env {
            write!(f, "${PORTMAP_ENV} is {text:?}: ")?;
        }
        f.write_str("a portmapper is at HOST, HOST:PORT, [IPV6]:PORT or /PATH/OF/A/SOCKET")?;
        self.port
            .map_or(Ok(()), |port| write!(f, "; write 127.0.0.1:{port} for a port of this machine"))
    }
}

/// As it is displayed, for a `main` that returns it.
impl fmt::Debug for InvalidAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for InvalidAddress {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read() {
        for (text, shown) in [
            ("127.0.0.1", "127.0.0.1:111"),
            ("127.0.0.1:4711", "127.0.0.1:4711"),
            ("::1", "[::1]:111"),
            ("[::1]", "[::1]:111"),
            ("[::1]:4711", "[::1]:4711"),
            ("a.example:0", "a.example:0"),
            ("/run/rpcbind.sock", "/run/rpcbind.sock"),
        ] {
            assert_eq!(text.parse::<Address>().expect(text).to_string(), shown);
        }
    }

    #[test]
    fn the_address_of_a_socket_is_one_with_its_network() {
        for text in ["127.0.0.1:111", "[::1]:111", "[fe80::1%7]:111"] {
            let addr: SocketAddr = text.parse().expect(text);
            assert_eq!(Address::from(addr).to_string(), text);
        }
    }

    #[test]
    fn nonsense_is_refused() {
        let host = "x".repeat(1 << 20);
        let path = format!("/{}", "x".repeat(108));
        for text in ["", ":111", "host:", "host:70000", "host:-1", "a b", "[::1", &host, &path] {
            assert_eq!(text.parse::<Address>(), Err(InvalidAddress::default()), "{:.20}", text);
        }
    }

    #[test]
    fn a_port_alone_is_no_host() {
        let refused = |text: &str| text.parse::<Address>().expect_err(text).to_string();
        let hint = "; write 127.0.0.1:11111 for a port of this machine";
        assert!(refused("11111").ends_with(hint), "{}", refused("11111"));
        assert!(refused("111111").ends_with("A/SOCKET"), "no port");
    }
}
