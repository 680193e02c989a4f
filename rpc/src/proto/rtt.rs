//! How long a server takes to answer, and so how long to wait before sending again (RFC 6298).

use std::time::Duration;

/// An estimate of the round-trip time, driven by samples.
///
/// ```
/// use std::time::Duration;
/// use sunrpc::proto::Rtt;
///
/// let mut rtt = Rtt::default();
/// let least = Duration::from_millis(200);
/// assert_eq!(rtt.timeout(least), None);
/// rtt.sample(Duration::from_millis(100));
/// // The first sample's half is its variance: 100 + 4 * 50, rounded up to a power of two.
/// assert_eq!(rtt.timeout(least), Some(Duration::from_millis(512)));
/// for _ in 0..50 {
///     rtt.sample(Duration::from_millis(100));
/// }
/// assert_eq!(rtt.timeout(least), Some(Duration::from_millis(256)));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Rtt {
    /// The smoothed time and its variance.
    estimate: Option<(Duration, Duration)>,
}

impl Rtt {
    /// Takes the time that a call took which was sent once. (Of one that was sent again nobody knows which copy was
    /// answered: RFC 6298 section 3.)
    #[inline]
    pub fn sample(&mut self, took: Duration) {
        self.estimate = Some(match self.estimate {
            None => (took, part(took, 2)),
            Some((smooth, variance)) => {
                let off = smooth.abs_diff(took);
                (
                    part(smooth.saturating_mul(7).saturating_add(took), 8),
                    part(variance.saturating_mul(3).saturating_add(off), 4),
                )
            }
        });
    }

    /// How long to wait before sending again, once there was a sample, `least` at least: a power of two in
    /// milliseconds, so that calls of one kind agree on it, and longer than a server takes whose time does not vary.
    #[must_use]
    #[inline]
    pub fn timeout(&self, least: Duration) -> Option<Duration> {
        let (smooth, variance) = self.estimate?;
        let wait = smooth.saturating_add(variance.saturating_mul(4)).max(least);
        let millis = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).saturating_add(1);
        Some(Duration::from_millis(millis.checked_next_power_of_two().unwrap_or(u64::MAX)))
    }

    /// The smoothed round-trip time, once there was a sample.
    #[must_use]
    pub fn smoothed(&self) -> Option<Duration> {
        self.estimate.map(|(smooth, _)| smooth)
    }
}

/// `whole` divided by `parts`, which is not 0.
fn part(whole: Duration, parts: u32) -> Duration {
    whole.checked_div(parts).unwrap_or(whole)
}
