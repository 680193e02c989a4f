//! The service: every call that runs leaves its mark in the ledger.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sunrpc::server::{Args, Call, Fault, Results, Service};

use crate::{
    ledger::Ledger,
    order::{Order, PROGRAM, Receipt, VERSION, WORK, WORK_SILENTLY, filler},
};

/// The ledger of a run, in the hands of all its servers and of the simulation.
#[derive(Clone, Debug)]
pub(crate) struct Books(Arc<Mutex<Ledger>>);

impl Books {
    pub(crate) fn new(ledger: Ledger) -> Self {
        Self(Arc::new(Mutex::new(ledger)))
    }

    pub(crate) fn open(&self) -> MutexGuard<'_, Ledger> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One server's share.
#[derive(Debug)]
pub(crate) struct Works {
    pub(crate) server: usize,
    pub(crate) books: Books,
}

impl Service for Works {
    fn program(&self) -> u32 {
        PROGRAM
    }

    fn version(&self) -> u32 {
        VERSION
    }

    fn dispatch(
        &self,
        call: &Call<'_>,
        args: Args<'_>,
        results: &mut Results<'_>,
    ) -> Result<(), Fault> {
        let procedure = call.procedure();
        if ![WORK, WORK_SILENTLY].contains(&procedure) {
            return Err(Fault::ProcUnavail);
        }
        let order: Order = args.get()?;
        if order.load != filler(order.call, order.load.len()) {
            return Err(Fault::GarbageArgs);
        }
        let number = self.books.open().effect(self.server, order.call);
        if procedure == WORK_SILENTLY {
            return Err(Fault::NoReply);
        }
        results.put(&Receipt {
            call: order.call,
            number,
            load_len: u32::try_from(order.load.len()).map_err(|_| Fault::SystemErr)?,
            load: filler(order.call, order.answer_len as usize),
        })
    }
}
