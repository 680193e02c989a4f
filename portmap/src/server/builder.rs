//! Putting a portmapper together.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs, UdpSocket},
    os::unix::net::UnixListener,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use sunrpc::{
    Transport,
    server::{self, Limits, Pool, Running, Server, Stop},
};

use super::{
    core::{Core, Options},
    metered::Metered,
    orphans::Watch,
    quota::UdpQuota,
    table::Table,
    v2::V2,
    v3::V3,
    v4::V4,
};
use crate::{
    Netid, Registration, RegistryLimits, Uaddr,
    pmap::{PMAP_VERS, PmapV2Server},
    rpcb::{RPCBVERS, RPCBVERS4, RpcbV3Server, RpcbV4Server},
};

/// Collects what a portmapper needs; [`bind`](Self::bind) opens its sockets.
///
/// # Defaults
///
/// No address: at least one has to be named. SET and UNSET from this machine only. [`RegistryLimits`] and
/// [`UdpQuota`] as they are by default; [`Limits`] too, but for records of at most 64 KiB and 256 connections of one
/// other machine ([`default_limits`](Self::default_limits)).
#[derive(Debug)]
#[must_use]
pub struct Builder {
    server: server::Builder,
    paths: Vec<PathBuf>,
    options: Options,
    /// How often it is looked for processes that have ended.
    watch: Option<Duration>,
}

impl Default for Builder {
    fn default() -> Self {
        let (server, paths, options, watch) = Default::default();
        Self { server, paths, options, watch }.limits(Self::default_limits())
    }
}

/// Threads that look up while others wait for services to which they pass calls on.
const POOL: Pool = Pool { workers: 8, queue: 1024 };

/// A portmapper whose sockets are open; [`run`](Self::run) or [`spawn`](Self::spawn) makes it answer.
#[derive(Debug)]
pub struct Bound {
    server: Server,
    table: Table,
    recalled: bool,
    watch: Option<Duration>,
}

/// A portmapper that answers on a thread of its own. Dropping it stops it.
///
/// It needs neither port 111 nor root, and it keeps its table to itself: there may be several in one process.
///
/// ```
/// use sunrpc::Transport;
/// use sunrpc_portmap::{Portmap, Portmapper};
///
/// let portmapper = Portmapper::bind("127.0.0.1:0")?;
/// let client = Portmap::connect(portmapper.tcp_addr().unwrap())?;
/// client.set(0x2000_0001, 1, Transport::Tcp, 4711)?;
/// assert_eq!(client.get_port(0x2000_0001, 1, Transport::Tcp)?, Some(4711));
/// assert_eq!(client.get_port(0x2000_0001, 1, Transport::Udp)?, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Portmapper {
    running: Running,
    table: Table,
    _watch: Option<Watch>,
}

impl Builder {
    /// The server's limits of a portmapper: calls are short, and no other machine may have all connections alone.
    #[must_use]
    pub fn default_limits() -> Limits {
        let mut limits = Limits::default();
        limits.records.max_record_bytes = 64 << 10;
        limits.max_connections_per_peer = 256;
        limits
    }

    /// Listens for TCP and for UDP on the same port of `addr`; port 0 picks a free one.
    pub fn listen(mut self, addr: impl ToSocketAddrs) -> Self {
        self.server = self.server.listen(addr);
        self
    }

    /// Listens on a socket in the file system (`AF_UNIX`): there the kernel says who calls, and what a user has
    /// registered through it nobody else can take back.
    pub fn listen_unix(mut self, path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        self.paths.push(path.clone());
        self.server = self.server.listen_unix(path);
        self
    }

    /// Takes over a TCP listener that is open already.
    pub fn adopt_tcp(mut self, listener: TcpListener) -> Self {
        self.server = self.server.adopt_tcp(listener);
        self
    }

    /// Takes over a UDP socket that is open already.
    pub fn adopt_udp(mut self, socket: UdpSocket) -> Self {
        self.server = self.server.adopt_udp(socket);
        self
    }

    /// Takes over an `AF_UNIX` listener that is open already.
    pub fn adopt_unix(mut self, listener: UnixListener) -> Self {
        let addr = listener.local_addr().ok();
        self.paths.extend(addr.and_then(|addr| addr.as_pathname().map(PathBuf::from)));
        self.server = self.server.adopt_unix(listener);
        self
    }

