//! Passing a call on: CALLIT, BCAST, INDIRECT.
//!
//! Whoever is passed on reaches a service from this machine's own address, however far away he is. So this is off
//! unless an operator wants it, and then the services that trust their own machine are left out.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use sunrpc::{
    Transport,
    client::{self, Client},
    server::{Call, Fault},
    xdr::{Opaque, Raw, encoded_len},
};

use super::core::{Core, fits_udp};
use crate::{Netid, Uaddr, own, rpcb::RPCBPROG};

/// How long a service may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// Calls passed on at once; so many threads may wait for services, the others look things up.
const MAX_AT_ONCE: usize = 4;
/// The longest arguments and results, in bytes: what a datagram carries without being cut in pieces.
const MAX_LEN: usize = 1400;
/// Programs that let their own machine do what they would not let others do, or answer with much: NFS, YP and what
/// belongs to them (ypserv, mountd, nfs, ypbind, yppasswdd, rquotad, nlockmgr, status, ypupdated, ypxfrd, nfs_acl,
/// fypxfrd).
const LEFT_OUT: [u32; 12] = [
    100_004,
    100_005,
    100_003,
    100_007,
    100_009,
    100_011,
    100_021,
    100_024,
    100_028,
    100_069,
    100_227,
    600_100_069,
];

/// Counts calls on their way.
#[derive(Debug, Default)]
pub(super) struct Forwarder {
    under_way: AtomicUsize,
}

/// A call to pass on.
#[derive(Debug)]
pub(super) struct Forward {
    pub(super) program: u32,
    pub(super) version: u32,
    pub(super) procedure: u32,
    pub(super) args: Vec<u8>,
}

/// What came of it: where the service is, and its results, encoded.
pub(super) type Forwarded = (Uaddr, Vec<u8>);

/// Why a call was not passed on, or not answered.
#[derive(Debug)]
pub(super) enum Undone {
    /// It is not to be passed on.
    Refused(&'static str),
    /// The service did not answer with results.
    Failed(client::Error),
}

impl Core {
    /// Passes a call on to a service of this machine, over UDP.
    pub(super) fn forward(&self, call: &Call<'_>, forward: &Forward) -> Result<Forwarded, Undone> {
        let outcome = self.try_forward(call, forward);
        let Forward { program, version, procedure, .. } = *forward;
        let called = (program, version, procedure);
        self.stats().passed_on(call, called, outcome.is_ok());
        if let Err(Undone::Refused(why)) = &outcome {
            let what = format_args!("call of procedure {procedure} not passed on: {why}");
            self.audit.refused(call, Some(program), Some(version), what);
        }
        outcome
    }

    fn try_forward(&self, call: &Call<'_>, forward: &Forward) -> Result<Forwarded, Undone> {
        let forwarder = self
            .forwarder
            .as_ref()
            .ok_or(Undone::Refused("it is not enabled (--enable-callit)"))?;
        let Forward { program, version, procedure, .. } = *forward;
        if program == RPCBPROG {
            return Err(Undone::Refused("it is for the portmapper itself"));
        }
        if procedure != 0 && LEFT_OUT.contains(&program) {
            return Err(Undone::Refused("it is for a program that trusts its own machine"));
        }
        if forward.args.len() > MAX_LEN || !forward.args.len().is_multiple_of(4) {
            return Err(Undone::Refused("its arguments are too long, or no XDR"));
        }
        let netid = match Netid::of_peer(call.peer()) {
            Netid::Udp6 | Netid::Tcp6 => Netid::Udp6,
            _ => Netid::Udp,
        };
        let addr = self.registry().get(program, version, netid).map(|entry| entry.addr.clone());
        let addr = addr
            .and_then(|addr| addr.socket_addr())
            .ok_or(Undone::Refused("the program is not registered over UDP"))?;
        let here = own::reachable(addr).ok_or(Undone::Refused("it is for another machine"))?;
        let _turn = forwarder.turn().ok_or(Undone::Refused("too many are under way"))?;
        let results = ask(here, forward).map_err(Undone::Failed)?;
        Ok((super::lookups::reachable(&addr.into(), call), results))
    }
}

/// What CALLIT and BCAST answer: results, or nothing at all.
pub(super) fn or_silence(
    call: &Call<'_>,
    forward: &Forward,
    outcome: Result<Forwarded, Undone>,
) -> Result<Forwarded, Fault> {
    let (addr, results) = outcome.map_err(|undone| match undone {
        Undone::Refused(_) => Fault::Ignored,
        Undone::Failed(_) => Fault::NoReply,
    })?;
    // Procedure, version, program and a length stand before the arguments; an address or a port before the results.
    let asked = forward.args.len().saturating_add(16);
    let answer = encoded_len::<Opaque, Vec<u8>>(&results)
        .unwrap_or(usize::MAX)
        .saturating_add(addr.to_string().len());
    if fits_udp(call, asked, answer) { Ok((addr, results)) } else { Err(Fault::NoReply) }
}

impl Forwarder {
    fn turn(&self) -> Option<Turn<'_>> {
        let turn = Turn(self);
        let before = self.under_way.fetch_add(1, Ordering::Relaxed);
        (before < MAX_AT_ONCE).then_some(turn)
    }
}

/// A place among those under way.
struct Turn<'f>(&'f Forwarder);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

fn ask(addr: SocketAddr, forward: &Forward) -> Result<Vec<u8>, client::Error> {
    let client = Client::builder().timeout(PATIENCE).connect(Transport::Udp, addr)?;
    let Forward { program, version, procedure, .. } = *forward;
    client.call_as::<Raw, Raw, Vec<u8>, Vec<u8>>(program, version, procedure, &forward.args)
}
