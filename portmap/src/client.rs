//! Asking a portmapper.

use std::net::{Ipv4Addr, SocketAddr};

use sunrpc::{
    Transport,
    client::{self, Client, ProgramClient},
    proto::RecordLimits,
};

use crate::{
    Address, Error, Netid, Uaddr, Wanted,
    entry::Entry,
    pmap::{Mapping, PmapV2Client},
    rpcb::{RpList, Rpcb, RpcbEntry, RpcbV3Client, RpcbV4Client},
    uaddr::MAX_PATH,
};

/// The longest answer that is read, in bytes, unless a builder says otherwise: a list of 16,384 registrations, each as
/// long as can be, takes 2.5 MB.
pub const LONGEST_ANSWER: usize = 4 << 20;

/// How a portmapper is called where nobody says how.
pub(crate) fn builder() -> client::Builder {
    let limits = RecordLimits { max_record_bytes: LONGEST_ANSWER, ..RecordLimits::default() };
    Client::builder().records(limits)
}

/// A client of a portmapper.
///
/// Those methods that speak of ports use version 2, which every portmapper knows; those that speak of addresses use
/// version 4 and, where a portmapper does not have that, version 3. [`Portmapper`](crate::Portmapper) has an example.
#[derive(Clone, Debug)]
pub struct Portmap(Client);

impl Portmap {
    /// Connects over TCP (or to a socket in the file system), with the defaults of [`client::Builder`], but for answers
    /// of up to 4 MiB.
    ///
    /// # Errors
    ///
    /// It cannot be reached.
    pub fn connect(portmap: impl Into<Address>) -> Result<Self, Error> {
        Self::connect_with(portmap, Transport::Tcp, builder())
    }

    /// Connects as `builder` says.
    ///
    /// # Errors
    ///
    /// It cannot be reached.
    pub fn connect_with(
        portmap: impl Into<Address>,
        transport: Transport,
        builder: client::Builder,
    ) -> Result<Self, Error> {
        let portmap = portmap.into();
        match portmap.connect(builder, transport) {
            Ok(client) => Ok(Self(client)),
            Err(source) => Err(Error::Portmap { portmap, source }),
        }
    }

    /// Asks through a connection that is there.
    #[must_use]
    pub const fn new(client: Client) -> Self {
        Self(client)
    }

    /// The connection.
    #[must_use]
    pub const fn client(&self) -> &Client {
        &self.0
    }

    /// Registers `port` over TCP and over UDP, in place of what is there: what a server does that starts, since one that
    /// was killed has left its registration behind. Where another port is there, nothing is registered for a moment: the
    /// protocol, in any of its versions, takes back and registers in calls of their own. The same port stays as it is.
    ///
    /// [`Registrar`](crate::Registrar) does this, takes it back at the end, and does it again where the portmapper has
    /// forgotten.
    ///
    /// # Errors
    ///
    /// See [`set`](Self::set).
    pub fn replace(&self, program: u32, version: u32, port: u16) -> Result<(), Error> {
        let entry = Entry { program, version, at: (Ipv4Addr::UNSPECIFIED, port).into() };
        if entry.registered(self)? == entry.ports() {
            return Ok(());
        }
        entry.unset(self)?;
        entry.set(self)
    }

    /// Registers a port, on every address of this machine.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`]: most often another port is registered already. [`Error::Portmap`] with
    /// [`client::Error::Auth`] where the portmapper is on another machine.
    pub fn set(
        &self,
        program: u32,
        version: u32,
        transport: Transport,
        port: u16,
    ) -> Result<(), Error> {
        let answer = self.answered(self.v2().set(&mapping(program, version, transport, port)));
        self.registered(Wanted { program, version, transport }, answer)
    }

