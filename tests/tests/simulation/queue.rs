//! Virtual time: what is to happen, in the order in which it does.

use std::{
    cmp::{Ordering, Reverse},
    collections::BinaryHeap,
    time::{Duration, Instant},
};

/// Events of type `E` to come, and the time.
#[derive(Debug)]
pub(crate) struct Queue<E> {
    /// Where the virtual time starts. It has no influence: only differences count.
    base: Instant,
    now: Duration,
    heap: BinaryHeap<Reverse<Entry<E>>>,
    /// Events of one moment happen in the order in which they were planned.
    planned: u64,
}

#[derive(Debug)]
struct Entry<E> {
    at: Duration,
    number: u64,
    event: E,
}

impl<E> Queue<E> {
    pub(crate) fn new() -> Self {
        Self { base: Instant::now(), now: Duration::ZERO, heap: BinaryHeap::new(), planned: 0 }
    }

    /// The time since the start.
    pub(crate) const fn now(&self) -> Duration {
        self.now
    }

    /// A time in the form that the code under test takes.
    pub(crate) fn instant(&self, at: Duration) -> Instant {
        self.base + at
    }

    pub(crate) fn since_start(&self, at: Instant) -> Duration {
        at - self.base
    }

    pub(crate) fn plan(&mut self, at: Duration, event: E) {
        assert!(at >= self.now, "planned for the past");
        self.heap.push(Reverse(Entry { at, number: self.planned, event }));
        self.planned += 1;
    }

    /// Goes on to the next event.
    pub(crate) fn next(&mut self) -> Option<E> {
        let Reverse(Entry { at, event, .. }) = self.heap.pop()?;
        self.now = at;
        Some(event)
    }

    /// How many events there have been, and are still to come.
    pub(crate) const fn planned(&self) -> u64 {
        self.planned
    }
}

impl<E> Ord for Entry<E> {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<E> Eq for Entry<E> {}
