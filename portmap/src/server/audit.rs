//! A line for each refusal that an operator may want to know of, but no more than a log can take.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use sunrpc::server::Call;

use super::quota::Bucket;

/// Lines in the long run: ten a second; and at once.
const INTERVAL: Duration = Duration::from_millis(100);
const BURST: u32 = 200;

/// What writes the lines.
#[derive(Debug)]
pub(super) struct Audit(Mutex<Lines>);

#[derive(Debug)]
struct Lines {
    bucket: Bucket,
    /// Lines that were not written since the last one that was.
    left_out: u64,
}

impl Audit {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Lines { bucket: Bucket::new(Instant::now()), left_out: 0 }))
    }

    /// Tells of a call that was refused; `program` and `vers` are what it is about.
    pub(super) fn refused(
        &self,
        call: &Call<'_>,
        program: Option<u32>,
        vers: Option<u32>,
        what: impl fmt::Display,
    ) {
        let Some(left_out) = self.turn(Instant::now()) else { return };
        let (peer, version, procedure) = (call.peer(), call.version(), call.procedure());
        tracing::warn!(target: "portmap::audit", %peer, version, procedure, program, vers, "{what}");
        if left_out > 0 {
            tracing::warn!(target: "portmap::audit", left_out, "more refusals before that one");
        }
    }

    /// How many lines were left out before this one, which may be written; `None` where it may not.
    fn turn(&self, now: Instant) -> Option<u64> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.bucket.take(INTERVAL, BURST, now) {
            return Some(std::mem::take(&mut lines.left_out));
        }
        lines.left_out = lines.left_out.saturating_add(1);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_refusals_is_a_trickle_of_lines() {
        let (audit, now) = (Audit::new(), Instant::now());
        let written = (0..10_000).filter(|_| audit.turn(now).is_some()).count();
        assert_eq!(written, usize::try_from(BURST).unwrap());
        let later = now + INTERVAL;
        assert_eq!(audit.turn(later), Some(10_000 - u64::from(BURST)), "and says so");
        assert_eq!(audit.turn(later), None);
    }
}
