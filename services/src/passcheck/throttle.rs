//! How often a password may be tried.

use std::{
    collections::HashMap,
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How many tries there are at once, and how soon one more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThrottleLimits {
    /// Failed tries at one name in a row, from wherever they come, before it waits.
    ///
    /// # Default
    /// 10.
    pub account_tries: u32,
    /// After this long there is one more.
    ///
    /// # Default
    /// 10 seconds.
    pub account_interval: Duration,
    /// Failed tries from one address (one /64 of IPv6) in a row, at whatever names.
    ///
    /// # Default
    /// 60.
    pub address_tries: u32,
    /// After this long there is one more.
    ///
    /// # Default
    /// 1 second.
    pub address_interval: Duration,
    /// Names and addresses remembered, each; an entry takes at most some 200 bytes, so 1.6 MB by default.
    ///
    /// # Default
    /// 4096.
    pub max_entries: usize,
}

impl Default for ThrottleLimits {
    fn default() -> Self {
        Self {
            account_tries: 10,
            account_interval: Duration::from_secs(10),
            address_tries: 60,
            address_interval: Duration::from_secs(1),
            max_entries: 4096,
        }
    }
}

/// Counts tries by name and by address. A name counts whether or not there is such an account.
#[derive(Debug)]
pub struct Throttle {
    tables: Mutex<Tables>,
}

#[derive(Debug)]
struct Tables {
    accounts: Table<String>,
    addresses: Table<IpAddr>,
}

impl Throttle {
    /// Nothing was tried yet.
    pub fn new(limits: ThrottleLimits) -> Self {
        let accounts =
            Table::new(limits.account_tries, limits.account_interval, limits.max_entries);
        let addresses =
            Table::new(limits.address_tries, limits.address_interval, limits.max_entries);
        Self { tables: Mutex::new(Tables { accounts, addresses }) }
    }

    /// Whether one more may be tried. It counts as failed until [`granted`](Self::granted), so that tries
    /// side by side gain nothing.
    pub fn admit(&self, name: &str, address: IpAddr, now: Instant) -> bool {
        let address = network_of(address);
        self.with(|tables| {
            // An address that must wait does not use up a name's tries.
            tables.addresses.may(&address, now) && tables.accounts.may(name, now) && {
                tables.addresses.count(address, now);
                tables.accounts.count(name.to_owned(), now);
                true
            }
        })
    }

    /// That try succeeded: the name begins anew, the address gets its try back.
    pub fn granted(&self, name: &str, address: IpAddr) {
        self.with(|tables| {
            tables.accounts.forget(name);
            tables.addresses.give_back(&network_of(address));
        });
    }

    fn with<T>(&self, act: impl FnOnce(&mut Tables) -> T) -> T {
        act(&mut self.tables.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Whoever has one address of IPv6 has its /64.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
        v4 => v4,
    }
}

/// A leaky bucket for each key, held as the moment at which it will have run empty.
#[derive(Debug)]
struct Table<K> {
    interval: Duration,
    full: Duration,
    max_entries: usize,
    empty_at: HashMap<K, Instant>,
}

impl<K: Hash + Eq + Clone> Table<K> {
    fn new(tries: u32, interval: Duration, max_entries: usize) -> Self {
        let full = interval.saturating_mul(tries);
        Self { interval, full, max_entries, empty_at: HashMap::new() }
    }

    fn may<Q: Hash + Eq + ?Sized>(&self, key: &Q, now: Instant) -> bool
    where
        K: std::borrow::Borrow<Q>,
    {
        let level = self
            .empty_at
            .get(key)
            .map_or(Duration::ZERO, |empty_at| empty_at.saturating_duration_since(now));
        level.saturating_add(self.interval) <= self.full
    }

    fn count(&mut self, key: K, now: Instant) {
        self.make_room(&key, now);
        let empty_at = self.empty_at.entry(key).or_insert(now);
        let from = (*empty_at).max(now);
        *empty_at = from.checked_add(self.interval).unwrap_or(from);
    }

    /// In a full table the emptiest bucket goes: a flood of new keys drives itself out, not those that
    /// have been tried often.
    fn make_room(&mut self, key: &K, now: Instant) {
        if self.empty_at.len() < self.max_entries || self.empty_at.contains_key(key) {
            return;
        }
        self.empty_at.retain(|_, empty_at| *empty_at > now);
        while self.empty_at.len() >= self.max_entries.max(1) {
            let emptiest = self.empty_at.iter().min_by_key(|(_, empty_at)| **empty_at);
            let Some(key) = emptiest.map(|(key, _)| key.clone()) else { return };
            self.empty_at.remove(&key);
        }
    }

    fn forget<Q: Hash + Eq + ?Sized>(&mut self, key: &Q)
    where
        K: std::borrow::Borrow<Q>,
    {
        self.empty_at.remove(key);
    }

    fn give_back(&mut self, key: &K) {
        if let Some(empty_at) = self.empty_at.get_mut(key) {
            *empty_at = empty_at.checked_sub(self.interval).unwrap_or(*empty_at);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn limits() -> ThrottleLimits {
        ThrottleLimits {
            account_tries: 3,
            account_interval: Duration::from_secs(10),
            address_tries: 5,
            address_interval: Duration::from_secs(1),
            max_entries: 8,
        }
    }

    fn address(last: u8) -> IpAddr {
        IpAddr::V4(Ipv4Addr::new(10, 0, 0, last))
    }

    #[test]
    fn a_name_waits_after_its_tries_wherever_they_came_from() {
        let throttle = Throttle::new(limits());
        let now = Instant::now();
        assert!((0..3).all(|from| throttle.admit("alice", address(from), now)));
        assert!(!throttle.admit("alice", address(9), now));
        assert!(throttle.admit("bob", address(9), now));
        let later = now + Duration::from_secs(10);
        assert!(throttle.admit("alice", address(9), later));
        assert!(!throttle.admit("alice", address(9), later));
    }

    #[test]
    fn an_address_waits_after_its_tries_at_whatever_names() {
        let throttle = Throttle::new(limits());
        let now = Instant::now();
        assert!((0..5).all(|number| throttle.admit(&format!("user{number}"), HERE, now)));
        assert!(!throttle.admit("alice", HERE, now));
        assert!((0..3).all(|_| throttle.admit("alice", address(1), now)), "alice lost no try");
        assert!(throttle.admit("carol", HERE, now + Duration::from_secs(1)));
    }

    #[test]
    fn a_grant_gives_the_tries_back() {
        let throttle = Throttle::new(limits());
        let now = Instant::now();
        for _ in 0..100 {
            assert!(throttle.admit("alice", HERE, now));
            throttle.granted("alice", HERE);
        }
    }

    #[test]
    fn one_network_of_ipv6_counts_as_one() {
        let throttle = Throttle::new(limits());
        let now = Instant::now();
        let in_network = |host: u128| IpAddr::V6(Ipv6Addr::from_bits((0x2001_0db8 << 96) | host));
        assert!((0..5).all(|host| throttle.admit(&host.to_string(), in_network(host), now)));
        assert!(!throttle.admit("x", in_network(99), now));
        assert!(throttle.admit("x", in_network(1 << 64), now));
    }

    #[test]
    fn the_tables_are_bounded_and_keep_who_was_tried_most() {
        let throttle = Throttle::new(limits());
        let now = Instant::now();
        assert!((0..3).all(|from| throttle.admit("alice", address(from), now)));
        for number in 0..200 {
            throttle.admit(&number.to_string(), address(number), now);
        }
        assert!(!throttle.admit("alice", address(201), now));
        throttle.with(|tables| {
            assert_eq!(tables.accounts.empty_at.len(), 8);
            assert_eq!(tables.addresses.empty_at.len(), 8);
        });
    }
}
