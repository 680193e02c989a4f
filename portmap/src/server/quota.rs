//! How often another machine may ask over UDP.
//!
//! A datagram's sender may be forged: whoever answers each of them lets himself be used to flood the one whose
//! address was forged. No answer is longer than its question; this bounds how many there are.

use std::{
    collections::HashMap,
    net::IpAddr,
    time::{Duration, Instant},
};

/// How often one source may ask.
///
/// # Defaults
///
/// 200 times a second in the long run, 400 times at once; 4,096 sources are told apart (64 bytes each).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UdpQuota {
    /// The time that one question costs.
    pub interval: Duration,
    /// Questions that may come at once.
    pub burst: u32,
    /// Sources that are told apart. Behind that many, those that are new share one quota.
    pub max_sources: usize,
}

impl Default for UdpQuota {
    fn default() -> Self {
        Self { interval: Duration::from_millis(5), burst: 400, max_sources: 4096 }
    }
}

/// The quota of each source.
#[derive(Debug)]
pub(super) struct Sources {
    quota: UdpQuota,
    buckets: HashMap<Source, Bucket>,
}

/// A token bucket, kept as the time at which it will be full again (GCRA).
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    full_at: Instant,
}

impl Bucket {
    /// One that is full.
    pub(super) const fn new(now: Instant) -> Self {
        Self { full_at: now }
    }

    /// Takes a token, of which there are `burst` at the most and one more after each `interval`; false where there
    /// is none.
    pub(super) fn take(&mut self, interval: Duration, burst: u32, now: Instant) -> bool {
        let next = self.full_at.max(now).checked_add(interval).unwrap_or(now);
        let has_one = next.saturating_duration_since(now) <= interval.saturating_mul(burst);
        if has_one {
            self.full_at = next;
        }
        has_one
    }

    fn is_full(&self, now: Instant) -> bool {
        self.full_at <= now
    }
}

/// Who asks: an IPv4 address, or the network of an IPv6 address, whose host may change at will.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Source {
    V4(u32),
    V6(u64),
    /// All that are not told apart.
    Others,
}

impl Sources {
    pub(super) fn new(quota: UdpQuota) -> Self {
        Self { quota, buckets: HashMap::new() }
    }

    /// Whether `ip` may ask now; if so, it has.
    pub(super) fn allow(&mut self, ip: IpAddr, now: Instant) -> bool {
        let source = self.place(Source::of(ip), now);
        let UdpQuota { interval, burst, .. } = self.quota;
        let bucket = self.buckets.entry(source).or_insert_with(|| Bucket::new(now));
        bucket.take(interval, burst, now)
    }

    /// Under which source to look: its own where it has a place, or there is one.
    fn place(&mut self, source: Source, now: Instant) -> Source {
        if self.buckets.len() < self.quota.max_sources || self.buckets.contains_key(&source) {
            return source;
        }
        // Whose bucket is full again may be forgotten.
        self.buckets.retain(|_, bucket| !bucket.is_full(now));
        if self.buckets.len() < self.quota.max_sources { source } else { Source::Others }
    }
}

impl Source {
    fn of(ip: IpAddr) -> Self {
        match ip.to_canonical() {
            IpAddr::V4(ip) => Self::V4(ip.to_bits()),
            IpAddr::V6(ip) => {
                let [a, b, c, d, ..] = ip.segments();
                let network = [a, b, c, d].into_iter().fold(0, |n, part| n << 16 | u64::from(part));
                Self::V6(network)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUOTA: UdpQuota =
        UdpQuota { interval: Duration::from_millis(10), burst: 3, max_sources: 2 };

    fn v4(last: u8) -> IpAddr {
        [192, 0, 2, last].into()
    }

    #[test]
    fn a_burst_passes_then_one_each_interval() {
        let (mut sources, now) = (Sources::new(QUOTA), Instant::now());
        let allowed =
            |sources: &mut Sources, at| sources.allow(v4(1), now + Duration::from_millis(at));
        assert_eq!([0; 4].map(|at| allowed(&mut sources, at)), [true, true, true, false]);
        assert_eq!(
            [10, 10, 20, 20].map(|at| allowed(&mut sources, at)),
            [true, false, true, false]
        );
        assert_eq!([1000; 4].map(|at| allowed(&mut sources, at)), [true, true, true, false]);
    }

    #[test]
    fn sources_are_told_apart_up_to_a_bound() {
        let (mut sources, now) = (Sources::new(QUOTA), Instant::now());
        for source in 0..=255 {
            for _ in 0..10 {
                sources.allow(v4(source), now);
            }
        }
        assert!(sources.buckets.len() <= QUOTA.max_sources + 1);
        assert!(!sources.allow(v4(0), now), "it has had its burst");
        assert!(!sources.allow(v4(77), now), "the others share one");
        let later = now + Duration::from_secs(1);
        assert!(sources.allow(v4(77), later), "there is room again");
    }

    #[test]
    fn hosts_of_one_ipv6_network_are_one_source() {
        let (mut sources, now) = (Sources::new(QUOTA), Instant::now());
        for host in 0..3 {
            assert!(sources.allow(format!("2001:db8::{host}").parse().unwrap(), now));
        }
        assert!(!sources.allow("2001:db8::ffff:1".parse().unwrap(), now));
        assert!(sources.allow("2001:db8:0:1::1".parse().unwrap(), now));
        assert!(sources.allow("::ffff:192.0.2.1".parse().unwrap(), now));
    }
}
