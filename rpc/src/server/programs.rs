//! From a message to its reply: the part of a server that needs no socket.

use std::{
    net::SocketAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Instant,
};

use super::{
    Accepted, Args, Call, Claim, Fault, Flavor, Interceptor, Peer, Results, Service,
    interceptor::run_inside,
    reply::{Refusal, put_success},
    tie::Tie,
};
use crate::{
    incoming::Incoming,
    proto::{
        AcceptStat, AuthFlavor, AuthStat, CallBody, CallHeader, Credentials, OpaqueAuth, OwnedAuth,
    },
    xdr::{self, Reader},
};

/// The services of a server, by program and version.
pub(super) struct Programs {
    /// Sorted by program, then version.
    entries: Vec<Entry>,
    interceptors: Vec<Box<dyn Interceptor>>,
    flavors: Vec<Box<dyn Flavor>>,
    decoding: xdr::Limits,
}

pub(super) struct Entry {
    /// Program and version, asked once.
    key: (u32, u32),
    pub(super) service: Box<dyn Service>,
    /// The pool that runs it; `None` runs it on the reactor.
    pub(super) pool: Option<usize>,
}

impl Entry {
    pub(super) fn new(service: Box<dyn Service>, pool: Option<usize>) -> Self {
        Self { key: (service.program(), service.version()), service, pool }
    }

    /// Program and version.
    pub(super) const fn key(&self) -> (u32, u32) {
        self.key
    }
}

/// How a service is asked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// To do the work.
    Dispatch,
    /// To say that there is no room for the work.
    Overloaded,
}

/// Between whom a call goes.
#[derive(Clone, Copy)]
pub(super) struct Route {
    pub(super) peer: Peer,
    pub(super) local: Option<SocketAddr>,
}

/// How a call came, besides what it says of itself.
#[derive(Clone, Copy)]
pub(super) struct Arrival<'a> {
    pub(super) route: &'a Route,
    /// When nobody waits for its reply any more.
    pub(super) deadline: Option<Instant>,
    /// To the connection it came over, or the UDP socket.
    pub(super) tie: Option<&'a Tie>,
}

/// A message whose header has been understood.
pub(super) struct Request<'a> {
    xid: u32,
    header: CallHeader<'a>,
    message: Incoming<'a>,
    args: Reader<'a>,
    /// The service it is for, where there is one.
    entry: Option<&'a Entry>,
}

impl Request<'_> {
    pub(super) const fn xid(&self) -> u32 {
        self.xid
    }

    /// The pool that runs the call, where it has one.
    pub(super) fn pool(&self) -> Option<usize> {
        self.entry?.pool
    }

    /// Whether the call may run twice; one that no service runs may.
    pub(super) fn may_repeat(&self) -> bool {
        match (&self.header, self.entry) {
            (CallHeader::Call(body), Some(entry)) => {
                let ask = || entry.service.is_idempotent(body.procedure);
                // Who panics has not said so.
                catch_unwind(AssertUnwindSafe(ask)).unwrap_or(false)
            }
            _ => true,
        }
    }
}

/// A caller who was accepted.
pub(super) struct Caller {
    pub(super) credentials: Credentials,
    /// What a flavor of the server's own has found.
    pub(super) accepted: Option<Accepted>,
}

impl Programs {
    pub(super) fn new(
        mut entries: Vec<Entry>,
        interceptors: Vec<Box<dyn Interceptor>>,
        flavors: Vec<Box<dyn Flavor>>,
        decoding: xdr::Limits,
    ) -> Self {
        entries.sort_by_key(Entry::key);
        Self { entries, interceptors, flavors, decoding }
    }

    /// Understands a message's header; `None` where it is no call, and must not be answered.
    #[inline]
    pub(super) fn parse<'a>(&'a self, message: Incoming<'a>) -> Option<Request<'a>> {
        let mut args = message.reader(self.decoding);
        // What most calls have comes alone: where the two ways meet, all of a header is copied.
        let Some((xid, body)) = CallHeader::plain(&mut args) else {
            return self.parse_any(message, args);
        };
        let entry = self.find(&body);
        Some(Request { xid, header: CallHeader::Call(body), message, args, entry })
    }

