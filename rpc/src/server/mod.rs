//! Servers: programs that answer calls.
//!
//! A [`Service`] is one version of one program, most often the dispatcher that rpcgen writes for a server trait.
//! A [`Server`] answers for several of them, over TCP and UDP, on one thread; services that block get threads of
//! their own ([`Builder::blocking_service`]).

mod adapters;
mod back;
mod builder;
mod busy;
mod call;
mod connection;
mod context;
mod core;
mod datagram;
mod exchange;
mod flavor;
mod interceptor;
mod limits;
mod listen;
#[cfg(feature = "metrics")]
mod metrics;
mod outgoing;
mod packet_info;
mod peers;
mod pool;
mod programs;
mod reactor;
mod repeats;
mod reply;
mod running;
mod serving;
mod shared;
mod signals;
mod stream;
mod tie;
mod timer;
mod udp;

pub use adapters::{Guarded, Idempotent, Layer, only_auth_sys, only_local, only_principals};
pub(crate) use back::Back;
pub use builder::{Builder, Pool, Server};
pub use call::{Args, Call, Peer, Results};
pub use core::{Core, StreamError};
pub use flavor::{Accepted, Claim, Flavor};
pub use interceptor::{Interceptor, Traced};
pub use limits::Limits;
#[cfg(feature = "metrics")]
pub use metrics::{Metrics, ProcedureMetrics};
pub use running::{Running, Stop};
pub use signals::stop_on_signals;

use crate::proto::AuthStat;

/// One version of one program.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a service",
    label = "neither a `Service` nor a `Layer`",
    note = "what implements a trait that rpcgen wrote (`FooV1`) is served in the struct of that name: `FooV1Server({Self})`"
)]
pub trait Service: Send + Sync + 'static {
    /// The program's number.
    fn program(&self) -> u32;

    /// The program's version.
    fn version(&self) -> u32;

    /// The program's name, for logs.
    fn name(&self) -> &'static str {
        ""
    }

    /// A procedure's name, for logs.
    fn procedure_name(&self, procedure: u32) -> Option<&'static str> {
        let _ = procedure;
        None
    }

    /// Whether a call that arrives twice may run twice. Where not (the default, but for NULL), the first reply is kept
    /// for a while and sent again: over UDP, and over TCP where [`Limits::stream_duplicates`] says so.
    fn is_idempotent(&self, procedure: u32) -> bool {
        procedure == 0
    }

    /// Answers one call: decodes its arguments, does its work, puts its results.
    ///
    /// # Errors
    ///
    /// A [`Fault`] is answered as RFC 5531 says; what was put until then is taken back.
    fn dispatch(
        &self,
        call: &Call<'_>,
        args: Args<'_>,
        results: &mut Results<'_>,
    ) -> Result<(), Fault>;

    /// Answers, at once, a call for which the service's [`Pool`] has no room.
    ///
    /// # Errors
    ///
    /// `SYSTEM_ERR`, unless the service has a better answer in its results.
    fn overloaded(
        &self,
        call: &Call<'_>,
        args: Args<'_>,
        results: &mut Results<'_>,
    ) -> Result<(), Fault> {
        let _ = (call, args, results);
        Err(Fault::SystemErr)
    }
}

/// Why a call has no results: what RFC 5531 lets a server say. What the application has to say of success and
/// failure belongs into its results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// `PROC_UNAVAIL`: there is no such procedure.
    ProcUnavail,
    /// `GARBAGE_ARGS`: the arguments cannot be decoded.
    GarbageArgs,
    /// `SYSTEM_ERR`: the server failed.
    SystemErr,
    /// `AUTH_ERROR`: the caller may not do this.
    Auth(AuthStat),
    /// No answer at all: to a call of a batch (RFC 5531 section 8), or where an answer would say too much.
    NoReply,
    /// No answer, as if the call had not come: it was not run, and a copy that comes later may be.
    Ignored,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::ProcUnavail => f.write_str("PROC_UNAVAIL"),
            Self::GarbageArgs => f.write_str("GARBAGE_ARGS"),
            Self::SystemErr => f.write_str("SYSTEM_ERR"),
            Self::Auth(stat) => f.write_str(stat.name()),
            Self::NoReply => f.write_str("no reply"),
            Self::Ignored => f.write_str("ignored"),
        }
    }
}

impl std::error::Error for Fault {}
