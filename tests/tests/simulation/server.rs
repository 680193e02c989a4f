//! A server of datagrams: the project's `Core`, or one that takes its time.

use std::{collections::HashMap, net::SocketAddr, time::Instant};

use sunrpc::{
    proto::{DuplicateLimits, Duplicates, Seen, Ticket},
    server::{Core, Limits, Server},
};

use crate::{
    ledger::Violation,
    service::{Books, Works},
};

/// A core that remembers as much as `duplicates` allows.
pub(crate) fn core(server: usize, books: &Books, duplicates: DuplicateLimits) -> Core {
    let mut limits = Limits::default();
    limits.duplicates = duplicates;
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
        let forgetful = DuplicateLimits { max_bytes: 0, ..limits };
        Self {
            duplicates: Duplicates::new(limits),
            limits,
            core: core(server, books, forgetful),
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
