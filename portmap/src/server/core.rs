//! What the three versions share.

use std::{
    io,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use sunrpc::{
    Transport,
    proto::AuthStat,
    server::{Call, Fault, Peer},
    xdr::{self, EncodeWith},
};

use super::{
    access::Policy,
    audit::Audit,
    callit::Forwarder,
    quota::{Sources, UdpQuota},
    stats::Stats,
};
use crate::{
    Netid, Owner, Refusal, Registration, Registry, RegistryLimits, Uaddr, process::Process,
    rpcb::RPCBPROG, state::StateFile,
};

/// The table, and what surrounds it.
#[derive(Debug)]
pub(super) struct Core {
    registry: Mutex<Registry>,
    stats: Mutex<Stats>,
    policy: Policy,
    /// Where the table is kept as well.
    state: Option<StateFile>,
    max_registrations: usize,
    sources: Mutex<Sources>,
    /// Whether what comes over `AF_UNIX` is bound to its process.
    pub(super) binds: bool,
    pub(super) audit: Audit,
    /// What passes calls on, where that is wanted.
    pub(super) forwarder: Option<Forwarder>,
}

/// What an operator has chosen.
#[derive(Debug, Default)]
pub(super) struct Options {
    pub(super) limits: RegistryLimits,
    pub(super) policy: Policy,
    pub(super) state: Option<PathBuf>,
    pub(super) quota: UdpQuota,
    pub(super) passes_calls_on: bool,
    pub(super) binds: bool,
}

/// What a caller wants registered, as far as it can be understood.
pub(super) struct Wanted {
    pub(super) program: u32,
    pub(super) version: u32,
    pub(super) netid: Option<Netid>,
    pub(super) addr: Option<Uaddr>,
}

/// Why a change was not made.
pub(super) enum Failure {
    /// The caller is told FALSE.
    Refused(Refusal),
    /// The caller is told that the portmapper failed.
    NotKept(io::Error),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Core {
    pub(super) fn new(options: Options) -> Self {
        Self {
            registry: Mutex::new(Registry::new(options.limits)),
            stats: Mutex::default(),
            policy: options.policy,
            state: options.state.map(StateFile::new),
            max_registrations: options.limits.max_registrations,
            audit: Audit::new(),
            sources: Mutex::new(Sources::new(options.quota)),
            binds: options.binds,
            forwarder: options.passes_calls_on.then(Forwarder::default),
        }
    }

    pub(super) fn registry(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn stats(&self) -> MutexGuard<'_, Stats> {
        self.stats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a call is to be answered: one from another machine over UDP only within that machine's quota.
    pub(super) fn is_within_quota(&self, peer: &Peer) -> bool {
        let Some(addr) = peer.addr() else { return true };
        if peer.transport() != Transport::Udp || peer.is_local() {
            return true;
        }
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        sources.allow(addr.ip(), Instant::now())
    }

    /// SET.
    pub(super) fn set(&self, call: &Call<'_>, wanted: Wanted) -> Result<bool, Fault> {
        let owner = self.changer(call)?;
        let Wanted { program, version, netid, addr } = wanted;
        let (Some(netid), Some(addr)) = (netid, addr.filter(|addr| addr.port() != Some(0))) else {
            let outcome = Err(Refusal::BadAddress.into());
            return self.conclude(call, "SET", [program, version], outcome);
        };
        let change = format!("SET of {netid} {addr}");
        let outcome = if self.policy.allows_port(call.peer(), &addr) {
            let process = self.binds_to(call.peer());
            self.register(Registration { program, version, netid, addr, owner }, process)
        } else {
            Err(Refusal::PrivilegedPort.into())
        };
        self.conclude(call, &change, [program, version], outcome)
    }

    /// UNSET over any of `netids`.
    pub(super) fn unset(
        &self,
        call: &Call<'_>,
        program: u32,
        version: u32,
        netids: &[Netid],
    ) -> Result<bool, Fault> {
        let by = self.changer(call)?;
        let outcome = self.take_back(program, version, netids, by);
        self.conclude(call, "UNSET", [program, version], outcome)
    }

    /// Makes sure that changes can be kept, where they are to be.
    pub(super) fn check_state(&self) -> io::Result<()> {
        self.state.as_ref().map_or(Ok(()), StateFile::check)
    }

    /// Registers again what the state file has kept; says how much of it was not registered.
    pub(super) fn recall(&self) -> io::Result<usize> {
        let Some(state) = &self.state else { return Ok(0) };
        let mut registry = self.registry();
        let mut count = 0_usize;
        for (registration, process) in state.load(self.max_registrations)? {
            let (program, vers) = (registration.program, registration.version);
            let netid = registration.netid;
            match registry.set(registration) {
                Ok(false) => {}
                Ok(true) => {
                    count = count.saturating_add(1);
                    registry.bind(program, vers, netid, process.filter(|_| self.binds));
                }
                Err(refusal) => {
                    tracing::warn!(program, vers, "not taken over from the state file: {refusal}");
                }
            }
        }
        Ok(count)
    }

    /// Drops a registration whose owner has died, unless it has changed meanwhile.
    pub(super) fn drop_dead(&self, dead: &Registration) -> io::Result<bool> {
        let Registration { program, version, netid, .. } = *dead;
        let mut registry = self.registry();
        if registry.get(program, version, netid) != Some(dead) {
            return Ok(false);
        }
        let removed = registry
            .unset(program, version, &[netid], Owner::ROOT)
            .map_err(|refusal| io::Error::other(refusal.to_string()))?;
        if let Err(error) = self.keep(&registry) {
            registry.put_back(removed);
            return Err(error);
        }
        Ok(true)
    }

    /// A registration is acknowledged once it is kept, or not made.
    ///
    /// A server that was started anew may find what it registered before: from then on it is bound to the new process.
    pub(super) fn register(
        &self,
        registration: Registration,
        process: Option<Process>,
    ) -> Result<(), Failure> {
        let Registration { program, version, netid, owner, .. } = registration;
        let mut registry = self.registry();
        self.make_way(&mut registry, program, version, netid).map_err(Failure::NotKept)?;
        let is_new = registry.set(registration)?;
        let is_his =
            registry.get(program, version, netid).is_some_and(|entry| entry.owner == owner);
        let before = registry.process(program, version, netid);
        let binds = is_his && process.is_some() && process != before;
        if binds {
            registry.bind(program, version, netid, process);
        }
        if (is_new || binds)
            && let Err(error) = self.keep(&registry)
        {
            if is_new {
                registry.forget(program, version, netid);
            } else {
                registry.bind(program, version, netid, before);
            }
            return Err(Failure::NotKept(error));
        }
        Ok(())
    }

    fn take_back(
        &self,
        program: u32,
        version: u32,
        netids: &[Netid],
        by: Owner,
    ) -> Result<(), Failure> {
        let mut registry = self.registry();
        let removed = registry.unset(program, version, netids, by)?;
        if let Err(error) = self.keep(&registry) {
            registry.put_back(removed);
            return Err(Failure::NotKept(error));
        }
        Ok(())
    }

    /// Writes the table to its file, where it has one.
    pub(super) fn keep(&self, registry: &Registry) -> io::Result<()> {
        let others = registry.bound().filter(|(entry, _)| entry.program != RPCBPROG);
        self.state.as_ref().map_or(Ok(()), |state| state.save(others))
    }

    /// Who changes the table by this call.
    fn changer(&self, call: &Call<'_>) -> Result<Owner, Fault> {
        self.policy.changer(call.peer()).ok_or_else(|| {
            let what = "SET and UNSET are taken over a loopback address or a socket in the file system only";
            self.audit.refused(call, None, None, what);
            Fault::Auth(AuthStat::TooWeak)
        })
    }

    fn conclude(
        &self,
        call: &Call<'_>,
        change: &str,
        [program, vers]: [u32; 2],
        outcome: Result<(), Failure>,
    ) -> Result<bool, Fault> {
        let peer = call.peer();
        match outcome {
            Ok(()) => {
                tracing::info!(%peer, program, vers, "{change}");
                self.stats().changed(call.version(), call.procedure());
                Ok(true)
            }
            // Servers take back what they never registered, to be sure: nothing to tell an auditor.
            Err(Failure::Refused(Refusal::Absent)) => {
                tracing::debug!(%peer, program, vers, "{change}: nothing there");
                Ok(false)
            }
            Err(Failure::Refused(refusal)) => {
                let what = format_args!("{change} refused: {refusal}");
                self.audit.refused(call, Some(program), Some(vers), what);
                Ok(false)
            }
            Err(Failure::NotKept(error)) => {
                tracing::error!(%peer, program, vers, %error, "{change} undone: the state file cannot be written");
                Err(Fault::SystemErr)
            }
        }
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
    if !must_be_short(call) {
        return Ok(results);
    }
    let answer = xdr::encoded_len::<C, R>(&results).map_err(|_| Fault::SystemErr)?;
    if fits_udp(call, args_len, answer) {
        return Ok(results);
    }
    tracing::debug!(peer = %call.peer(), procedure = call.procedure(), "withheld: longer than the question; the caller should use TCP");
    Err(Fault::Auth(AuthStat::TooWeak))
}

/// Whether an answer may go where its question came from.
pub(super) fn fits_udp(call: &Call<'_>, args_len: usize, results_len: usize) -> bool {
    !must_be_short(call)
        || HEADERS.1.saturating_add(results_len) <= HEADERS.0.saturating_add(args_len)
}

/// Whether a call may have come from anywhere.
fn must_be_short(call: &Call<'_>) -> bool {
    call.peer().transport() == Transport::Udp && !call.peer().is_local()
}
