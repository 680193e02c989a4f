//! What the reactors of a server share with each other, with the pools, and with whoever stops them.

use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use mio::Waker;

use super::{
    pool::{Done, Workers},
    programs::Programs,
};

pub(super) struct Shared {
    pub(super) programs: Programs,
    workers: Vec<Workers>,
    lanes: Vec<Lane>,
    stopping: AtomicBool,
}

/// The way to one reactor.
struct Lane {
    done: Mutex<Vec<Done>>,
    waker: Waker,
}

impl Shared {
    /// One waker for each reactor.
    pub(super) fn new(programs: Programs, workers: Vec<Workers>, wakers: Vec<Waker>) -> Self {
        let lanes =
            wakers.into_iter().map(|waker| Lane { done: Mutex::default(), waker }).collect();
        Self { programs, workers, lanes, stopping: AtomicBool::new(false) }
    }

    pub(super) fn workers(&self, pool: usize) -> Option<&Workers> {
        self.workers.get(pool)
    }

    /// Starts the threads of all pools.
    pub(super) fn start_pools(self: &Arc<Self>) -> io::Result<()> {
        self.workers
            .iter()
            .enumerate()
            .try_for_each(|(number, workers)| workers.start(number, self))
    }

    /// Lets the threads of all pools end once nothing waits.
    pub(super) fn close_pools(&self) {
        self.workers.iter().for_each(Workers::close);
    }

    /// Hands what a worker has made of a call to the reactor that it came from.
    pub(super) fn finish(&self, lane: usize, done: Done) {
        if let Some(lane) = self.lanes.get(lane) {
            lane.done.lock().unwrap_or_else(PoisonError::into_inner).push(done);
            lane.wake();
        }
    }

    /// What workers have handed to a reactor.
    pub(super) fn take_done(&self, lane: usize) -> Vec<Done> {
        let take = |lane: &Lane| {
            std::mem::take(&mut *lane.done.lock().unwrap_or_else(PoisonError::into_inner))
        };
        self.lanes.get(lane).map(take).unwrap_or_default()
    }

    pub(super) fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        self.lanes.iter().for_each(Lane::wake);
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }
}

impl Lane {
    fn wake(&self) {
        if let Err(error) = self.waker.wake() {
            tracing::error!(%error, "cannot wake the server");
        }
    }
}
