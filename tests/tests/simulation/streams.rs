//! Callers and a server with streams between them.

use std::{
    collections::{HashMap, HashSet},
    net::SocketAddr,
    time::Duration,
};

use sunrpc::{
    proto::{Attempt, DuplicateLimits, RecordLimits, RecordReader, Step, Xids},
    server::Core,
};
use sunrpc_tests::rng::Rng;

use crate::{
    chance::Chance,
    ledger::{Ledger, Rules, Totals, Violation},
    order::{Order, WORK, WORK_SILENTLY, into_fragments, read_reply},
    pipe::Pipe,
    queue::Queue,
    server::{FORGETFUL, core},
    service::Books,
};

/// One run.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) connections: usize,
    /// Calls of one connection at a time.
    pub(crate) at_once: usize,
    pub(crate) calls: usize,
    pub(crate) pause: Duration,
    pub(crate) most_bytes: usize,
    pub(crate) timeout: Duration,
    pub(crate) delay: Duration,
    /// From one stall of a connection to the next, at the most; zero for none.
    pub(crate) stalls: Duration,
    /// From one loss of a connection to the next, at the most; zero for none.
    pub(crate) resets: Duration,
    /// Who has lost his connection sends again over the next what was not answered.
    pub(crate) repeats: bool,
    /// What the server remembers of calls.
    pub(crate) duplicates: DuplicateLimits,
    pub(crate) rules: Rules,
}

impl Plan {
    /// Runs it as `seed` has it.
    pub(crate) fn run(&self, seed: u64) -> Result<Totals, Violation> {
        World::new(self, seed).run()
    }
}

#[derive(Clone, Copy)]
enum Event {
    Begin {
        at: usize,
    },
    Wake {
        at: usize,
        xid: u32,
        call: usize,
    },
    /// `life` tells what belongs to a connection that is gone.
    AtServer {
        at: usize,
        life: u32,
    },
    AtClient {
        at: usize,
        life: u32,
    },
    Stall {
        at: usize,
    },
    Reset {
        at: usize,
    },
}

/// A caller and his connection, of which he makes another when it breaks.
struct Connection {
    addr: SocketAddr,
    xids: Xids,
    waiting: HashMap<u32, Waiting>,
    /// The ids of calls given up, whose replies may still come.
    given_up: HashSet<u32>,
    life: u32,
    up: Pipe,
    down: Pipe,
    records_up: RecordReader,
    records_down: RecordReader,
}

struct Waiting {
    call: usize,
    order: Order,
    attempt: Attempt,
    /// Calls without answer that went before it.
    batch: Vec<usize>,
}

struct World<'p> {
    plan: &'p Plan,
    rng: Rng,
    queue: Queue<Event>,
    books: Books,
    core: Core,
    connections: Vec<Connection>,
    begun: usize,
}

impl<'p> World<'p> {
    fn new(plan: &'p Plan, seed: u64) -> Self {
        let books = Books::new(Ledger::new(plan.rules));
        let mut rng = Rng(seed);
        let connection = |number: usize| Connection {
            addr: ([10, 0, 0, 1], 1000 + u16::try_from(number).expect("few connections")).into(),
            xids: Xids::seeded(rng.number()),
            waiting: HashMap::new(),
            given_up: HashSet::new(),
            life: 0,
            up: Pipe::default(),
            down: Pipe::default(),
            records_up: RecordReader::new(RecordLimits::default()),
            records_down: RecordReader::new(RecordLimits::default()),
        };
        Self {
            queue: Queue::new(),
            core: core(0, &books, FORGETFUL, plan.duplicates),
            connections: (0..plan.connections).map(connection).collect(),
            rng,
            books,
            begun: 0,
            plan,
        }
    }