    /// Takes back what is registered over TCP and UDP. False where nothing is, or it is somebody else's.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn unset(&self, program: u32, version: u32) -> Result<bool, Error> {
        self.answered(self.v2().unset(&mapping(program, version, Transport::Tcp, 0)))
    }

    /// The port of this version or, where it is not registered, of another version of the program, which can tell
    /// what versions there are. `None` where there is none.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn get_port(
        &self,
        program: u32,
        version: u32,
        transport: Transport,
    ) -> Result<Option<u16>, Error> {
        let port = self.answered(self.v2().getport(&mapping(program, version, transport, 0)))?;
        let wanted = Wanted { program, version, transport };
        let port = u16::try_from(port).map_err(|_| self.bad_address(wanted, &port.to_string()))?;
        Ok(Some(port).filter(|port| *port != 0))
    }

    /// Everything that version 2 can speak of.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn dump(&self) -> Result<Vec<Mapping>, Error> {
        let list = self.answered(self.v2().dump())?;
        Ok(list.into_iter().map(|entry| entry.map).collect())
    }

    /// Registers an address.
    ///
    /// # Errors
    ///
    /// See [`set`](Self::set).
    pub fn set_addr(
        &self,
        program: u32,
        version: u32,
        netid: Netid,
        addr: &Uaddr,
    ) -> Result<(), Error> {
        let args = rpcb(program, version, netid.name(), addr.to_string());
        let answer = self.either(|v4| v4.set(&args), |v3| v3.set(&args));
        self.registered(Wanted { program, version, transport: netid.transport() }, answer)
    }

    /// Takes back what is registered over `netid` or, where that is `None`, over any transport.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn unset_addr(
        &self,
        program: u32,
        version: u32,
        netid: Option<Netid>,
    ) -> Result<bool, Error> {
        let args = rpcb(program, version, netid.map_or("", Netid::name), String::new());
        self.either(|v4| v4.unset(&args), |v3| v3.unset(&args))
    }

    /// The address over the transport that this client is connected by, as [`get_port`](Self::get_port) gives the
    /// port.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn get_addr(&self, program: u32, version: u32) -> Result<Option<Uaddr>, Error> {
        let netid = self.netid();
        // Where we found the portmapper: a hint at the interface to name.
        let server = self.0.server().addr();
        let hint = server.map(|addr| Uaddr::from(addr).to_string());
        let args = rpcb(program, version, netid.name(), hint.unwrap_or_default());
        let text = self.either(|v4| v4.getaddr(&args), |v3| v3.getaddr(&args))?;
        if text.is_empty() {
            return Ok(None);
        }
        let wanted = Wanted { program, version, transport: netid.transport() };
        let addr = Uaddr::parse(netid, &text).ok_or_else(|| self.bad_address(wanted, &text))?;
        Ok(Some(addr.told_from(server)))
    }

    /// Every way to reach this version over the family of transports that this client is connected by (version 4).
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn get_addr_list(&self, program: u32, version: u32) -> Result<Vec<RpcbEntry>, Error> {
        let args = rpcb(program, version, self.netid().name(), String::new());
        let list = self.answered(RpcbV4Client::new(self.0.clone()).getaddrlist(&args))?;
        Ok(list.into_iter().map(|entry| entry.rpcb_entry_map).collect())
    }

    /// Everything that is registered.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn dump_all(&self) -> Result<Vec<Rpcb>, Error> {
        let list: Vec<RpList> = self.either(RpcbV4Client::dump, RpcbV3Client::dump)?;
        Ok(list.into_iter().map(|entry| entry.rpcb_map).collect())
    }

    /// An answer of false is too easily overlooked.
    fn registered(&self, wanted: Wanted, answer: Result<bool, Error>) -> Result<(), Error> {
        match answer? {
            true => Ok(()),
            false => Err(Error::Refused { portmap: self.address(), wanted }),
        }
    }

    fn bad_address(&self, wanted: Wanted, found: &str) -> Error {
        let found = found.chars().take(MAX_PATH).collect();
        Error::BadAddress { portmap: self.address(), wanted, found }
    }

    fn answered<R>(&self, answer: Result<R, client::Error>) -> Result<R, Error> {
        answer.map_err(|source| Error::Portmap { portmap: self.address(), source })
    }

    fn address(&self) -> Address {
        self.0.server().into()
    }

    fn netid(&self) -> Netid {
        let ipv6 = self.0.server().addr().is_some_and(|addr: SocketAddr| addr.is_ipv6());
        Netid::of(self.0.transport(), ipv6)
    }

    fn v2(&self) -> PmapV2Client {
        PmapV2Client::new(self.0.clone())
    }

    /// Version 4 or, where the portmapper does not have it, version 3.
    fn either<R>(
        &self,
        four: impl FnOnce(&RpcbV4Client) -> Result<R, client::Error>,
        three: impl FnOnce(&RpcbV3Client) -> Result<R, client::Error>,
    ) -> Result<R, Error> {
        let answer = match four(&RpcbV4Client::new(self.0.clone())) {
            Err(client::Error::ProgMismatch { .. }) => three(&RpcbV3Client::new(self.0.clone())),
            result => result,
        };
        self.answered(answer)
    }
}

const fn mapping(program: u32, version: u32, transport: Transport, port: u16) -> Mapping {
    Mapping { prog: program, vers: version, prot: transport.protocol(), port: port as u32 }
}

fn rpcb(program: u32, version: u32, netid: &str, addr: String) -> Rpcb {
    Rpcb {
        r_prog: program,
        r_vers: version,
        r_netid: netid.to_owned(),
        r_addr: addr,
        r_owner: String::new(),
    }
}
