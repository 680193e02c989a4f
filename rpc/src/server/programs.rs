//! From a message to its reply: the part of a server that needs no socket.

use std::{
    net::SocketAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Instant,
};

use super::{
    Accepted, Args, Call, Claim, Fault, Flavor, Interceptor, Peer, Results, Service,
    incoming::Incoming,
    interceptor::run_inside,
    reply::{Refusal, put_success},
    tie::Tie,
};
use crate::{
    proto::{AcceptStat, AuthStat, CallBody, CallHeader, Credentials, OpaqueAuth, OwnedAuth},
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
    pub(super) route: Route,
    /// When nobody waits for its reply any more.
    pub(super) deadline: Option<Instant>,
    /// To the connection it came over, or the UDP socket.
    pub(super) tie: Option<&'a Tie>,
}

/// A message whose header has been understood.
pub(super) struct Request<'a, 'p> {
    xid: u32,
    header: CallHeader<'a>,
    message: Incoming<'a>,
    args: Reader<'a>,
    /// The service it is for, where there is one.
    entry: Option<&'p Entry>,
}

impl Request<'_, '_> {
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
            (CallHeader::Call(body), Some(entry)) => entry.service.is_idempotent(body.procedure),
            _ => true,
        }
    }
}

/// A call whose caller was accepted.
struct Admitted<'r, 'a> {
    body: &'r CallBody<'a>,
    credentials: Credentials,
    /// What a flavor of the server's own has found.
    accepted: Option<Box<Accepted>>,
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
    pub(super) fn parse<'a>(&self, message: Incoming<'a>) -> Option<Request<'a, '_>> {
        let mut args = message.reader(self.decoding);
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

    /// Appends the reply to `request`; false where it gets none.
    pub(super) fn answer(
        &self,
        request: Request<'_, '_>,
        arrival: Arrival<'_>,
        way: Way,
        out: &mut Vec<u8>,
    ) -> bool {
        let Request { xid, header, message, args, entry } = request;
        let start = out.len();
        let admitted = self.admit(xid, &header, message, &arrival);
        let Admitted { body, credentials, accepted } = match admitted {
            Ok(admitted) => admitted,
            Err(refusal) => return refusal.put(xid, OpaqueAuth::NONE, out),
        };
        let verifier = accepted.as_ref().map(|accepted| &accepted.verifier);
        put_success(xid, verifier, out);
        let result = match entry {
            None => Err(self.absence(body)),
            Some(entry) => {
                let Arrival { route: Route { peer, local }, deadline, tie } = arrival;
                let (body, service) = (*body, &*entry.service);
                let principal = accepted.as_ref().map(|accepted| &*accepted.principal);
                let call =
                    Call { peer, local, xid, body, credentials, principal, deadline, tie, service };
                self.run(&call, Args::new(args), way, &mut Results::new(out)).map_err(Refusal::from)
            }
        };
        let Err(refusal) = result else { return true };
        out.truncate(start);
        refusal.put(xid, verifier.map_or(OpaqueAuth::NONE, OwnedAuth::as_ref), out)
    }

    /// Accepts the caller, or not.
    #[inline]
    fn admit<'r, 'a>(
        &self,
        xid: u32,
        header: &'r CallHeader<'a>,
        message: Incoming<'a>,
        arrival: &Arrival<'_>,
    ) -> Result<Admitted<'r, 'a>, Refusal> {
        let body = match header {
            CallHeader::Call(body) => body,
            CallHeader::BadAuth(stat) => return Err((*stat).into()),
            CallHeader::WrongRpcVersion(_) => return Err(Refusal::WRONG_VERSION),
        };
        let number = body.cred.flavor;
        if let Some(flavor) = self.flavors.iter().find(|flavor| flavor.number() == number) {
            let head = head(message.bytes(), &body.cred);
            let claim = Claim { peer: &arrival.route.peer, xid, body: *body, head };
            return Ok(admit_by(&**flavor, body, &claim)?);
        }
        Ok(Admitted { body, credentials: Credentials::check(&body.cred)?, accepted: None })
    }

    /// Runs a call inside the interceptors.
    #[inline]
    fn run(
        &self,
        call: &Call<'_>,
        args: Args<'_>,
        way: Way,
        results: &mut Results<'_>,
    ) -> Result<(), Fault> {
        if self.interceptors.is_empty() {
            return run_service(call, args, way, results);
        }
        let mut args = Some(args);
        let mut work = || match args.take() {
            Some(args) => run_service(call, args, way, results),
            None => Err(Fault::SystemErr),
        };
        let around = || run_inside(&self.interceptors, call, &mut work);
        catch_unwind(AssertUnwindSafe(around)).unwrap_or_else(|_| {
            tracing::error!(peer = %call.peer(), "interceptor panicked");
            Err(Fault::SystemErr)
        })
    }

    #[inline]
    fn find(&self, body: &CallBody<'_>) -> Option<&Entry> {
        let key = (body.program, body.version);
        let place = self.entries.binary_search_by_key(&key, Entry::key);
        self.entries.get(place.ok()?)
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
    args: Args<'_>,
    way: Way,
    results: &mut Results<'_>,
) -> Result<(), Fault> {
    let service = call.service;
    let work = || match way {
        Way::Dispatch => service.dispatch(call, args, results),
        Way::Overloaded => service.overloaded(call, args, results),
    };
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        tracing::error!(
            program = service.name(),
            procedure = service.procedure_name(call.procedure()).unwrap_or("?"),
            peer = %call.peer(),
            "handler panicked"
        );
        Err(Fault::SystemErr)
    })
}

/// Has a flavor of the server's own decide.
#[cold]
fn admit_by<'r, 'a>(
    flavor: &dyn Flavor,
    body: &'r CallBody<'a>,
    claim: &Claim<'_>,
) -> Result<Admitted<'r, 'a>, AuthStat> {
    let accepted = judge(flavor, claim)?;
    if !accepted.verifier.fits() {
        tracing::error!(flavor = flavor.number().0, "verifier longer than 400 bytes");
        return Err(AuthStat::Failed);
    }
    let credentials =
        Credentials::check(&body.cred).unwrap_or_else(|_| Credentials::Other(body.cred.into()));
    Ok(Admitted { body, credentials, accepted: Some(Box::new(accepted)) })
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
