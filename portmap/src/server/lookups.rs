//! What versions 3 and 4 ask alike.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    time::{SystemTime, UNIX_EPOCH},
};

use sunrpc::{
    proto::AuthStat,
    server::{Call, Fault},
    xdr::{self, List, Str},
};

use super::{
    callit::{Forward, Undone, or_silence},
    core::{Core, Wanted, refuse_to_amplify},
};
use crate::{
    Netid, Registration, Uaddr,
    rpcb::{Netbuf, RpList, Rpcb, RpcbRmtcallargs, RpcbRmtcallres},
};

impl Core {
    /// SET of versions 3 and 4.
    pub(super) fn set_rpcb(&self, call: &Call<'_>, args: &Rpcb) -> Result<bool, Fault> {
        let netid = args.r_netid.parse().ok();
        let addr = netid.and_then(|netid| Uaddr::parse(netid, &args.r_addr));
        let wanted = Wanted { program: args.r_prog, version: args.r_vers, netid, addr };
        self.set(call, wanted)
    }

    /// UNSET of versions 3 and 4: over one transport, or over all where none is named.
    pub(super) fn unset_rpcb(&self, call: &Call<'_>, args: &Rpcb) -> Result<bool, Fault> {
        let one = args.r_netid.parse().map(|netid: Netid| [netid]);
        let netids: &[Netid] = match &one {
            Ok(one) => one,
            Err(_) if args.r_netid.is_empty() => &Netid::ALL,
            Err(_) => &[],
        };
        self.unset(call, args.r_prog, args.r_vers, netids)
    }

    /// GETADDR and, where only the version asked for will do, GETVERSADDR.
    pub(super) fn address(
        &self,
        call: &Call<'_>,
        args: &Rpcb,
        exact: bool,
    ) -> Result<String, Fault> {
        // RFC 1833: `r_netid` does not count, the transport of the question does.
        let netid = Netid::of_peer(call.peer());
        let found = {
            let registry = self.registry();
            let entry = if exact {
                registry.get(args.r_prog, args.r_vers, netid)
            } else {
                registry.find(args.r_prog, args.r_vers, netid)
            };
            entry.map(|entry| entry.addr.clone())
        };
        self.stats().looked_up(call.version(), args.r_prog, args.r_vers, netid, found.is_some());
        let addr = found.map(|addr| reachable(&addr, call).to_string()).unwrap_or_default();
        let asked = xdr::encoded_len::<Rpcb, Rpcb>(args).unwrap_or_default();
        refuse_to_amplify::<Str, _>(call, asked, addr)
    }

    /// CALLIT of version 3, and BCAST.
    pub(super) fn callit_rpcb(
        &self,
        call: &Call<'_>,
        args: RpcbRmtcallargs,
    ) -> Result<RpcbRmtcallres, Fault> {
        let forward = forward(args);
        let outcome = Core::forward(self, call, &forward);
        let (addr, results) = or_silence(call, &forward, outcome)?;
        Ok(RpcbRmtcallres { addr: addr.to_string(), results })
    }

    /// INDIRECT: CALLIT that answers its failures.
    pub(super) fn indirect(
        &self,
        call: &Call<'_>,
        args: RpcbRmtcallargs,
    ) -> Result<RpcbRmtcallres, Fault> {
        let forward = forward(args);
        let asked = forward.args.len().saturating_add(16);
        match Core::forward(self, call, &forward) {
            Ok((addr, results)) => {
                let answer = RpcbRmtcallres { addr: addr.to_string(), results };
                refuse_to_amplify::<RpcbRmtcallres, _>(call, asked, answer)
            }
            Err(Undone::Refused(_)) => Err(Fault::Auth(AuthStat::TooWeak)),
            Err(Undone::Failed(error)) => {
                tracing::debug!(%error, "INDIRECT failed");
                Err(Fault::SystemErr)
            }
        }
    }

    /// DUMP of versions 3 and 4.
    pub(super) fn dump_rpcb(&self, call: &Call<'_>) -> Result<Vec<RpList>, Fault> {
        let list = self.registry().iter().map(|entry| RpList { rpcb_map: rpcb(entry) }).collect();
        refuse_to_amplify::<List<RpList>, _>(call, 0, list)
    }
}

fn forward(args: RpcbRmtcallargs) -> Forward {
    let RpcbRmtcallargs { prog: program, vers: version, proc: procedure, args } = args;
    Forward { program, version, procedure, args }
}

/// GETTIME.
pub(super) fn time() -> u32 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    // The protocol's seconds have 32 bits: they begin again in 2106.
    u32::try_from(since.as_secs() & u64::from(u32::MAX)).unwrap_or_default()
}

/// UADDR2TADDR: empty where it is no address of the transport that the question came by.
pub(super) fn to_netbuf(call: &Call<'_>, text: &str) -> Result<Netbuf, Fault> {
    let buf = Uaddr::parse(Netid::of_peer(call.peer()), text)
        .map(|addr| addr.to_sockaddr())
        .unwrap_or_default();
    let netbuf = Netbuf { maxlen: u32::try_from(buf.len()).unwrap_or_default(), buf };
    let asked = xdr::encoded_len::<Str, str>(text).unwrap_or_default();
    refuse_to_amplify::<Netbuf, _>(call, asked, netbuf)
}

/// TADDR2UADDR: empty where it is no address.
pub(super) fn from_netbuf(call: &Call<'_>, netbuf: &Netbuf) -> Result<String, Fault> {
    let text = Uaddr::from_sockaddr(&netbuf.buf).map(|addr| addr.to_string()).unwrap_or_default();
    let asked = xdr::encoded_len::<Netbuf, Netbuf>(netbuf).unwrap_or_default();
    refuse_to_amplify::<Str, _>(call, asked, text)
}

/// A registration as versions 3 and 4 show it.
fn rpcb(entry: &Registration) -> Rpcb {
    Rpcb {
        r_prog: entry.program,
        r_vers: entry.version,
        r_netid: entry.netid.name().to_owned(),
        r_addr: entry.addr.to_string(),
        r_owner: entry.owner.to_string(),
    }
}

/// `addr` as the caller reaches it: an address that stands for all of the machine's becomes the one he knows.
pub(super) fn reachable(addr: &Uaddr, call: &Call<'_>) -> Uaddr {
    let stands_for_all = addr.socket_addr().is_some_and(|addr| addr.ip().is_unspecified());
    if stands_for_all { addr.seen_at(own_address(call)) } else { addr.clone() }
}

/// The address of ours that the caller reaches: the one he called or, where the socket listens on all of them, the
/// one from which the way leads to him.
fn own_address(call: &Call<'_>) -> Option<IpAddr> {
    let called = call.local_addr().map(|addr| addr.ip()).filter(|ip| !ip.is_unspecified());
    called.or_else(|| call.peer().addr().and_then(source_towards))
}

/// The source address of a way to `peer`. Nothing is sent: connecting a datagram socket looks it up.
fn source_towards(peer: SocketAddr) -> Option<IpAddr> {
    let any: IpAddr = match peer {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect(peer).ok()?;
    socket.local_addr().ok().map(|addr| addr.ip())
}
