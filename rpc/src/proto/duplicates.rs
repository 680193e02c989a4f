//! At most once: a server's memory of the calls it has answered.
//!
//! Over UDP a caller that hears nothing sends its call again, with the same transaction id. Where the first one did
//! arrive, running it twice would do its work twice; so its reply is kept for a while and sent again instead.

use std::{
    collections::{HashMap, VecDeque},
    hash::{BuildHasher, RandomState},
    net::SocketAddr,
    time::{Duration, Instant},
};

/// How many bytes of a call go into its checksum: enough to tell calls apart that share an id by accident.
const SUMMED: usize = 1024;
/// What an entry costs besides its reply, by estimate: key, map slot, place in the queue.
const ENTRY_BYTES: usize = 160;

/// How much is remembered.
///
/// # Defaults
///
/// `max_bytes` 1 MiB; `max_age` 60 s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DuplicateLimits {
    /// Memory for replies and their keys; the oldest go first. 0 remembers nothing.
    pub max_bytes: usize,
    /// How long a reply is kept: longer than a caller goes on sending.
    pub max_age: Duration,
}

impl Default for DuplicateLimits {
    fn default() -> Self {
        Self { max_bytes: 1 << 20, max_age: Duration::from_secs(60) }
    }
}

/// The cache.
#[derive(Debug)]
pub struct Duplicates {
    limits: DuplicateLimits,
    random: RandomState,
    entries: HashMap<Ticket, Entry>,
    /// Oldest first, and what `ENTRY_BYTES` is charged for. Where `born` differs, the entry was replaced since.
    order: VecDeque<(Ticket, Instant)>,
    bytes: usize,
}

/// Names one call: who sent it, its id, and a keyed checksum of its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ticket {
    peer: SocketAddr,
    xid: u32,
    sum: u64,
}

#[derive(Debug)]
struct Entry {
    born: Instant,
    /// `None` while the call is under way.
    reply: Option<Box<[u8]>>,
}

/// What is known of a call that has just arrived.
#[derive(Debug, PartialEq, Eq)]
pub enum Seen<'c> {
    /// Nothing: run it, and then say [`Duplicates::finish`].
    New(Ticket),
    /// It is under way: drop this copy.
    UnderWay,
    /// It was answered so: send this again.
    Answered(&'c [u8]),
}

impl Duplicates {
    /// An empty cache.
    #[must_use]
    pub fn new(limits: DuplicateLimits) -> Self {
        Self {
            limits,
            random: RandomState::new(),
            entries: HashMap::new(),
            order: VecDeque::new(),
            bytes: 0,
        }
    }

    /// Looks up a call, and notes it as under way where it is new.
    pub fn look(&mut self, peer: SocketAddr, xid: u32, message: &[u8], now: Instant) -> Seen<'_> {
        self.expire(now);
        let ticket = self.ticket(peer, xid, message);
        if self.entries.contains_key(&ticket) {
            return match self.entries.get(&ticket).and_then(|entry| entry.reply.as_deref()) {
                Some(reply) => Seen::Answered(reply),
                None => Seen::UnderWay,
            };
        }
        self.entries.insert(ticket, Entry { born: now, reply: None });
        self.order.push_back((ticket, now));
        self.bytes = self.bytes.saturating_add(ENTRY_BYTES);
        self.shrink();
        Seen::New(ticket)
    }

    /// Notes how a call was answered; `None` forgets it, so that a copy runs again.
    pub fn finish(&mut self, ticket: Ticket, reply: Option<&[u8]>) {
        match reply {
            Some(reply) => {
                if let Some(entry) = self.entries.get_mut(&ticket) {
                    self.bytes = self.bytes.saturating_add(reply.len());
                    entry.reply = Some(reply.into());
                }
                self.shrink();
            }
            None => self.remove(&ticket),
        }
    }

    /// The memory in use, in bytes, by estimate.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    fn ticket(&self, peer: SocketAddr, xid: u32, message: &[u8]) -> Ticket {
        let front = message.get(..SUMMED).unwrap_or(message);
        Ticket { peer, xid, sum: self.random.hash_one((front, message.len())) }
    }

    fn expire(&mut self, now: Instant) {
        while let Some((ticket, born)) = self.order.front().copied()
            && now.saturating_duration_since(born) > self.limits.max_age
        {
            self.forget_oldest(&ticket, born);
        }
    }

    fn shrink(&mut self) {
        while self.bytes > self.limits.max_bytes
            && let Some((ticket, born)) = self.order.front().copied()
        {
            self.forget_oldest(&ticket, born);
        }
    }

    fn forget_oldest(&mut self, ticket: &Ticket, born: Instant) {
        self.order.pop_front();
        self.bytes = self.bytes.saturating_sub(ENTRY_BYTES);
        if self.entries.get(ticket).is_some_and(|entry| entry.born == born) {
            self.remove(ticket);
        }
    }

    fn remove(&mut self, ticket: &Ticket) {
        if let Some(entry) = self.entries.remove(ticket) {
            self.bytes = self.bytes.saturating_sub(entry.reply.map_or(0, |reply| reply.len()));
        }
    }
}