    fn run(mut self) -> Result<Totals, Violation> {
        for at in 0..self.plan.connections {
            for _ in 0..self.plan.at_once {
                self.plan_within(self.plan.pause, Event::Begin { at });
            }
            self.plan_trouble(self.plan.stalls, Event::Stall { at });
            self.plan_trouble(self.plan.resets, Event::Reset { at });
        }
        while let Some(event) = self.queue.next() {
            self.happen(event)?;
            self.books.open().check()?;
        }
        self.books.open().close()
    }

    fn happen(&mut self, event: Event) -> Result<(), Violation> {
        match event {
            Event::Begin { at } => self.begin(at),
            Event::Wake { at, xid, call } => self.wake(at, xid, call),
            Event::AtServer { at, life } => return self.at_server(at, life),
            Event::AtClient { at, life } => return self.at_client(at, life),
            Event::Stall { at } => {
                let until = self.queue.now() + self.rng.up_to(Duration::from_secs(5));
                let Connection { up, down, .. } = &mut self.connections[at];
                match self.rng.below(3) {
                    0 => up.stall(until),
                    1 => down.stall(until),
                    _ => [up, down].into_iter().for_each(|pipe| pipe.stall(until)),
                }
                self.plan_trouble(self.plan.stalls, event);
            }
            Event::Reset { at } => {
                self.reset(at);
                self.plan_trouble(self.plan.resets, event);
            }
        }
        Ok(())
    }

    fn plan_within(&mut self, most: Duration, event: Event) {
        let at = self.queue.now() + self.rng.up_to(most);
        self.queue.plan(at, event);
    }

    fn plan_trouble(&mut self, most: Duration, event: Event) {
        if !most.is_zero() && self.begun < self.plan.calls {
            self.plan_within(most, event);
        }
    }

    /// A call, at times with a batch before it; all in one write.
    fn begin(&mut self, at: usize) {
        if self.begun >= self.plan.calls {
            return;
        }
        let (plan, now) = (self.plan, self.queue.now());
        let mut bytes = Vec::new();
        let batch = if self.rng.chance(100) { self.rng.below(6) } else { 0 };
        let batch: Vec<usize> = (0..batch).map(|_| self.write_unanswered(at, &mut bytes)).collect();
        let call = self.books.open().begin(0, now + plan.timeout);
        let order = Order::any(call, plan.most_bytes, &mut self.rng);
        let attempt = Attempt::new(self.queue.instant(now), plan.timeout, None);
        let xid = self.free_id(at);
        into_fragments(&order.message(xid, WORK), &mut self.rng, &mut bytes);
        if let Some(until) = attempt.until() {
            let until = self.queue.since_start(until);
            self.books.open().noted(call, xid, until);
            self.queue.plan(until, Event::Wake { at, xid, call });
        }
        self.connections[at].waiting.insert(xid, Waiting { call, order, attempt, batch });
        self.begun += 1;
        self.send_up(at, &bytes);
    }

    fn write_unanswered(&mut self, at: usize, bytes: &mut Vec<u8>) -> usize {
        self.begun += 1;
        let call = self.books.open().begin_unanswered(0);
        let order = Order::any(call, self.plan.most_bytes, &mut self.rng);
        let message = order.message(self.free_id(at), WORK_SILENTLY);
        into_fragments(&message, &mut self.rng, bytes);
        call
    }

    fn free_id(&self, at: usize) -> u32 {
        let Connection { xids, waiting, given_up, .. } = &self.connections[at];
        loop {
            let xid = xids.next();
            if !waiting.contains_key(&xid) && !given_up.contains(&xid) {
                return xid;
            }
        }
    }

    fn wake(&mut self, at: usize, xid: u32, call: usize) {
        let now = self.queue.now();
        let connection = &mut self.connections[at];
        let waiting = connection.waiting.get_mut(&xid);
        let Some(waiting) = waiting.filter(|waiting| waiting.call == call) else { return };
        let step = waiting.attempt.step(self.queue.instant(now));
        if step != Step::GiveUp {
            return self.books.open().complain(Violation::BadSchedule { call });
        }
        connection.waiting.remove(&xid);
        connection.given_up.insert(xid);
        self.books.open().failed(call, now);
        self.plan_within(self.plan.pause, Event::Begin { at });
    }

