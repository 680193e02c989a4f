//! Networks of all kinds, many seeds each: no effect twice, no wrong result, no call without an end.

use std::time::Duration;

use sunrpc::proto::DuplicateLimits;
use sunrpc_tests::rng::Rng;

use crate::{
    chance::Chance,
    datagrams::{self, Sabotage},
    ledger::Rules,
    link::Weather,
    seeds,
    server::FORGETFUL,
    streams,
};

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

pub(crate) const EXACTLY_ONCE: Rules =
    Rules { at_most_once: true, none_lost: true, given_back: true };
pub(crate) const AT_MOST_ONCE: Rules =
    Rules { at_most_once: true, none_lost: false, given_back: true };

/// 5 % loss in each direction, and a deadline that leaves ten tries: one call in 10^10 would be lost. The server's
/// limits are the defaults, and its memory reaches further back than anybody goes on sending.
pub(crate) fn five_percent() -> datagrams::Plan {
    datagrams::Plan {
        clients: 20,
        servers: 1,
        at_once: 2,
        calls: 1000,
        pause: secs(2),
        most_bytes: 2000,
        timeout: secs(50),
        resend: (millis(500), secs(8)),
        weather: Weather {
            loss: 50,
            copies: 20,
            detours: 10,
            delay: millis(100),
            detour: secs(3),
            partitions: Duration::ZERO,
        },
        duplicates: DuplicateLimits::default(),
        work: Duration::ZERO,
        rules: EXACTLY_ONCE,
        sabotage: Sabotage::Nothing,
    }
}

/// A network of any kind: the seed chooses.
fn any_weather(seed: u64) -> datagrams::Plan {
    let mut rng = Rng(!seed);
    datagrams::Plan {
        clients: 1 + rng.below(12),
        servers: 1 + rng.below(3),
        at_once: 1 + rng.below(5),
        calls: 200,
        pause: rng.up_to(secs(3)),
        most_bytes: [0, 100, 8000][rng.below(3)],
        timeout: secs(5) + rng.up_to(secs(45)),
        resend: (millis(50) + rng.up_to(secs(1)), secs(1) + rng.up_to(secs(8))),
        weather: Weather {
            loss: rng.below(400),
            copies: rng.below(300),
            detours: rng.below(200),
            delay: millis(1) + rng.up_to(millis(500)),
            detour: secs(1) + rng.up_to(secs(8)),
            partitions: if rng.chance(500) { secs(20) } else { Duration::ZERO },
        },
        duplicates: DuplicateLimits { max_bytes: 16 << 20, ..DuplicateLimits::default() },
        rules: AT_MOST_ONCE,
        ..five_percent()
    }
}

#[test]
fn five_percent_loss() {
    let name = "worlds::five_percent_loss";
    let outcomes = seeds::each(name, 8, |seed| five_percent().run(seed));
    assert!(outcomes.iter().all(|outcome| outcome.resent > 0), "nothing was lost, nothing shown");
}

#[test]
fn any_network() {
    let outcomes = seeds::each("worlds::any_network", 60, |seed| any_weather(seed).run(seed));
    let failed: usize = outcomes.iter().map(|outcome| outcome.totals.failed).sum();
    let calls: usize =
        outcomes.iter().map(|outcome| outcome.totals.succeeded + outcome.totals.failed).sum();
    assert!(
        outcomes.len() == 1 || failed < calls / 4,
        "{failed} of {calls} calls failed: that shows little"
    );
}

/// Copies arrive while the first one is still being worked on, and at times there is no room to work on it.
#[test]
fn slow_servers() {
    seeds::each("worlds::slow_servers", 30, |seed| {
        let work = secs(4);
        datagrams::Plan { work, timeout: secs(50), ..any_weather(seed) }.run(seed)
    });
}

/// A call that found no room may run when a copy comes; nothing is lost by it.
#[test]
fn slow_servers_lose_nothing() {
    seeds::each("worlds::slow_servers_lose_nothing", 20, |seed| {
        datagrams::Plan { calls: 300, work: secs(1), ..five_percent() }.run(seed)
    });
}

/// Streams that are slow and cut into pieces, and come to no other harm.
pub(crate) fn whole_stream() -> streams::Plan {
    streams::Plan {
        connections: 3,
        at_once: 8,
        calls: 200,
        pause: millis(100),
        most_bytes: 2000,
        timeout: secs(300),
        delay: millis(30),
        stalls: Duration::ZERO,
        resets: Duration::ZERO,
        repeats: false,
        duplicates: FORGETFUL,
        rules: EXACTLY_ONCE,
    }
}

/// Messages larger than a packet, each of which could be in any state of arrival.
fn streams_of(seed: u64) -> streams::Plan {
    let mut rng = Rng(!seed);
    streams::Plan {
        connections: 1 + rng.below(6),
        at_once: 1 + rng.below(16),
        pause: rng.up_to(secs(1)),
        most_bytes: [0, 100, 3000, 70_000][rng.below(4)],
        delay: rng.up_to(millis(50)),
        ..whole_stream()
    }
}

#[test]
fn whole_streams() {
    let totals = seeds::each("worlds::whole_streams", 60, |seed| streams_of(seed).run(seed));
    assert!(
        totals.len() == 1 || totals.iter().any(|totals| totals.unanswered > 0),
        "no batch was sent"
    );
}

/// Calls are given up while their replies are under way, and connections break at any byte.
#[test]
fn broken_streams() {
    let totals = seeds::each("worlds::broken_streams", 60, |seed| {
        let mut rng = Rng(!seed);
        streams::Plan {
            timeout: millis(200) + rng.up_to(secs(3)),
            stalls: secs(4),
            resets: secs(1) + rng.up_to(secs(20)),
            rules: AT_MOST_ONCE,
            ..streams_of(seed)
        }
        .run(seed)
    });
    if totals.len() > 1 {
        let sum =
            |part: fn(&crate::ledger::Totals) -> usize| totals.iter().map(part).sum::<usize>();
        assert!(sum(|totals| totals.failed) > 0 && sum(|totals| totals.done_unheard) > 0);
        assert!(sum(|totals| totals.succeeded) > sum(|totals| totals.failed));
    }
}

/// Connections break at any byte, and callers come back over others with the calls that they do not know the fate of.
pub(crate) fn repeated_over(seed: u64) -> streams::Plan {
    let mut rng = Rng(!seed);
    streams::Plan {
        resets: millis(100) + rng.up_to(secs(2)),
        repeats: true,
        duplicates: DuplicateLimits { max_bytes: 16 << 20, max_age: secs(300) },
        ..streams_of(seed)
    }
}

#[test]
fn calls_that_are_repeated_over_another_stream() {
    seeds::each("worlds::calls_that_are_repeated_over_another_stream", 60, |seed| {
        repeated_over(seed).run(seed)
    });
}

/// Without this, no seed would lead to its failure again.
#[test]
fn the_same_seed_is_the_same_run() {
    for seed in 0..4 {
        assert_eq!(any_weather(seed).run(seed), any_weather(seed).run(seed));
        assert_eq!(streams_of(seed).run(seed), streams_of(seed).run(seed));
    }
    assert_ne!(five_percent().run(1), five_percent().run(2));
}
