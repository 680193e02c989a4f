//! When a client tries again: how long it waits, and that many do not come back together.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use sunrpc::proto::{Attempt, Backoff, Rtt, Step};

const MS: Duration = Duration::from_millis(1);

#[test]
fn waits_double_up_to_the_most_and_each_but_the_first_is_shortened_by_a_quarter_at_most() {
    for seed in 0..100 {
        let mut backoff = Backoff::new(100 * MS, 1000 * MS).seeded(seed);
        assert_eq!(backoff.next_wait(), 100 * MS);
        for most in [200, 400, 800, 1000, 1000, 1000] {
            let wait = backoff.next_wait();
            assert!((most * MS * 3 / 4..=most * MS).contains(&wait), "{wait:?} of {most} ms");
        }
    }
}

#[test]
fn many_who_failed_together_do_not_come_back_together() {
    let second = |mut backoff: Backoff| {
        backoff.next_wait();
        backoff.next_wait()
    };
    let backoff = Backoff::new(1000 * MS, 1000 * MS);
    let by_chance: HashSet<_> = (0..100).map(|_| second(backoff.clone())).collect();
    let by_seed: HashSet<_> = (0..100).map(|seed| second(backoff.clone().seeded(seed))).collect();
    assert!(by_chance.len() > 50 && by_seed.len() > 50, "{by_chance:?} {by_seed:?}");
}

#[test]
fn a_call_is_sent_again_so_long_after_it_was_sent_last() {
    let (began, backoff) = (Instant::now(), Backoff::new(100 * MS, 100 * MS).seeded(1));
    let mut attempt = Attempt::new(began, 1000 * MS, Some(backoff));
    assert_eq!(attempt.until(), Some(began + 100 * MS));
    // Late: the next is counted from here.
    assert_eq!(attempt.step(began + 500 * MS), Step::SendAgain);
    let next = attempt.until().unwrap() - began;
    assert!((575 * MS..=600 * MS).contains(&next), "{next:?}");
    assert_eq!(attempt.step(began + 999 * MS), Step::SendAgain);
    assert_eq!(attempt.until(), Some(began + 1000 * MS));
    assert_eq!(attempt.step(began + 1000 * MS), Step::GiveUp);
}

#[test]
fn however_quick_a_server_is_a_call_is_not_sent_again_at_once() {
    let mut rtt = Rtt::default();
    for _ in 0..100 {
        rtt.sample(MS / 100);
    }
    assert_eq!(rtt.timeout(200 * MS), Some(256 * MS));
}
