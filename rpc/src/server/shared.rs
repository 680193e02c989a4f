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
    pool::{Done, Job, Workers},
    programs::Programs,
    repeats::{Repeats, Waiting},
};
use crate::{
    proto::{Ticket, put_record},
    xdr::Parts,
};

pub(super) struct Shared {
    pub(super) programs: Programs,
    pub(super) repeats: Option<Repeats>,
    workers: Vec<Workers>,
    lanes: Vec<Lane>,
    stopping: AtomicBool,
}

/// What a reactor is to do for others.
pub(super) enum Errand {
    /// To send what a worker has made of a call.
    Reply(Done),
    /// To send records to the caller of this connection.
    CallBack { slot: usize, serial: u64, records: Vec<u8> },
}

/// The way to one reactor.
struct Lane {
    errands: Mutex<Vec<Errand>>,
    waker: Waker,
}

impl Shared {
    /// One waker for each reactor.
    pub(super) fn new(
        programs: Programs,
        repeats: Option<Repeats>,
        workers: Vec<Workers>,
        wakers: Vec<Waker>,
    ) -> Self {
        let lanes =
            wakers.into_iter().map(|waker| Lane { errands: Mutex::default(), waker }).collect();
        Self { programs, repeats, workers, lanes, stopping: AtomicBool::new(false) }
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

    /// Has a pool go on with a call.
    pub(super) fn resume(&self, job: Job, pool: usize) {
        if let Some(workers) = self.workers(pool) {
            workers.resume(job);
        }
    }

    /// Lets the threads of all pools end.
    pub(super) fn close_pools(&self) {
        self.workers.iter().for_each(Workers::close);
    }

    /// Hands what a worker has made of a call to the reactor that it came from.
    pub(super) fn finish(&self, lane: usize, done: Done) {
        self.send_on(lane, Errand::Reply(done));
    }

    /// Has a reactor send records to the caller of a connection.
    pub(super) fn call_back(&self, lane: usize, slot: usize, serial: u64, records: Vec<u8>) {
        self.send_on(lane, Errand::CallBack { slot, serial, records });
    }

    fn send_on(&self, lane: usize, errand: Errand) {
        if let Some(lane) = self.lanes.get(lane) {
            lane.errands.lock().unwrap_or_else(PoisonError::into_inner).push(errand);
            lane.wake();
        }
    }

    /// Remembers how a call was answered that may not run twice, and tells who sent it again meanwhile. Where it `ran`
    /// not, it is forgotten: it may find room when it comes once more.
    pub(super) fn settle(&self, ticket: Ticket, reply: Option<&[u8]>, ran: bool) {
        if let Some(repeats) = &self.repeats {
            self.tell(repeats.settle(ticket, reply, ran), reply);
        }
    }

    /// Has a connection that waits for a call send its reply, if there is one.
    pub(super) fn tell(&self, waiting: Option<Waiting>, reply: Option<&[u8]>) {
        if let Some(Waiting { lane, origin }) = waiting {
            let record = |message| {
                let mut record = Vec::new();
                put_record(message, &mut record).ok().map(|()| record)
            };
            let reply = reply.and_then(record);
            self.finish(lane, Done { origin, handed: 0, reply, parts: Parts::new(), ran: true });
        }
    }

    /// What others have for a reactor to do.
    pub(super) fn take_errands(&self, lane: usize) -> Vec<Errand> {
        let take = |lane: &Lane| {
            std::mem::take(&mut *lane.errands.lock().unwrap_or_else(PoisonError::into_inner))
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
