//! What is asked of both.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use sunrpc::client::{Client, Error, ProgramClient as _};
use sunrpc_portmap::{
    Netid, Uaddr,
    pmap::{Mapping, PmapV2Client},
    rpcb::{Netbuf, RPCBPROG, Rpcb, RpcbV3Client, RpcbV4Client},
};
use sunrpc_tests::rng::Rng;

use crate::servers::{Clients, Ports};

/// Programs that are registered and looked up. Root registers those with even numbers, somebody unknown the others.
const PROGRAMS: [u32; 5] = [0x2000_0000, 0x2000_0001, 0x2000_0002, 300_019, u32::MAX];
/// A program that only nonsense is registered for, and one with registrations of two owners: so these do no harm to
/// the others.
const NONSENSE: u32 = 0x2000_0f00;
const MIXED: u32 = 0x2000_0f01;

/// What an operation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// What every portmapper should agree upon.
    Usual,
    /// Registrations that make no sense.
    Nonsense,
    /// A port that only root may listen on.
    Privileged,
    /// Registrations of two owners under one program and version.
    Mixed,
    /// The portmapper's own registration.
    Itself,
}

/// One call, and how it is made.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) over: Netid,
    pub(crate) version: u32,
    pub(crate) kind: Kind,
    pub(crate) ask: Ask,
}

#[derive(Clone, Debug)]
pub(crate) enum Ask {
    Set(Rpcb),
    Unset(Rpcb),
    SetPort(Mapping),
    UnsetPort(Mapping),
    GetPort(Mapping),
    DumpPorts,
    GetAddr(Rpcb),
    GetVersAddr(Rpcb),
    GetAddrList(Rpcb),
    Dump,
    ToTaddr(String),
    ToUaddr(Netbuf),
}

impl Operation {
    pub(crate) fn random(rng: &mut Rng, ports: &Ports) -> Self {
        let over = one(rng, &Netid::ALL);
        let kind = match rng.below(100) {
            0 => Kind::Itself,
            1..4 => Kind::Nonsense,
            4 => Kind::Privileged,
            5..8 => Kind::Mixed,
            _ => Kind::Usual,
        };
        let version = if kind == Kind::Mixed { 4 } else { 2 + small(rng, 3) };
        let ask = match kind {
            Kind::Itself => itself(rng, version),
            Kind::Nonsense => nonsense(rng, version),
            Kind::Privileged => privileged(rng, version),
            Kind::Mixed => mixed(rng, ports),
            Kind::Usual if version == 2 => usual_port(rng, ports),
            Kind::Usual => usual_addr(rng, version, over, ports),
        };
        let over = match ask {
            Ask::Set(Rpcb { r_prog: program, .. })
            | Ask::SetPort(Mapping { prog: program, .. })
                if kind == Kind::Usual =>
            {
                owners_way(rng, program)
            }
            _ => over,
        };
        Self { over, version, kind, ask }
    }

    /// Asks, and gives the answer in words.
    pub(crate) fn run(&self, clients: &Clients) -> String {
        let client = clients.over(self.over).client();
        let outcome = match &self.ask {
            Ask::SetPort(map) => v2(client).set(map).map(|answer| answer.to_string()),
            Ask::UnsetPort(map) => v2(client).unset(map).map(|answer| answer.to_string()),
            Ask::GetPort(map) => v2(client).getport(map).map(|answer| answer.to_string()),
            Ask::DumpPorts => v2(client).dump().map(|list| {
                let others = list.into_iter().map(|entry| entry.map);
                let others = others.filter(|map| is_usual(map.prog));
                lines(
                    others
                        .map(|map| format!("{} {} {} {}", map.prog, map.vers, map.prot, map.port)),
                )
            }),
            _ if self.version == 3 => self.run_v3(&RpcbV3Client::new(client.clone())),
            _ => self.run_v4(&RpcbV4Client::new(client.clone())),
        };
        outcome.unwrap_or_else(|error| match error {
            Error::Auth(_) => "refused".to_owned(),
            error => format!("error: {error}"),
        })
    }

