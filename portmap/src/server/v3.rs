//! Version 3 (RPCBIND).

use std::sync::Arc;

use sunrpc::server::{Call, Fault};

use super::{core::Core, lookups};
use crate::rpcb::{Netbuf, RpList, Rpcb, RpcbRmtcallargs, RpcbRmtcallres, RpcbV3};

pub(super) struct V3(pub(super) Arc<Core>);

impl RpcbV3 for V3 {
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

    fn callit(&self, call: &Call<'_>, args: RpcbRmtcallargs) -> Result<RpcbRmtcallres, Fault> {
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
}
