//! At most once over TCP: a caller whose connection has failed may come back over another, with the call that he does
//! not know the fate of.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use super::{Peer, pool::Origin, programs::Request};
use crate::proto::{DuplicateLimits, Duplicates, Seen, Ticket};

/// The memory of all reactors: nobody knows at which of them a caller comes back.
pub(super) struct Repeats {
    state: Mutex<State>,
}

struct State {
    duplicates: Duplicates,
    /// Who is to hear of a call under way, besides the connection it came over: at most one for each such call.
    waiting: HashMap<Ticket, Waiting>,
}

/// A connection whose caller waits for a call that came over another.
#[derive(Clone, Copy)]
pub(super) struct Waiting {
    pub(super) lane: usize,
    pub(super) origin: Origin,
}

/// What is known of a call.
pub(super) enum Repeat {
    /// It may run as often as it comes.
    Harmless,
    /// Nothing: run it, and then [`settle`](Repeats::settle).
    New(Ticket),
    /// It is under way: who sent it again will hear, in place of who did before.
    UnderWay { instead_of: Option<Waiting> },
    /// It was answered so.
    Answered(Vec<u8>),
    /// It was run, and has no reply.
    Silent,
}

impl Repeats {
    /// `None` where nothing is to be remembered.
    pub(super) fn new(limits: DuplicateLimits) -> Option<Self> {
        let state = State { duplicates: Duplicates::new(limits), waiting: HashMap::new() };
        (limits.max_bytes > 0).then(|| Self { state: Mutex::new(state) })
    }

    /// Looks at a call that `again` has sent.
    pub(super) fn look(
        &self,
        request: &Request<'_>,
        peer: &Peer,
        message: &[u8],
        now: Instant,
        again: Waiting,
    ) -> Repeat {
        let Some(addr) = peer.addr().filter(|_| !request.may_repeat()) else {
            return Repeat::Harmless;
        };
        // Who comes back comes from another port.
        let caller = SocketAddr::new(addr.ip(), 0);
        let State { duplicates, waiting } = &mut *self.lock();
        match duplicates.look(caller, request.xid(), message, now) {
            Seen::New(ticket) => Repeat::New(ticket),
            Seen::Answered([]) => Repeat::Silent,
            Seen::Answered(reply) => Repeat::Answered(reply.to_vec()),
            Seen::UnderWay(ticket) => {
                Repeat::UnderWay { instead_of: waiting.insert(ticket, again) }
            }
        }
    }

    /// Remembers how a call was answered, or forgets it where it was not run, and says who else waits for it.
    pub(super) fn settle(
        &self,
        ticket: Ticket,
        reply: Option<&[u8]>,
        ran: bool,
    ) -> Option<Waiting> {
        let State { duplicates, waiting } = &mut *self.lock();
        if ran {
            duplicates.finish(ticket, reply.unwrap_or_default());
        } else {
            duplicates.forget(ticket);
        }
        waiting.remove(&ticket)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