    fn run_v3(&self, client: &RpcbV3Client) -> Result<String, Error> {
        match &self.ask {
            Ask::Set(args) => client.set(args).map(|answer| answer.to_string()),
            Ask::Unset(args) => client.unset(args).map(|answer| answer.to_string()),
            Ask::GetAddr(args) => client.getaddr(args),
            Ask::Dump => client.dump().map(|list| dumped(list.into_iter().map(|e| e.rpcb_map))),
            Ask::ToTaddr(text) => client.uaddr2_taddr(text).map(|netbuf| hex(&netbuf.buf)),
            Ask::ToUaddr(netbuf) => client.taddr2_uaddr(netbuf),
            other => panic!("{other:?} is not in version 3"),
        }
    }

    fn run_v4(&self, client: &RpcbV4Client) -> Result<String, Error> {
        match &self.ask {
            Ask::Set(args) => client.set(args).map(|answer| answer.to_string()),
            Ask::Unset(args) => client.unset(args).map(|answer| answer.to_string()),
            Ask::GetAddr(args) => client.getaddr(args),
            Ask::GetVersAddr(args) => client.getversaddr(args),
            Ask::GetAddrList(args) => client.getaddrlist(args).map(|list| {
                let ways = list.into_iter().map(|entry| entry.rpcb_entry_map);
                lines(ways.map(|way| {
                    format!(
                        "{} {} {} {} {}",
                        way.r_maddr,
                        way.r_nc_netid,
                        way.r_nc_semantics,
                        way.r_nc_protofmly,
                        way.r_nc_proto
                    )
                }))
            }),
            Ask::Dump => client.dump().map(|list| dumped(list.into_iter().map(|e| e.rpcb_map))),
            Ask::ToTaddr(text) => client.uaddr2_taddr(text).map(|netbuf| hex(&netbuf.buf)),
            Ask::ToUaddr(netbuf) => client.taddr2_uaddr(netbuf),
            other => panic!("{other:?} is not in version 4"),
        }
    }
}

fn usual_port(rng: &mut Rng, ports: &Ports) -> Ask {
    let map = Mapping {
        prog: one(rng, &PROGRAMS),
        vers: small(rng, 4),
        prot: one(rng, &[6, 17]),
        port: one(rng, &ports.numbers).into(),
    };
    match rng.below(10) {
        0..3 => Ask::SetPort(map),
        3 => Ask::UnsetPort(map),
        4 => Ask::DumpPorts,
        _ => Ask::GetPort(map),
    }
}

fn usual_addr(rng: &mut Rng, version: u32, over: Netid, ports: &Ports) -> Ask {
    let netid = one(rng, &Netid::ALL);
    let args = Rpcb {
        r_prog: one(rng, &PROGRAMS),
        r_vers: small(rng, 4),
        r_netid: netid.name().to_owned(),
        r_addr: addr(rng, netid, ports),
        r_owner: one(rng, &["", "superuser", "0", "nobody"]).to_owned(),
    };
    match rng.below(16) {
        0..4 => Ask::Set(args),
        4 => Ask::Unset(args),
        5 => Ask::Unset(Rpcb { r_netid: String::new(), ..args }),
        6 => Ask::Dump,
        7 => Ask::ToTaddr(addr(rng, over, ports)),
        8 => {
            let text = addr(rng, over, ports);
            let buf = Uaddr::parse(over, &text).expect("an address").to_sockaddr();
            Ask::ToUaddr(Netbuf { maxlen: u32::try_from(buf.len()).expect("short"), buf })
        }
        9..11 if version == 4 => Ask::GetVersAddr(asking(args)),
        11..13 if version == 4 => Ask::GetAddrList(asking(args)),
        _ => Ask::GetAddr(asking(args)),
    }
}

/// A question, without a hint at an interface.
fn asking(args: Rpcb) -> Rpcb {
    Rpcb { r_addr: String::new(), ..args }
}

fn addr(rng: &mut Rng, netid: Netid, ports: &Ports) -> String {
    let port = one(rng, &ports.numbers);
    let all = rng.below(2) == 0;
    let inet = |ip: std::net::IpAddr| Uaddr::Inet(SocketAddr::new(ip, port)).to_string();
    match netid {
        Netid::Tcp | Netid::Udp if all => inet(Ipv4Addr::UNSPECIFIED.into()),
        Netid::Tcp | Netid::Udp => inet(Ipv4Addr::LOCALHOST.into()),
        Netid::Tcp6 | Netid::Udp6 if all => inet(Ipv6Addr::UNSPECIFIED.into()),
        Netid::Tcp6 | Netid::Udp6 => inet(Ipv6Addr::LOCALHOST.into()),
        Netid::Local => {
            let path = rng.below(ports.paths.len());
            ports.paths[path].clone()
        }
    }
}

