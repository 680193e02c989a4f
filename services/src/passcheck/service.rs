use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::atomic::{AtomicBool, Ordering},
};

use sunrpc::{
    Transport,
    proto::AuthStat,
    server::{Args, Call, Fault, Layer, Results, Service},
};

use super::Checker;
use crate::idl::passcheck::{
    Credentials, PASSCHECK_CHECK, PasscheckV1, PasscheckV1Server, Verdict,
};

/// The service `passcheck`. Its checks take long: give it a pool
/// ([`Builder::blocking_service`](sunrpc::server::Builder::blocking_service)), as a [`PasscheckServer`].
#[derive(Debug)]
pub struct Passcheck {
    checker: Checker,
    allow_remote: bool,
    warned: AtomicBool,
}

impl Passcheck {
    /// A service over these accounts. Unless `allow_remote`, calls from other machines are refused: their
    /// passwords have crossed the network for all to read.
    pub fn new(checker: Checker, allow_remote: bool) -> Self {
        Self { checker, allow_remote, warned: AtomicBool::new(false) }
    }

    fn refuse_remote(&self, call: &Call<'_>) -> Result<(), Fault> {
        if self.allow_remote || is_from_here(call) {
            return Ok(());
        }
        let from = call.peer();
        // Once for whoever keeps the service; then no stranger may fill the log.
        if self.warned.swap(true, Ordering::Relaxed) {
            tracing::debug!(%from, "refused a clear-text password from another machine");
        } else {
            tracing::warn!(
                %from,
                "refused a clear-text password from another machine (told once); --allow-remote takes them"
            );
        }
        Err(Fault::Auth(AuthStat::TooWeak))
    }
}

/// Over loopback, or over TCP from the address it came to: only this machine can answer there.
fn is_from_here(call: &Call<'_>) -> bool {
    let ip = |addr: Option<SocketAddr>| addr.map(|addr| addr.ip().to_canonical());
    let (peer, own) = (ip(call.peer().addr()), ip(call.local_addr()));
    call.peer().is_local()
        || (call.peer().transport() == Transport::Tcp && peer.is_some() && peer == own)
}

impl PasscheckV1 for Passcheck {
    fn check(&self, call: &Call<'_>, credentials: Credentials) -> Result<Verdict, Fault> {
        self.refuse_remote(call)?;
        let from = call.peer().addr().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |addr| addr.ip());
        // The store has told the log what is wrong.
        self.checker
            .check(&credentials.name, &credentials.password, from)
            .map_err(|_| Fault::SystemErr)
    }
}

/// The dispatcher of [`Passcheck`]: rpcgen's, which says `VERDICT_BUSY` when the pool is full.
#[derive(Debug)]
pub struct PasscheckServer(PasscheckV1Server<Passcheck>);

impl PasscheckServer {
    /// Serves this.
    pub fn new(passcheck: Passcheck) -> Self {
        Self(PasscheckV1Server(passcheck))
    }
}

impl Layer for PasscheckServer {
    type Inner = PasscheckV1Server<Passcheck>;

    fn inner(&self) -> &Self::Inner {
        &self.0
    }

    fn overloaded(
        &self,
        call: &Call<'_>,
        args: Args<'_>,
        results: &mut Results<'_>,
    ) -> Result<(), Fault> {
        if call.procedure() != PASSCHECK_CHECK {
            // What costs nothing is answered at once.
            return self.0.dispatch(call, args, results);
        }
        self.0.0.refuse_remote(call)?;
        args.get::<Credentials>()?;
        results.put(&Verdict::Busy)
    }
}