    fn send_up(&mut self, at: usize, bytes: &[u8]) {
        let Connection { up, life, .. } = &mut self.connections[at];
        for time in up.write(bytes, self.queue.now(), self.plan.delay, &mut self.rng) {
            self.queue.plan(time, Event::AtServer { at, life: *life });
        }
    }

    fn at_server(&mut self, at: usize, life: u32) -> Result<(), Violation> {
        let now = self.queue.now();
        let instant = self.queue.instant(now);
        let connection = &mut self.connections[at];
        if connection.life != life {
            return Ok(());
        }
        let bytes = connection.up.read(now);
        let mut replies = Vec::new();
        self.core
            .stream(connection.addr, &mut connection.records_up, &bytes, instant, &mut replies)
            .map_err(|_| Violation::StreamRefused)?;
        for time in connection.down.write(&replies, now, self.plan.delay, &mut self.rng) {
            self.queue.plan(time, Event::AtClient { at, life });
        }
        Ok(())
    }

    fn at_client(&mut self, at: usize, life: u32) -> Result<(), Violation> {
        let now = self.queue.now();
        let connection = &mut self.connections[at];
        if connection.life != life {
            return Ok(());
        }
        let bytes = connection.down.read(now);
        let mut rest = bytes.as_slice();
        let mut ended = 0;
        while let Some(record) =
            connection.records_down.next(&mut rest).map_err(|_| Violation::BadReply)?
        {
            let (xid, receipt) = read_reply(record).ok_or(Violation::BadReply)?;
            let Some(waiting) = connection.waiting.remove(&xid) else {
                // Over a stream, a reply comes once, so this can only be a late one.
                if connection.given_up.remove(&xid) {
                    continue;
                }
                return Err(Violation::BadReply);
            };
            let mut ledger = self.books.open();
            ledger.succeeded(waiting.call, &receipt, now);
            ledger.batch_done(&waiting.batch);
            if !waiting.order.is_met_by(&receipt) {
                ledger.complain(Violation::WrongResult { call: waiting.call });
            }
            ended += 1;
        }
        for _ in 0..ended {
            self.plan_within(self.plan.pause, Event::Begin { at });
        }
        Ok(())
    }

    /// The connection breaks, with all that is under way. Whose call it was cannot know whether it ran.
    fn reset(&mut self, at: usize) {
        let connection = &mut self.connections[at];
        connection.life += 1;
        (connection.up, connection.down) = Default::default();
        connection.records_up = RecordReader::new(RecordLimits::default());
        connection.records_down = RecordReader::new(RecordLimits::default());
        connection.given_up.clear();
        if self.plan.repeats {
            self.repeat(at);
        } else {
            self.give_up(at);
        }
    }

    fn give_up(&mut self, at: usize) {
        let now = self.queue.now();
        let waiting = &mut self.connections[at].waiting;
        let mut broken: Vec<usize> = waiting.drain().map(|(_, one)| one.call).collect();
        broken.sort_unstable();
        for call in broken {
            self.books.open().failed(call, now);
            self.plan_within(self.plan.pause, Event::Begin { at });
        }
    }

    /// Sends what was not answered again, from another port and with the same ids; but for what is not answered at all.
    fn repeat(&mut self, at: usize) {
        let connection = &mut self.connections[at];
        let port = connection.addr.port() ^ 0x8000;
        connection.addr.set_port(port);
        let mut again: Vec<(&u32, &mut Waiting)> = connection.waiting.iter_mut().collect();
        again.sort_unstable_by_key(|(_, waiting)| waiting.call);
        let mut bytes = Vec::new();
        for (xid, waiting) in again {
            waiting.batch.clear();
            into_fragments(&waiting.order.message(*xid, WORK), &mut self.rng, &mut bytes);
        }
        self.send_up(at, &bytes);
    }
}
