//! What a server does with calls that may come more than once, apart from the socket: each runs once.

use std::{borrow::Cow, net::SocketAddr, time::Instant};

use super::{programs::Request, reply::system_err};
use crate::proto::{DuplicateLimits, Duplicates, Seen, Ticket};

/// The longest datagram that UDP over IPv4 can carry.
const MAX_DATAGRAM: usize = 65_507;

pub(super) struct Exchange {
    duplicates: Duplicates,
}

/// What is to be done with a call.
pub(super) enum Plan<'e> {
    /// Nothing: it is under way, or was run and has no reply.
    Drop,
    /// Send this again.
    Replay(&'e [u8]),
    /// Run it, and say how it was answered, with its ticket where it has one.
    Run(Option<Ticket>),
}

impl Exchange {
    pub(super) fn new(limits: DuplicateLimits) -> Self {
        Self { duplicates: Duplicates::new(limits) }
    }

    /// Looks at a call.
    #[inline]
    pub(super) fn consider(
        &mut self,
        request: &Request<'_>,
        peer: SocketAddr,
        message: &[u8],
        now: Instant,
    ) -> Plan<'_> {
        if request.may_repeat() {
            return Plan::Run(None);
        }
        match self.duplicates.look(peer, request.xid(), message, now) {
            Seen::New(ticket) => Plan::Run(Some(ticket)),
            Seen::UnderWay(_) => Plan::Drop,
            Seen::Answered([]) => Plan::Drop,
            Seen::Answered(reply) => Plan::Replay(reply),
        }
    }

    /// [Settles](Self::settle) a call that came as a datagram. Says what goes out: an error, where the answer is too
    /// long for one.
    pub(super) fn conclude<'r>(
        &mut self,
        ticket: Option<Ticket>,
        reply: Option<&'r [u8]>,
        ran: bool,
    ) -> Option<Cow<'r, [u8]>> {
        let reply = reply.map(|reply| {
            if reply.len() <= MAX_DATAGRAM {
                return Cow::Borrowed(reply);
            }
            tracing::warn!(
                bytes = reply.len(),
                "reply too long for UDP; the caller should use TCP"
            );
            Cow::Owned(system_err(reply))
        });
        self.settle(ticket, reply.as_deref(), ran);
        reply
    }

    /// Remembers how a call was answered, if at all, or forgets it where it was not `ran`, so that a copy that comes
    /// later may find room.
    pub(super) fn settle(&mut self, ticket: Option<Ticket>, reply: Option<&[u8]>, ran: bool) {
        match ticket {
            Some(ticket) if ran => self.duplicates.finish(ticket, reply.unwrap_or_default()),
            Some(ticket) => self.duplicates.forget(ticket),
            None => {}
        }
    }
}