/// Registrations that make no sense.
fn nonsense(rng: &mut Rng, version: u32) -> Ask {
    if version == 2 {
        let (prot, port) = one(rng, &[(6, 0), (6, 70_000), (17, u32::MAX)]);
        return Ask::SetPort(Mapping { prog: NONSENSE, vers: small(rng, 1000), prot, port });
    }
    let (netid, addr) = one(
        rng,
        &[
            ("tcp", "zzz"),
            ("tcp", ""),
            ("no-net", "127.0.0.1.78.33"),
            ("tcp6", "::.0.0"),
            ("udp", "300.0.0.1.78.33"),
        ],
    );
    Ask::Set(Rpcb {
        r_prog: NONSENSE,
        r_vers: small(rng, 1000),
        r_netid: netid.to_owned(),
        r_addr: addr.to_owned(),
        r_owner: String::new(),
    })
}

/// A port below 1024, which something could listen on.
fn privileged(rng: &mut Rng, version: u32) -> Ask {
    let vers = 1000 + small(rng, 1000);
    if version == 2 {
        return Ask::SetPort(Mapping { prog: NONSENSE, vers, prot: 6, port: 700 });
    }
    Ask::Set(Rpcb {
        r_prog: NONSENSE,
        r_vers: vers,
        r_netid: "tcp".to_owned(),
        r_addr: "0.0.0.0.2.188".to_owned(),
        r_owner: String::new(),
    })
}

/// Sets by everybody, taken back over all transports at once.
fn mixed(rng: &mut Rng, ports: &Ports) -> Ask {
    let netid = one(rng, &Netid::ALL);
    let args = Rpcb {
        r_prog: MIXED,
        r_vers: 1,
        r_netid: netid.name().to_owned(),
        r_addr: addr(rng, netid, ports),
        r_owner: String::new(),
    };
    match rng.below(3) {
        0 => Ask::Unset(Rpcb { r_netid: String::new(), ..args }),
        _ => Ask::Set(args),
    }
}

/// A transport by which the owner of a program calls.
fn owners_way(rng: &mut Rng, program: u32) -> Netid {
    if program.is_multiple_of(2) {
        return Netid::Local;
    }
    one(rng, &[Netid::Tcp, Netid::Udp, Netid::Tcp6, Netid::Udp6])
}

/// What would change the portmapper's own registration.
fn itself(rng: &mut Rng, version: u32) -> Ask {
    let vers = 2 + small(rng, 4);
    if version == 2 {
        let map = Mapping { prog: RPCBPROG, vers, prot: 6, port: 20_001 };
        return if rng.below(2) == 0 { Ask::SetPort(map) } else { Ask::UnsetPort(map) };
    }
    let args = Rpcb {
        r_prog: RPCBPROG,
        r_vers: vers,
        r_netid: "tcp".to_owned(),
        r_addr: "0.0.0.0.78.33".to_owned(),
        r_owner: String::new(),
    };
    if rng.below(2) == 0 { Ask::Set(args) } else { Ask::Unset(args) }
}

fn one<T: Copy>(rng: &mut Rng, of: &[T]) -> T {
    of[rng.below(of.len())]
}

fn small(rng: &mut Rng, end: usize) -> u32 {
    u32::try_from(rng.below(end)).expect("small")
}

fn v2(client: &Client) -> PmapV2Client {
    PmapV2Client::new(client.clone())
}

/// Whether a program is one of those that both portmappers should know the same of.
fn is_usual(program: u32) -> bool {
    ![RPCBPROG, NONSENSE, MIXED].contains(&program)
}

fn dumped(entries: impl Iterator<Item = Rpcb>) -> String {
    lines(entries.filter(|entry| is_usual(entry.r_prog)).map(|entry| {
        let Rpcb { r_prog, r_vers, r_netid, r_addr, r_owner } = entry;
        format!("{r_prog} {r_vers} {r_netid} {r_addr} {r_owner}")
    }))
}

/// In order, since the order of a list means nothing.
fn lines(entries: impl Iterator<Item = String>) -> String {
    let mut lines: Vec<String> = entries.collect();
    lines.sort_unstable();
    lines.join("\n")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
