//! Counts calls on their way to a service, and says which of them may run twice.

use std::sync::Arc;

use sunrpc::server::{Args, Call, Fault, Layer, Results, Service};

use super::core::Core;
use crate::rpcb::{RPCBPROC_CALLIT, RPCBPROC_INDIRECT, RPCBPROC_SET, RPCBPROC_UNSET};

/// A version of the portmapper as the server sees it.
pub(super) struct Metered<S> {
    service: S,
    core: Arc<Core>,
}

impl<S> Metered<S> {
    pub(super) fn new(service: S, core: &Arc<Core>) -> Self {
        Self { service, core: Arc::clone(core) }
    }
}

impl<S: Service> Layer for Metered<S> {
    type Inner = S;

    fn inner(&self) -> &S {
        &self.service
    }

    /// Lookups may; they are most of the calls, and to remember each would cost more than to answer it again. So may
    /// calls that are not passed on.
    fn is_idempotent(&self, procedure: u32) -> bool {
        match procedure {
            RPCBPROC_SET | RPCBPROC_UNSET => false,
            RPCBPROC_CALLIT | RPCBPROC_INDIRECT => self.core.forwarder.is_none(),
            _ => true,
        }
    }

    fn dispatch(
        &self,
        call: &Call<'_>,
        args: Args<'_>,
        results: &mut Results<'_>,
    ) -> Result<(), Fault> {
        if !self.core.is_within_quota(call.peer()) {
            self.core.stats().ignored();
            return Err(Fault::Ignored);
        }
        self.core.stats().called(call.version(), call.procedure());
        self.service.dispatch(call, args, results)
    }
}
