//! Threads for the services that block.

use std::{
    collections::VecDeque,
    io,
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Instant,
};

use super::{
    Pool, Results,
    programs::{Arrival, Programs, Route, Way},
    serving::Serving,
    shared::Shared,
    tie::Tie,
    udp::Sender,
};
use crate::{
    incoming::Held,
    proto::{MARK, Ticket},
    xdr::Parts,
};

/// The threads of one service, and the calls that wait for them.
pub(super) struct Workers {
    workers: usize,
    room: usize,
    /// Threads that are at a call.
    busy: AtomicUsize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    closed: bool,
}

/// A call on its way to a worker.
pub(super) struct Job {
    /// The reactor it came from.
    pub(super) lane: usize,
    pub(super) origin: Origin,
    pub(super) route: Route,
    pub(super) deadline: Option<Instant>,
    pub(super) tie: Arc<Tie>,
    /// For the memory of calls over TCP.
    pub(super) ticket: Option<Ticket>,
    pub(super) message: Held,
}

/// Where a reply has to go.
#[derive(Clone, Copy, Debug)]
pub(super) enum Origin {
    /// The connection in this slot, unless another has taken the slot since.
    Connection { slot: usize, serial: u64 },
    /// A peer of the UDP socket of this number; the ticket is for that socket's memory.
    Datagram { socket: usize, peer: Sender, ticket: Option<Ticket> },
}

/// A reply on its way back, if there is one.
pub(super) struct Done {
    pub(super) origin: Origin,
    /// How long the call is that was handed to the pool.
    pub(super) handed: usize,
    /// A record, where it is for a connection.
    pub(super) reply: Option<Vec<u8>>,
    /// What of it was not copied.
    pub(super) parts: Parts,
    /// Whether the call was run; otherwise its time was over before its turn came, or its service has ignored it.
    pub(super) ran: bool,
}

impl Done {
    /// How long the reply is.
    pub(super) fn bytes(&self) -> usize {
        self.reply.as_ref().map_or(0, Vec::len).saturating_add(self.parts.len())
    }
}

impl Workers {
    pub(super) fn new(pool: &Pool) -> Self {
        Self {
            workers: pool.workers.max(1),
            room: pool.queue,
            busy: AtomicUsize::new(0),
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// Starts the threads. They end when the queue is closed.
    pub(super) fn start(&self, number: usize, shared: &Arc<Shared>) -> io::Result<()> {
        for _ in 0..self.workers {
            let shared = Arc::clone(shared);
            thread::Builder::new()
                .name(format!("rpc-pool-{number}"))
                .spawn(move || work(number, &shared))?;
        }
        Ok(())
    }

    /// Queues a call, if there is room for it, or a thread that has none.
    pub(super) fn submit(&self, job: impl FnOnce() -> Job) -> bool {
        let mut state = self.lock();
        let calls = state.jobs.len().saturating_add(self.busy.load(Ordering::Relaxed));
        let has_room = calls < self.room.saturating_add(self.workers);
        if has_room {
            state.jobs.push_back(job());
            drop(state);
            self.changed.notify_one();
        }
        has_room
    }

    /// Queues a call that had a place before.
    pub(super) fn resume(&self, job: Job) {
        let mut state = self.lock();
        if !state.closed {
            state.jobs.push_back(job);
            drop(state);
            self.changed.notify_one();
        }
    }

    /// Lets the threads end. What still waits is not run: nobody would hear of it.
    pub(super) fn close(&self) {
        *self.lock() = State { closed: true, ..State::default() };
        self.changed.notify_all();
    }

    fn next(&self) -> Option<Job> {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                self.busy.fetch_add(1, Ordering::Relaxed);
                return Some(job);
            }
            if state.closed {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Notes that a thread is done with its call.
    fn is_done(&self) {
        self.busy.fetch_sub(1, Ordering::Relaxed);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One thread's life.
fn work(number: usize, shared: &Shared) {
    let _serving = Serving::pool(shared);
    let Some(workers) = shared.workers(number) else { return };
    while let Some(job) = workers.next() {
        let tie = Arc::clone(&job.tie);
        let Some(job) = tie.admit(job, number) else {
            workers.is_done();
            continue;
        };
        let done = answer(&job, &shared.programs);
        if let Some(ticket) = job.ticket {
            let reply = done.reply.as_deref().and_then(|record| record.get(MARK..));
            shared.settle(ticket, reply, done.ran);
        }
        let lane = job.lane;
        tie.owe(done.bytes());
        // Before the reply goes out: then the message's buffer is free when it has gone.
        drop(job);
        // So that who has it finds room for the next call.
        workers.is_done();
        shared.finish(lane, done);
    }
}

fn answer(job: &Job, programs: &Programs) -> Done {
    let Job { origin, deadline, ticket, ref route, ref tie, ref message, .. } = *job;
    let late = deadline.is_some_and(|deadline| Instant::now() >= deadline);
    let way = if late { Way::Overloaded } else { Way::Dispatch };
    let arrival = Arrival { route, deadline, tie: Some(tie) };
    let (mut reply, mut parts) = (Vec::new(), Parts::new());
    let answer = |reply: &mut Results<'_>| {
        let request = programs.parse(message.message());
        request.is_some_and(|request| programs.answer(&request, &arrival, way, reply))
    };
    // What is remembered, and what goes into a datagram, has to lie in one piece.
    let is_stream = matches!(origin, Origin::Connection { .. });
    let place = (is_stream && ticket.is_none()).then_some(&mut parts);
    let mut results = Results::with_parts(&mut reply, place);
    // One that is too long for a record is lost; its caller gives up in the end.
    let answered =
        if is_stream { results.record(answer).unwrap_or(false) } else { answer(&mut results) };
    let ran = results.ran && !late;
    let handed = message.message().bytes().len();
    Done { origin, handed, reply: answered.then_some(reply), parts, ran }
}

#[cfg(test)]
mod tests {
    use super::{super::Peer, *};
    use crate::{Transport, server::tie::Presence};

    fn job(lane: usize) -> Job {
        let peer = Peer::inet(Transport::Tcp, "192.0.2.1:9".parse().unwrap());
        Job {
            lane,
            origin: Origin::Connection { slot: 0, serial: 0 },
            route: Route { peer, local: None },
            deadline: None,
            tie: Arc::clone(Presence::default().tie(|| None)),
            ticket: None,
            message: Held::default(),
        }
    }

    #[test]
    fn calls_have_their_turn_in_order_until_the_close_and_none_after_it() {
        let workers = Workers::new(&Pool { workers: 1, queue: 3 });
        assert!((1..=4).all(|lane| workers.submit(|| job(lane))));
        assert!(!workers.submit(|| job(5)));
        let [first, second] = [(); 2].map(|()| workers.next().unwrap());
        assert_eq!([first.lane, second.lane], [1, 2]);
        workers.resume(first);
        assert_eq!([(); 3].map(|()| workers.next().unwrap().lane), [3, 4, 1]);
        workers.resume(job(6));
        workers.close();
        workers.resume(second);
        assert!(workers.next().is_none());
    }
}
