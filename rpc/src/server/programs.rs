//! From a message to its reply: the part of a server that needs no socket.

use std::{
    net::SocketAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Instant,
};

use super::{
    Args, Call, Fault, Interceptor, Peer, Results, Service, interceptor::run_inside,
    presence::Absence,
};
use crate::{
    proto::{
        AcceptStat, AcceptedReply, AuthStat, CallBody, CallHeader, Credentials, MsgBody,
        OpaqueAuth, RPC_VERSION, RejectedReply, ReplyBody, RpcMsg,
    },
    xdr::{self, Reader, Sink},
};

/// The services of a server, by program and version.
pub(super) struct Programs {
    /// Sorted by program, then version.
    entries: Vec<Entry>,
    interceptors: Vec<Box<dyn Interceptor>>,
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
    /// Who knows whether its socket is gone, where that can happen while it runs.
    pub(super) absence: Option<&'a Absence>,
}

/// A message whose header has been understood.
pub(super) struct Request<'a, 'p> {
    xid: u32,
    header: CallHeader<'a>,
    args: Reader<'a>,
    /// The service it is for, where there is one.
    entry: Option<&'p Entry>,
}

impl<'p> Request<'_, 'p> {
    pub(super) const fn xid(&self) -> u32 {
        self.xid
    }

    /// The service that the call is for, where there is one that may run it.
    pub(super) const fn entry(&self) -> Option<&'p Entry> {
        self.entry
    }

    /// Whether the call may run twice; one that no service runs may.
    pub(super) fn may_repeat(&self) -> bool {
        match (&self.header, self.entry) {
            (CallHeader::Call(body), Some(entry)) => entry.service.is_idempotent(body.procedure),
            _ => true,
        }
    }
}

impl Programs {
    pub(super) fn new(
        mut entries: Vec<Entry>,
        interceptors: Vec<Box<dyn Interceptor>>,
        decoding: xdr::Limits,
    ) -> Self {
        entries.sort_by_key(Entry::key);
        Self { entries, interceptors, decoding }
    }

    /// Understands a message's header; `None` where it is no call, and must not be answered.
    #[inline]
    pub(super) fn parse<'a>(&self, message: &'a [u8]) -> Option<Request<'a, '_>> {
        let mut args = Reader::with_limits(message, self.decoding);
        match CallHeader::decode(&mut args) {
            Ok((xid, header)) => {
                let entry = match &header {
                    CallHeader::Call(body) => self.find(body),
                    _ => None,
                };
                Some(Request { xid, header, args, entry })
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
        let start = out.len();
        let xid = request.xid;
        out.extend_from_slice(&success(xid));
        let Err(refusal) = self.run(request, arrival, way, out) else { return true };
        out.truncate(start);
        if let Some(refusal) = refusal {
            put_refusal(xid, refusal, out);
        }
        refusal.is_some()
    }

    /// Runs a call; the error is the reply to one that is refused, if it gets one.
    fn run(
        &self,
        request: Request<'_, '_>,
        arrival: Arrival<'_>,
        way: Way,
        out: &mut Vec<u8>,
    ) -> Result<(), Option<ReplyBody<'static>>> {
        let Request { xid, header, args, entry } = request;
        let body = match header {
            CallHeader::Call(body) => body,
            CallHeader::BadAuth(stat) => return Err(Some(denied(stat))),
            CallHeader::WrongRpcVersion(_) => {
                let mismatch = RejectedReply::RpcMismatch { low: RPC_VERSION, high: RPC_VERSION };
                return Err(Some(ReplyBody::Denied(mismatch)));
            }
        };
        let credentials = Credentials::check(&body.cred).map_err(|stat| Some(denied(stat)))?;
        let entry = entry.ok_or_else(|| Some(accepted(self.absence(&body))))?;
        let Arrival { route: Route { peer, local }, deadline, absence } = arrival;
        let service = &*entry.service;
        let call = Call { peer, local, xid, body, credentials, deadline, absence, service };
        let results = &mut Results::new(out);
        if self.interceptors.is_empty() {
            return run_service(service, &call, Args::new(args), way, results).map_err(refusal);
        }
        let mut args = Some(Args::new(args));
        let mut work = || match args.take() {
            Some(args) => run_service(service, &call, args, way, results),
            None => Err(Fault::SystemErr),
        };
        run_inside(&self.interceptors, &call, &mut work).map_err(refusal)
    }

    #[inline]
    fn find(&self, body: &CallBody<'_>) -> Option<&Entry> {
        let key = (body.program, body.version);
        let place = self.entries.binary_search_by_key(&key, Entry::key);
        self.entries.get(place.ok()?)
    }

    /// Why there is no such program or version.
    fn absence(&self, body: &CallBody<'_>) -> AcceptStat {
        let mut versions = self
            .entries
            .iter()
            .map(Entry::key)
            .filter(|key| key.0 == body.program)
            .map(|key| key.1);
        match versions.next() {
            Some(low) => {
                AcceptStat::ProgMismatch { low, high: versions.next_back().unwrap_or(low) }
            }
            None => AcceptStat::ProgUnavail,
        }
    }
}

/// Runs a handler; one that panics has failed, the server has not.
#[inline]
fn run_service(
    service: &dyn Service,
    call: &Call<'_>,
    args: Args<'_>,
    way: Way,
    results: &mut Results<'_>,
) -> Result<(), Fault> {
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

/// The head of a successful reply: `MSG_ACCEPTED`, an empty verifier, `SUCCESS`.
#[inline]
fn success(xid: u32) -> [u8; 24] {
    let mut head = [0; 24];
    head[..4].copy_from_slice(&xid.to_be_bytes());
    head[7] = 1;
    head
}

fn put_refusal(xid: u32, refusal: ReplyBody<'static>, out: &mut Vec<u8>) {
    tracing::debug!(xid, ?refusal, "call refused");
    // Nothing in a refusal has a bound to exceed.
    let _ = out.put(&RpcMsg { xid, body: MsgBody::Reply(refusal) });
}

/// `SYSTEM_ERR` in place of `reply`.
pub(super) fn system_err(reply: &[u8]) -> Vec<u8> {
    let xid = Reader::new(reply).get().unwrap_or_default();
    let mut out = Vec::new();
    put_refusal(xid, accepted(AcceptStat::SystemErr), &mut out);
    out
}

/// The reply to a call that has a fault.
const fn refusal(fault: Fault) -> Option<ReplyBody<'static>> {
    Some(match fault {
        Fault::ProcUnavail => accepted(AcceptStat::ProcUnavail),
        Fault::GarbageArgs => accepted(AcceptStat::GarbageArgs),
        Fault::SystemErr => accepted(AcceptStat::SystemErr),
        Fault::Auth(stat) => denied(stat),
        Fault::NoReply => return None,
    })
}

const fn accepted(stat: AcceptStat) -> ReplyBody<'static> {
    ReplyBody::Accepted(AcceptedReply { verf: OpaqueAuth::NONE, stat })
}

const fn denied(stat: AuthStat) -> ReplyBody<'static> {
    ReplyBody::Denied(RejectedReply::AuthError(stat))
}
