//! Version 4 (RPCBIND with more to ask).

use std::sync::Arc;

use sunrpc::{
    server::{Call, Fault},
    xdr::{self, FixedArray, List},
};

use super::{
    core::{Core, refuse_to_amplify},
    lookups::{self, reachable},
};
use crate::{
    Netid, Registration,
    rpcb::{
        Netbuf, RPCBVERS_STAT, RpList, Rpcb, RpcbEntry, RpcbEntryList, RpcbRmtcallargs,
        RpcbRmtcallres, RpcbStat, RpcbV4,
    },
};

pub(super) struct V4(pub(super) Arc<Core>);

impl RpcbV4 for V4 {
    fn set(&self, call: &Call<'_>, args: Rpcb) -> Result<bool, Fault> {
        self.0.set_rpcb(call, &args)
    }

    fn unset(&self, call: &Call<'_>, args: Rpcb) -> Result<bool, Fault> {
        self.0.unset_rpcb(call, &args)
    }

    fn getaddr(&self, call: &Call<'_>, args: Rpcb) -> Result<String, Fault> {
        self.0.address(call, &args, false)
    }

    fn dump(&self, call: &Call<'_>) -> Result<Vec<RpList>, Fault> {
        self.0.dump_rpcb(call)
    }

    fn bcast(&self, call: &Call<'_>, args: RpcbRmtcallargs) -> Result<RpcbRmtcallres, Fault> {
        self.0.callit_rpcb(call, args)
    }

    fn gettime(&self, _: &Call<'_>) -> Result<u32, Fault> {
        Ok(lookups::time())
    }

    fn uaddr2_taddr(&self, call: &Call<'_>, args: String) -> Result<Netbuf, Fault> {
        lookups::to_netbuf(call, &args)
    }

    fn taddr2_uaddr(&self, call: &Call<'_>, args: Netbuf) -> Result<String, Fault> {
        lookups::from_netbuf(call, &args)
    }

    fn indirect(&self, call: &Call<'_>, args: RpcbRmtcallargs) -> Result<RpcbRmtcallres, Fault> {
        self.0.indirect(call, args)
    }

    fn getversaddr(&self, call: &Call<'_>, args: Rpcb) -> Result<String, Fault> {
        self.0.address(call, &args, true)
    }

    /// Every transport of the family by which the question came.
    fn getaddrlist(&self, call: &Call<'_>, args: Rpcb) -> Result<Vec<RpcbEntryList>, Fault> {
        let netid = Netid::of_peer(call.peer());
        let family = netid.family();
        let list: Vec<RpcbEntryList> = {
            let registry = self.0.registry();
            Netid::ALL
                .into_iter()
                .filter(|netid| netid.family() == family)
                .filter_map(|netid| registry.get(args.r_prog, args.r_vers, netid))
                .map(|entry| RpcbEntryList { rpcb_entry_map: way_to(entry, call) })
                .collect()
        };
        let found = !list.is_empty();
        self.0.stats().looked_up(call.version(), args.r_prog, args.r_vers, netid, found);
        let asked = xdr::encoded_len::<Rpcb, Rpcb>(&args).unwrap_or_default();
        refuse_to_amplify::<List<RpcbEntryList>, _>(call, asked, list)
    }

    fn getstat(&self, call: &Call<'_>) -> Result<[RpcbStat; 3], Fault> {
        let stats = self.0.stats().to_xdr();
        refuse_to_amplify::<FixedArray<RpcbStat, RPCBVERS_STAT>, _>(call, 0, stats)
    }
}

fn way_to(entry: &Registration, call: &Call<'_>) -> RpcbEntry {
    RpcbEntry {
        r_maddr: reachable(&entry.addr, call).to_string(),
        r_nc_netid: entry.netid.name().to_owned(),
        r_nc_semantics: entry.netid.semantics(),
        r_nc_protofmly: entry.netid.family().to_owned(),
        r_nc_proto: entry.netid.proto().to_owned(),
    }
}