    /// The same for a header of any kind.
    fn parse_any<'a>(&'a self, message: Incoming<'a>, mut args: Reader<'a>) -> Option<Request<'a>> {
        match CallHeader::decode(&mut args) {
            Ok((xid, header)) => {
                let entry = match &header {
                    CallHeader::Call(body) => self.find(body),
                    _ => None,
                };
                Some(Request { xid, header, message, args, entry })
            }
            Err(error) => {
                tracing::debug!(%error, "not a call");
                None
            }
        }
    }

    /// Puts the reply to `request` where its results go; false where it gets none.
    pub(super) fn answer(
        &self,
        request: &Request<'_>,
        arrival: &Arrival<'_>,
        way: Way,
        reply: &mut Results<'_>,
    ) -> bool {
        let (xid, start) = (request.xid, reply.out.len());
        let checked;
        let (body, caller) = match &request.header {
            CallHeader::Call(body) if self.is_anyones(body) => (body, None),
            _ => match self.check(request, arrival) {
                Ok((body, caller)) => {
                    checked = caller;
                    (body, Some(&checked))
                }
                Err(refusal) => return refusal.put(xid, OpaqueAuth::NONE, reply.out),
            },
        };
        let accepted = caller.and_then(|caller| caller.accepted.as_ref());
        let verifier = accepted.map(|accepted| &accepted.verifier);
        put_success(xid, verifier, reply.out);
        let refusal = match request.entry {
            None => self.absence(body),
            Some(Entry { service, .. }) => {
                let call = Call { xid, body, arrival, caller, service: &**service };
                match self.run(&call, &request.args, way, reply) {
                    Ok(()) => return true,
                    Err(fault) => {
                        reply.ran = fault != Fault::Ignored;
                        fault.into()
                    }
                }
            }
        };
        reply.take_back(start);
        refusal.put(xid, verifier.map_or(OpaqueAuth::NONE, OwnedAuth::as_ref), reply.out)
    }

    /// Whether a call needs no look at its credential: it is nobody's in particular.
    #[inline]
    fn is_anyones(&self, body: &CallBody<'_>) -> bool {
        body.cred.flavor == AuthFlavor::NONE && self.flavors.is_empty()
    }

    /// Looks at what a call says of its caller, or has a flavor of the server's own decide.
    fn check<'r, 'a>(
        &self,
        request: &'r Request<'a>,
        arrival: &Arrival<'_>,
    ) -> Result<(&'r CallBody<'a>, Caller), Refusal> {
        let body = match &request.header {
            CallHeader::Call(body) => body,
            CallHeader::BadAuth(stat) => return Err((*stat).into()),
            CallHeader::WrongRpcVersion(_) => return Err(Refusal::WRONG_VERSION),
        };
        let number = body.cred.flavor;
        let Some(flavor) = self.flavors.iter().find(|flavor| flavor.number() == number) else {
            let credentials = Credentials::check(&body.cred)?;
            return Ok((body, Caller { credentials, accepted: None }));
        };
        let head = head(request.message.bytes(), &body.cred);
        let claim = Claim { peer: &arrival.route.peer, xid: request.xid, body: *body, head };
        Ok((body, admit_by(&**flavor, &claim)?))
    }

    /// Runs a call inside the interceptors.
    #[inline]
    fn run(
        &self,
        call: &Call<'_>,
        args: &Reader<'_>,
        way: Way,
        results: &mut Results<'_>,
    ) -> Result<(), Fault> {
        if self.interceptors.is_empty() {
            return run_service(call, args, way, results);
        }
        let mut has_run = false;
        let mut work = || {
            if std::mem::replace(&mut has_run, true) {
                return Err(Fault::SystemErr);
            }
            run_service(call, args, way, results)
        };
        let around = || run_inside(&self.interceptors, call, &mut work);
        catch_unwind(AssertUnwindSafe(around)).unwrap_or_else(|_| {
            tracing::error!(peer = %call.peer(), "interceptor panicked");
            Err(Fault::SystemErr)
        })
    }

    /// One after the other: servers have few.
    #[inline]
    fn find(&self, body: &CallBody<'_>) -> Option<&Entry> {
        let key = (body.program, body.version);
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// Why there is no such program or version.
    fn absence(&self, body: &CallBody<'_>) -> Refusal {
        let mut versions = self
            .entries
            .iter()
            .map(Entry::key)
            .filter(|key| key.0 == body.program)
            .map(|key| key.1);
        Refusal::Failed(match versions.next() {
            Some(low) => {
                AcceptStat::ProgMismatch { low, high: versions.next_back().unwrap_or(low) }
            }
            None => AcceptStat::ProgUnavail,
        })
    }
}

/// Runs a handler; one that panics has failed, the server has not.
#[inline]
fn run_service(
    call: &Call<'_>,
    args: &Reader<'_>,
    way: Way,
    results: &mut Results<'_>,
) -> Result<(), Fault> {
    let service = call.service;
    let work = || {
        let args = Args::new(args.clone());
        match way {
            Way::Dispatch => service.dispatch(call, args, results),
            Way::Overloaded => service.overloaded(call, args, results),
        }
    };
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| panicked(call))
}

#[cold]
fn panicked(call: &Call<'_>) -> Result<(), Fault> {
    tracing::error!(
        program = call.program_name(),
        procedure = call.procedure_name().unwrap_or("?"),
        peer = %call.peer(),
        "handler panicked"
    );
    Err(Fault::SystemErr)
}

/// Has a flavor of the server's own decide.
fn admit_by(flavor: &dyn Flavor, claim: &Claim<'_>) -> Result<Caller, AuthStat> {
    let accepted = judge(flavor, claim)?;
    if !accepted.verifier.fits() {
        tracing::error!(flavor = flavor.number().0, "verifier longer than 400 bytes");
        return Err(AuthStat::Failed);
    }
    let cred = claim.body.cred;
    let credentials = Credentials::check(&cred).unwrap_or_else(|_| Credentials::Other(cred.into()));
    Ok(Caller { credentials, accepted: Some(accepted) })
}

/// Asks a flavor; one that panics accepts nobody.
fn judge(flavor: &dyn Flavor, claim: &Claim<'_>) -> Result<Accepted, AuthStat> {
    catch_unwind(AssertUnwindSafe(|| flavor.accept(claim))).unwrap_or_else(|_| {
        tracing::error!(flavor = flavor.number().0, peer = %claim.peer, "flavor panicked");
        Err(AuthStat::Failed)
    })
}

/// A message up to the end of its credential: six words, then flavor, length, and body with its padding.
fn head<'a>(message: &'a [u8], cred: &OpaqueAuth<'_>) -> &'a [u8] {
    const BEFORE_BODY: usize = 32;
    let end = BEFORE_BODY.saturating_add(cred.body.len().next_multiple_of(4));
    message.get(..end).unwrap_or(message)
}
