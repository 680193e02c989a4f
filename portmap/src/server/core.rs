//! What the three versions share.

use std::sync::{Mutex, MutexGuard, PoisonError};

use sunrpc::{
    Transport,
    proto::AuthStat,
    server::{Call, Fault},
    xdr::{self, EncodeWith},
};

use super::{access::Policy, stats::Stats};
use crate::{Netid, Refusal, Registration, Registry, Uaddr};

/// The table, and what surrounds it.
#[derive(Debug)]
pub(super) struct Core {
    registry: Mutex<Registry>,
    stats: Mutex<Stats>,
    policy: Policy,
}

/// What a caller wants registered, as far as it can be understood.
pub(super) struct Wanted {
    pub(super) program: u32,
    pub(super) version: u32,
    pub(super) netid: Option<Netid>,
    pub(super) addr: Option<Uaddr>,
}

impl Core {
    pub(super) fn new(registry: Registry, policy: Policy) -> Self {
        Self { registry: Mutex::new(registry), stats: Mutex::default(), policy }
    }

    pub(super) fn registry(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn stats(&self) -> MutexGuard<'_, Stats> {
        self.stats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// SET.
    pub(super) fn set(&self, call: &Call<'_>, wanted: Wanted) -> Result<bool, Fault> {
        let owner = self.policy.changer(call)?;
        let Wanted { program, version, netid, addr } = wanted;
        let outcome = match (netid, addr) {
            (Some(netid), Some(addr)) if addr.port() != Some(0) => {
                if self.policy.allows_port(call.peer(), &addr) {
                    let registration = Registration { program, version, netid, addr, owner };
                    self.registry().set(registration)
                } else {
                    Err(Refusal::PrivilegedPort)
                }
            }
            _ => Err(Refusal::BadAddress),
        };
        Ok(self.concluded(call, "SET", program, version, outcome))
    }

    /// UNSET over any of `netids`.
    pub(super) fn unset(
        &self,
        call: &Call<'_>,
        program: u32,
        version: u32,
        netids: &[Netid],
    ) -> Result<bool, Fault> {
        let by = self.policy.changer(call)?;
        let outcome = self.registry().unset(program, version, netids, by).map(drop);
        Ok(self.concluded(call, "UNSET", program, version, outcome))
    }

    fn concluded(
        &self,
        call: &Call<'_>,
        change: &'static str,
        program: u32,
        vers: u32,
        outcome: Result<(), Refusal>,
    ) -> bool {
        let peer = call.peer();
        match outcome {
            Ok(()) => tracing::info!(%peer, program, vers, "{change}"),
            // Servers take back what they never registered, to be sure: nothing to tell an auditor.
            Err(Refusal::Absent) => {
                tracing::debug!(%peer, program, vers, "{change}: nothing there")
            }
            Err(refusal) => {
                tracing::warn!(target: "portmap::audit", %peer, program, vers, "{change} refused: {refusal}");
            }
        }
        if outcome.is_ok() {
            self.stats().changed(call.version(), call.procedure());
        }
        outcome.is_ok()
    }
}

/// The length of a call's header without credentials, and of the header of its reply.
const HEADERS: (usize, usize) = (40, 24);

/// Withholds from other machines what over UDP would be longer than its question: a caller who forges his address
/// must not be able to flood another with it. Over TCP he gets it.
pub(super) fn refuse_to_amplify<C, R>(
    call: &Call<'_>,
    args_len: usize,
    results: R,
) -> Result<R, Fault>
where
    C: EncodeWith<R> + ?Sized,
{
    if call.peer().transport() != Transport::Udp || call.peer().is_local() {
        return Ok(results);
    }
    let question = HEADERS.0.saturating_add(args_len);
    let answer = xdr::encoded_len::<C, R>(&results).map_err(|_| Fault::SystemErr)?;
    if HEADERS.1.saturating_add(answer) <= question {
        return Ok(results);
    }
    tracing::debug!(peer = %call.peer(), procedure = call.procedure(), "withheld: longer than the question; the caller should use TCP");
    Err(Fault::Auth(AuthStat::TooWeak))
}