    /// Replaces the limits of the table.
    pub const fn registry_limits(mut self, limits: RegistryLimits) -> Self {
        self.options.limits = limits;
        self
    }

    /// Replaces the quota of other machines over UDP.
    pub const fn udp_quota(mut self, quota: UdpQuota) -> Self {
        self.options.quota = quota;
        self
    }

    /// Passes calls on to services of this machine (CALLIT, BCAST, INDIRECT), but not to itself and not to NFS, YP
    /// and what belongs to them. Others reach those services then as if from this machine.
    pub const fn enable_callit(mut self, enable: bool) -> Self {
        self.options.passes_calls_on = enable;
        self
    }

    /// Replaces the limits of the server, which are [`default_limits`](Self::default_limits).
    pub fn limits(mut self, limits: Limits) -> Self {
        self.server = self.server.limits(limits);
        self
    }

    /// Lets SET and UNSET come from anywhere and name any port, as rpcbind's `-i` does. Who can reach the portmapper
    /// can then redirect every service of this machine.
    pub const fn insecure(mut self, insecure: bool) -> Self {
        self.options.policy.insecure = insecure;
        self
    }

    /// Keeps the registrations in a file, so that they outlive this process until the next reboot: SET and UNSET are
    /// acknowledged when they are on the disk.
    ///
    /// The file is replaced as a whole, so its directory has to be the portmapper's own. One that is damaged, or that
    /// somebody else could have written, is set aside.
    pub fn state(mut self, path: impl Into<PathBuf>) -> Self {
        self.options.state = Some(path.into());
        self
    }

    /// Binds each registration that comes over `AF_UNIX` to the process that has connected, as the kernel names it:
    /// when that has ended, the registration is dropped. It is looked for at each `interval`, of 10 ms to an hour.
    ///
    /// This is not for servers that register and fork afterwards, as libtirpc's daemons do: what they register is
    /// dropped when the first of their processes ends.
    pub const fn bind_processes(mut self, interval: Duration) -> Self {
        self.options.binds = true;
        self.watch = Some(interval);
        self
    }

    /// Opens the sockets.
    ///
    /// # Errors
    ///
    /// An address cannot be resolved or bound.
    pub fn bind(self) -> io::Result<Bound> {
        let blocks = self.options.passes_calls_on;
        let core = Arc::new(Core::new(self.options));
        let v2 = Metered::new(PmapV2Server(V2(Arc::clone(&core))), &core);
        let v3 = Metered::new(RpcbV3Server(V3(Arc::clone(&core))), &core);
        let v4 = Metered::new(RpcbV4Server(V4(Arc::clone(&core))), &core);
        let server = if blocks {
            let server = self.server.blocking_service(v2, POOL);
            server.blocking_service(v3, POOL).blocking_service(v4, POOL)
        } else {
            self.server.service(v2).service(v3).service(v4)
        };
        let server = server.bind()?;
        register_itself(&core, &server, &self.paths);
        Ok(Bound { server, table: Table(core), recalled: false, watch: self.watch })
    }

    /// Opens the sockets and answers on a thread of its own.
    ///
    /// # Errors
    ///
    /// An address cannot be resolved or bound, or the system refuses a thread.
    pub fn spawn(self) -> io::Result<Portmapper> {
        self.bind()?.spawn()
    }
}

impl Bound {
    /// The address of the first TCP socket.
    #[must_use]
    pub fn tcp_addr(&self) -> Option<SocketAddr> {
        self.server.tcp_addr()
    }

    /// The address of the first UDP socket.
    #[must_use]
    pub fn udp_addr(&self) -> Option<SocketAddr> {
        self.server.udp_addr()
    }

    /// What stops this portmapper, from any thread.
    #[must_use]
    pub fn stop_handle(&self) -> Stop {
        self.server.stop_handle()
    }

    /// The table.
    #[must_use]
    pub const fn table(&self) -> &Table {
        &self.table
    }

