//! A server: the project's `Core`, or one of datagrams that takes its time.

use std::{
    collections::HashMap,
    net::SocketAddr,
    time::{Duration, Instant},
};

use sunrpc::{
    proto::{DuplicateLimits, Duplicates, Seen, Ticket},
    server::{Core, Limits, Server},
};

use crate::{
    ledger::Violation,
    service::{Books, Works},
};

/// Nothing is remembered of calls.
pub(crate) const FORGETFUL: DuplicateLimits =
    DuplicateLimits { max_bytes: 0, max_age: Duration::from_secs(60) };

/// A core that remembers as much of datagrams, and of what comes over streams.
pub(crate) fn core(
    server: usize,
    books: &Books,
    datagrams: DuplicateLimits,
    streams: DuplicateLimits,
) -> Core {
    let mut limits = Limits::default();
    (limits.duplicates, limits.stream_duplicates) = (datagrams, streams);
    Server::builder().service(Works { server, books: books.clone() }).limits(limits).core()
}

/// What becomes of a datagram that has arrived.
pub(crate) enum Arrival {
    /// Nothing, or nothing yet.
    Dropped,
    /// It is answered at once.
    Answered,
    /// It is being worked on under this number.
    Begun(u64),
}

/// What a call under way may cost.
const UNDER_WAY: usize = 320;

/// A server whose calls take a while, as those in a pool of threads do: copies arrive while it works.
pub(crate) struct Slow {
    duplicates: Duplicates,
    limits: DuplicateLimits,
    /// Does the work, and remembers nothing.
    core: Core,
    under_way: HashMap<u64, (Ticket, SocketAddr, Vec<u8>)>,
    begun: u64,
}

impl Slow {
    pub(crate) fn new(server: usize, books: &Books, limits: DuplicateLimits) -> Self {
        Self {
            duplicates: Duplicates::new(limits),
            limits,
            core: core(server, books, FORGETFUL, FORGETFUL),
            under_way: HashMap::new(),
            begun: 0,
        }
    }

    pub(crate) fn take(
        &mut self,
        peer: SocketAddr,
        message: &[u8],
        now: Instant,
        out: &mut Vec<u8>,
    ) -> Arrival {
        let Some(xid) = message.first_chunk() else { return Arrival::Dropped };
        match self.duplicates.look(peer, u32::from_be_bytes(*xid), message, now) {
            Seen::UnderWay(_) => Arrival::Dropped,
            Seen::Answered(reply) => {
                out.extend_from_slice(reply);
                Arrival::Answered
            }
            Seen::New(ticket) => {
                self.begun += 1;
                self.under_way.insert(self.begun, (ticket, peer, message.to_vec()));
                Arrival::Begun(self.begun)
            }
        }
    }

    /// The work is done; the reply goes to `out`. Or there was no room for it: then a copy may try again.
    pub(crate) fn finish(&mut self, number: u64, no_room: bool, now: Instant, out: &mut Vec<u8>) {
        let (ticket, peer, message) = self.under_way.remove(&number).expect("a call under way");
        if no_room {
            self.duplicates.forget(ticket);
            return;
        }
        self.core.datagram(peer, &message, now, out);
        self.duplicates.finish(ticket, out);
    }

    /// At the end, when everything has been forgotten: a call that is new then is all there is.
    pub(crate) fn check_given_back(&mut self, now: Instant) -> Result<(), Violation> {
        let nobody = ([0, 0, 0, 0], 0).into();
        let later = now + self.limits.max_age * 2;
        self.duplicates.look(nobody, 0, &[], later);
        match self.duplicates.bytes() {
            0..1000 => Ok(()),
            bytes => Err(Violation::NotGivenBack { bytes }),
        }
    }

    pub(crate) fn check(&self) -> Result<(), Violation> {
        // Calls under way are never forgotten.
        let most = self.limits.max_bytes.max(self.under_way.len() * UNDER_WAY);
        let bytes = self.duplicates.bytes();
        if bytes > most { Err(Violation::CacheTooLarge { bytes }) } else { Ok(()) }
    }
}
