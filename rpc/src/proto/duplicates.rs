//! At most once: a server's memory of the calls it has answered.
//!
//! Over UDP a caller that hears nothing sends its call again, with the same transaction id; over TCP one may whose
//! connection has failed. Where the first one did arrive, running it twice would do its work twice; so its reply is
//! kept for a while and sent again instead.

use std::{
    collections::{HashMap, VecDeque},
    hash::{BuildHasher, RandomState},
    net::SocketAddr,
    time::{Duration, Instant},
};

/// How many bytes of a call go into its checksum, with its length: enough to tell calls apart that share an id by
/// accident. (A caller that uses an id again within `max_age` for a call which differs only behind these bytes is told
/// the first one's results.)
const SUMMED: usize = 1024;
/// What an entry costs besides its reply, at the most: slot in the map and place in the queue, either with as much
/// again that is free, and what the allocator takes.
const ENTRY_BYTES: usize = 320;

/// How much is remembered.
///
/// # Defaults
///
/// `max_bytes` 1 MiB, which is some 2,200 calls with replies of 150 bytes; `max_age` 60 s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DuplicateLimits {
    /// Memory for replies and their keys, taken as they come; the oldest go first, so that a busy server remembers less
    /// long than `max_age`. Calls under way are never forgotten, and may go beyond it: how many there can be, the pools
    /// say. 0 remembers nothing else.
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
    entries: HashMap<Key, Entry>,
    /// Those that were answered, and when: oldest first.
    answered: VecDeque<(Key, Instant)>,
    bytes: usize,
    serial: u64,
    /// The latest time that was heard of.
    now: Option<Instant>,
}

/// Names one call: who sent it, its id, and a keyed checksum of its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    peer: SocketAddr,
    xid: u32,
    sum: u64,
}

/// Stands for one run of a call: a copy that runs again, because the first run was forgotten, has another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ticket {
    key: Key,
    serial: u64,
}

#[derive(Debug)]
struct Entry {
    serial: u64,
    /// `None` while the call is under way.
    reply: Option<Box<[u8]>>,
}

/// What is known of a call that has just arrived.
#[derive(Debug, PartialEq, Eq)]
pub enum Seen<'c> {
    /// Nothing: run it, and then say [`Duplicates::finish`], or [`Duplicates::forget`].
    New(Ticket),
    /// It is under way, as this run: drop this copy.
    UnderWay(Ticket),
    /// It was answered so: send this again. Where it is empty, the call was run and had no reply: say nothing again.
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
            answered: VecDeque::new(),
            bytes: 0,
            serial: 0,
            now: None,
        }
    }

    /// Looks up a call, and notes it as under way where it is new.
    pub fn look(&mut self, peer: SocketAddr, xid: u32, message: &[u8], now: Instant) -> Seen<'_> {
        self.expire(now);
        let key = self.key(peer, xid, message);
        if let Some(serial) = self.entries.get(&key).map(|entry| entry.serial) {
            return match self.entries.get(&key).and_then(|entry| entry.reply.as_deref()) {
                Some(reply) => Seen::Answered(reply),
                None => Seen::UnderWay(Ticket { key, serial }),
            };
        }
        self.serial = self.serial.wrapping_add(1);
        let ticket = Ticket { key, serial: self.serial };
        self.entries.insert(key, Entry { serial: self.serial, reply: None });
        self.bytes = self.bytes.saturating_add(ENTRY_BYTES);
        self.shrink();
        Seen::New(ticket)
    }

    /// Notes how a call under way was answered: with nothing, where it has no reply.
    pub fn finish(&mut self, ticket: Ticket, reply: &[u8]) {
        let now = self.now;
        let Some((entry, now)) = self.under_way(ticket).zip(now) else { return };
        entry.reply = Some(reply.into());
        self.answered.push_back((ticket.key, now));
        self.bytes = self.bytes.saturating_add(reply.len());
        self.shrink();
    }

    /// Forgets a call under way that was not run, so that a copy is.
    pub fn forget(&mut self, ticket: Ticket) {
        if self.under_way(ticket).is_some() {
            self.remove(&ticket.key);
        }
    }

    fn under_way(&mut self, ticket: Ticket) -> Option<&mut Entry> {
        let is_it = |entry: &&mut Entry| entry.serial == ticket.serial && entry.reply.is_none();
        self.entries.get_mut(&ticket.key).filter(is_it)
    }

    /// The memory in use, in bytes, by estimate.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    fn key(&self, peer: SocketAddr, xid: u32, message: &[u8]) -> Key {
        let front = message.get(..SUMMED).unwrap_or(message);
        Key { peer, xid, sum: self.random.hash_one((front, message.len())) }
    }

    fn expire(&mut self, now: Instant) {
        self.now = self.now.max(Some(now));
        while let Some((_, since)) = self.answered.front()
            && now.saturating_duration_since(*since) > self.limits.max_age
        {
            self.forget_oldest();
        }
    }

    fn shrink(&mut self) {
        while self.bytes > self.limits.max_bytes && !self.answered.is_empty() {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some((key, _)) = self.answered.pop_front() {
            self.remove(&key);
        }
    }

    fn remove(&mut self, key: &Key) {
        if let Some(entry) = self.entries.remove(key) {
            let reply = entry.reply.map_or(0, |reply| reply.len());
            self.bytes = self.bytes.saturating_sub(reply.saturating_add(ENTRY_BYTES));
        }
    }
}