    /// Registers what the state file has kept; says how much that was. [`run`](Self::run) and
    /// [`spawn`](Self::spawn) do so themselves where it was not done before: a process that gives up its privileges
    /// does so between binding and this.
    ///
    /// # Errors
    ///
    /// The state file cannot be written, is another portmapper's, or is not to be trusted and cannot be set aside.
    pub fn recall(&mut self) -> io::Result<usize> {
        if std::mem::replace(&mut self.recalled, true) {
            return Ok(0);
        }
        self.table.0.check_state()?;
        self.table.reload()
    }

    /// Answers on this thread until told to stop.
    ///
    /// # Errors
    ///
    /// As [`recall`](Self::recall), or the system refuses to wait for events.
    pub fn run(mut self) -> io::Result<()> {
        self.recall()?;
        let _watch = self.watch()?;
        self.server.run()
    }

    /// Answers on a thread of its own.
    ///
    /// # Errors
    ///
    /// As [`recall`](Self::recall), or the system refuses a thread.
    pub fn spawn(mut self) -> io::Result<Portmapper> {
        self.recall()?;
        let watch = self.watch()?;
        Ok(Portmapper { running: self.server.spawn()?, table: self.table, _watch: watch })
    }

    fn watch(&self) -> io::Result<Option<Watch>> {
        let spawn = |interval| Watch::spawn(Arc::clone(&self.table.0), interval);
        self.watch.map(spawn).transpose()
    }
}

impl Portmapper {
    /// Listens for TCP and UDP on `addr`, with the defaults of [`Builder`], and answers on a thread of its own. Port
    /// 0 picks a free one.
    ///
    /// # Errors
    ///
    /// The address cannot be resolved or bound, or the system refuses a thread.
    pub fn bind(addr: impl ToSocketAddrs) -> io::Result<Self> {
        Self::builder().listen(addr).spawn()
    }

    /// Starts to put a portmapper together.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The address of the first TCP socket.
    #[must_use]
    pub fn tcp_addr(&self) -> Option<SocketAddr> {
        self.running.tcp_addr()
    }

    /// The address of the first UDP socket.
    #[must_use]
    pub fn udp_addr(&self) -> Option<SocketAddr> {
        self.running.udp_addr()
    }

    /// What is registered now, the portmapper itself included.
    #[must_use]
    pub fn registrations(&self) -> Vec<Registration> {
        self.table.registrations()
    }

    /// The table.
    #[must_use]
    pub const fn table(&self) -> &Table {
        &self.table
    }

    /// What stops this portmapper, from any thread.
    #[must_use]
    pub fn stop_handle(&self) -> Stop {
        self.running.stop_handle()
    }

    /// Stops: no new calls, those under way are finished.
    ///
    /// # Errors
    ///
    /// What made it end before.
    pub fn stop(self) -> io::Result<()> {
        self.running.stop()
    }
}

/// Lists the portmapper itself, each version over each transport, as clients expect.
fn register_itself(core: &Core, server: &Server, paths: &[PathBuf]) {
    let mut registry = core.registry();
    for netid in Netid::ALL {
        let Some(addr) = own_addr(netid, server, paths) else { continue };
        for version in [RPCBVERS4, RPCBVERS] {
            registry.set_own(version, netid, addr.clone());
        }
        if netid.protocol().is_some() {
            registry.set_own(PMAP_VERS, netid, addr);
        }
    }
}

/// Where the portmapper listens over `netid`: where at several addresses, the one that stands for all.
fn own_addr(netid: Netid, server: &Server, paths: &[PathBuf]) -> Option<Uaddr> {
    let addrs = match netid.transport() {
        Transport::Tcp => server.tcp_addrs(),
        Transport::Udp => server.udp_addrs(),
        Transport::Unix => {
            return paths.first().and_then(|path| Uaddr::parse(Netid::Local, path.to_str()?));
        }
    };
    let ipv6 = matches!(netid, Netid::Tcp6 | Netid::Udp6);
    let mut addrs = addrs.iter().filter(|addr| addr.is_ipv6() == ipv6);
    let first = *addrs.next()?;
    let all: IpAddr =
        if ipv6 { Ipv6Addr::UNSPECIFIED.into() } else { Ipv4Addr::UNSPECIFIED.into() };
    let ip = if addrs.next().is_some() { all } else { first.ip() };
    Some(Uaddr::Inet(SocketAddr::new(ip, first.port())))
}
