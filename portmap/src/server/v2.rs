//! Version 2: ports of TCP and UDP over IPv4.

use std::{net::Ipv4Addr, sync::Arc};

use sunrpc::{
    server::{Call, Fault},
    xdr::List,
};

use super::{
    callit::{Forward, or_silence},
    core::{Core, Wanted, refuse_to_amplify},
};
use crate::{
    Netid, Registration, Uaddr,
    pmap::{CallArgs, CallResult, Mapping, PmapV2, Pmaplist},
};

/// What version 2 can speak of.
const NETIDS: [Netid; 2] = [Netid::Tcp, Netid::Udp];

pub(super) struct V2(pub(super) Arc<Core>);

impl PmapV2 for V2 {
    fn set(&self, call: &Call<'_>, map: Mapping) -> Result<bool, Fault> {
        let addr = u16::try_from(map.port)
            .ok()
            .map(|port| Uaddr::Inet((Ipv4Addr::UNSPECIFIED, port).into()));
        let netid = Netid::from_protocol(map.prot);
        self.0.set(call, Wanted { program: map.prog, version: map.vers, netid, addr })
    }

    fn unset(&self, call: &Call<'_>, map: Mapping) -> Result<bool, Fault> {
        self.0.unset(call, map.prog, map.vers, &NETIDS)
    }

    fn getport(&self, call: &Call<'_>, map: Mapping) -> Result<u32, Fault> {
        let Some(netid) = Netid::from_protocol(map.prot) else { return Ok(0) };
        let port = {
            let registry = self.0.registry();
            registry.find(map.prog, map.vers, netid).and_then(|entry| entry.addr.port())
        };
        self.0.stats().looked_up(call.version(), map.prog, map.vers, netid, port.is_some());
        Ok(port.map_or(0, u32::from))
    }

    fn dump(&self, call: &Call<'_>) -> Result<Vec<Pmaplist>, Fault> {
        let list =
            self.0.registry().iter().filter_map(mapping).map(|map| Pmaplist { map }).collect();
        refuse_to_amplify::<List<Pmaplist>, _>(call, 0, list)
    }

    fn callit(&self, call: &Call<'_>, args: CallArgs) -> Result<CallResult, Fault> {
        let CallArgs { prog: program, vers: version, proc: procedure, args } = args;
        let forward = Forward { program, version, procedure, args };
        let outcome = self.0.forward(call, &forward);
        let (addr, res) = or_silence(call, &forward, outcome)?;
        Ok(CallResult { port: addr.port().map_or(0, u32::from), res })
    }
}

/// A registration as version 2 shows it; `None` where it cannot.
fn mapping(entry: &Registration) -> Option<Mapping> {
    Some(Mapping {
        prog: entry.program,
        vers: entry.version,
        prot: entry.netid.protocol()?,
        port: entry.addr.port()?.into(),
    })
}
