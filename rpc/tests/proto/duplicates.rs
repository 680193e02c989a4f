//! A server's memory of calls that may not run twice: what it tells apart, how much it keeps, and what it forgets.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use sunrpc::proto::{DuplicateLimits, Duplicates, Seen, Ticket};

const AGE: Duration = Duration::from_secs(60);

fn peer() -> SocketAddr {
    "127.0.0.1:1".parse().unwrap()
}

fn memory(max_bytes: usize) -> Duplicates {
    Duplicates::new(DuplicateLimits { max_bytes, max_age: AGE })
}

/// Looks at a call that must be new.
fn begin(duplicates: &mut Duplicates, xid: u32, now: Instant) -> Ticket {
    match duplicates.look(peer(), xid, b"x", now) {
        Seen::New(ticket) => ticket,
        seen => panic!("{seen:?}"),
    }
}

fn is_known(duplicates: &mut Duplicates, xid: u32, now: Instant) -> bool {
    !matches!(duplicates.look(peer(), xid, b"x", now), Seen::New(_))
}

/// What one call and its reply take.
fn bytes_of_one(reply: &[u8]) -> usize {
    let mut duplicates = memory(usize::MAX);
    let ticket = begin(&mut duplicates, 1, Instant::now());
    duplicates.finish(ticket, reply);
    duplicates.bytes()
}

#[test]
fn calls_are_told_apart_by_their_length_too() {
    let (mut duplicates, now) = (memory(usize::MAX), Instant::now());
    for len in [1024, 1028, 2000] {
        let seen = duplicates.look(peer(), 1, &vec![0; len], now);
        assert!(matches!(seen, Seen::New(_)), "{len} bytes: {seen:?}");
    }
}

#[test]
fn the_limits_hold_to_the_byte_and_the_instant() {
    let (reply, began) = (b"reply", Instant::now());
    for (less, known) in [(0, [true, true]), (1, [false, true])] {
        let mut duplicates = memory(2 * bytes_of_one(reply) - less);
        for xid in [1, 2] {
            let ticket = begin(&mut duplicates, xid, began);
            duplicates.finish(ticket, reply);
        }
        // The second is looked for first: who is not known is remembered, in place of another.
        let [second, first] = [2, 1].map(|xid| is_known(&mut duplicates, xid, began + AGE));
        assert_eq!([first, second], known, "{less} bytes less than both");
    }
    let mut duplicates = memory(usize::MAX);
    let ticket = begin(&mut duplicates, 1, began);
    duplicates.finish(ticket, reply);
    assert!(!is_known(&mut duplicates, 1, began + AGE + Duration::from_nanos(1)));
}

#[test]
fn what_is_forgotten_takes_nothing() {
    let (mut duplicates, began) = (memory(usize::MAX), Instant::now());
    let ticket = begin(&mut duplicates, 1, began);
    // What it was answered first counts.
    for reply in [&b"reply"[..], b"another reply"] {
        duplicates.finish(ticket, reply);
        assert_eq!(duplicates.bytes(), bytes_of_one(b"reply"));
    }
    duplicates.forget(ticket);
    assert_eq!(duplicates.bytes(), bytes_of_one(b"reply"));
    let ticket = begin(&mut duplicates, 2, began + 2 * AGE);
    assert_eq!(duplicates.bytes(), bytes_of_one(b""));
    duplicates.forget(ticket);
    begin(&mut duplicates, 3, began + 4 * AGE);
    assert_eq!(duplicates.bytes(), bytes_of_one(b""));
}

/// One that was forgotten and came again is another: neither the end nor the age of the first is its own.
#[test]
fn a_call_that_runs_again_has_nothing_of_the_run_before() {
    let (mut duplicates, began) = (memory(usize::MAX), Instant::now());
    let first = begin(&mut duplicates, 1, began);
    duplicates.forget(first);
    let later = began + AGE / 2;
    let second = begin(&mut duplicates, 1, later);
    duplicates.finish(first, b"first");
    assert_eq!(duplicates.look(peer(), 1, b"x", later), Seen::UnderWay(second));
    duplicates.finish(second, b"second");
    let at_its_end = later + AGE;
    assert_eq!(duplicates.look(peer(), 1, b"x", at_its_end), Seen::Answered(b"second"));
}

#[test]
fn calls_under_way_are_not_forgotten() {
    let limits = DuplicateLimits { max_bytes: 1600, max_age: Duration::from_secs(60) };
    let mut duplicates = Duplicates::new(limits);
    let [slow, other]: [SocketAddr; 2] =
        ["127.0.0.1:1", "127.0.0.2:1"].map(|addr| addr.parse().unwrap());
    let began = Instant::now();
    let Seen::New(ticket) = duplicates.look(slow, 1, b"x", began) else { panic!() };
    for xid in 0..20 {
        let Seen::New(ticket) = duplicates.look(other, xid, b"y", began) else { panic!() };
        duplicates.finish(ticket, b"reply");
        assert!(duplicates.bytes() <= limits.max_bytes);
    }
    let later = began + Duration::from_secs(100);
    assert_eq!(duplicates.look(slow, 1, b"x", later), Seen::UnderWay(ticket));
    duplicates.finish(ticket, b"done");
    assert_eq!(duplicates.look(slow, 1, b"x", later), Seen::Answered(b"done"));
    assert!(matches!(
        duplicates.look(slow, 1, b"x", later + Duration::from_secs(100)),
        Seen::New(_)
    ));
}

/// More than fit: what is remembered of each must not cost a look at all of them.
#[test]
fn calls_under_way_cost_others_nothing() {
    const CALLS: u32 = 10_000;
    let (mut duplicates, began) = (memory(0), Instant::now());
    let tickets: Vec<Ticket> = (0..CALLS).map(|xid| begin(&mut duplicates, xid, began)).collect();
    tickets.into_iter().for_each(|ticket| duplicates.finish(ticket, b"reply"));
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(duplicates.bytes(), 0);
}

#[test]
fn the_memory_is_what_it_may_be() {
    for (max_bytes, reply) in [(1 << 20, 0), (1 << 20, 28), (1_400_000, 0), (1_400_000, 150)] {
        let mut duplicates = memory(max_bytes);
        let used = allocation_counter::measure(|| {
            for xid in 0..20_000 {
                let ticket = begin(&mut duplicates, xid, Instant::now());
                duplicates.finish(ticket, &vec![0; reply]);
            }
        });
        let used = usize::try_from(used.bytes_current).unwrap();
        assert!((max_bytes / 3..=max_bytes).contains(&used), "{used} of {max_bytes} bytes");
    }
}
