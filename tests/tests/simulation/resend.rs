//! Whether a caller learns how long his server takes: what is not lost is not sent again for ever.

use std::{
    convert::Infallible,
    time::{Duration, Instant},
};

use sunrpc::proto::{Attempt, Backoff, Rtt, Step};
use sunrpc_tests::rng::Rng;

use crate::{chance::Chance, seeds};

const MS: Duration = Duration::from_millis(1);
const TIMEOUT: Duration = Duration::from_secs(25);
/// The longest wait before a call is sent again.
const MOST: Duration = Duration::from_secs(8);
/// The least that is made of a measured time.
const LEAST: Duration = Duration::from_millis(200);
/// How many calls he has to learn a new time from.
const CALLS: usize = 200;

/// A caller who waits as `client::Client` does.
struct Caller {
    rtt: Rtt,
    /// How long he waits before he sends a call again for the first time.
    wait: Duration,
}

impl Caller {
    /// Makes a call that is answered so long after it was sent first; how often it was sent again.
    fn call(&mut self, answered: Duration, rng: &mut Rng) -> usize {
        let began = Instant::now();
        let backoff = Backoff::new(self.wait, MOST).seeded(rng.number());
        let mut attempt = Attempt::new(began, TIMEOUT, Some(backoff));
        let (mut now, mut sent_again) = (began, 0);
        loop {
            match attempt.step(now) {
                Step::Wait(Some(until)) if until < began + answered => now = until,
                Step::SendAgain => sent_again += 1,
                Step::Wait(_) | Step::GiveUp => break,
            }
        }
        self.learn(answered, sent_again, rng);
        sent_again
    }

    fn learn(&mut self, took: Duration, sent_again: usize, rng: &mut Rng) {
        if sent_again > 0 {
            self.wait = self.wait.max((took * 2).min(MOST));
        } else if rng.below(16) == 0 {
            self.rtt.sample(took);
            self.wait = self.rtt.timeout(LEAST).expect("a sample").min(MOST);
        }
    }
}

/// Any time from 0.1 ms to 2 s, or one just beyond a power of two, to which waits are rounded.
fn any_time(rng: &mut Rng) -> Duration {
    let power = rng.below(12);
    let base = MS * (1 << power);
    match rng.below(3) {
        0 => (base + rng.up_to(MS)).min(2000 * MS),
        _ => (base / 10 + rng.up_to(base)).min(2000 * MS),
    }
}

#[test]
fn once_the_time_is_steady_nothing_is_sent_again() {
    seeds::each("resend::once_the_time_is_steady_nothing_is_sent_again", 200, |seed| {
        let mut rng = Rng(seed);
        let mut caller = Caller { rtt: Rtt::default(), wait: 500 * MS };
        for _ in 0..10 {
            let time = any_time(&mut rng);
            let mut sent_again =
                || -> usize { (0..CALLS).map(|_| caller.call(time, &mut rng)).sum() };
            let learning = sent_again();
            assert_eq!(
                sent_again(),
                0,
                "where answers take {time:?}, after {learning} to learn it"
            );
        }
        Ok::<_, Infallible>(())
    });
}
