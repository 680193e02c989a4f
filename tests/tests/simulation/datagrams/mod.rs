//! Callers and servers that send datagrams to each other.

mod plan;

use std::{
    collections::{HashMap, hash_map},
    net::SocketAddr,
    rc::Rc,
    time::Duration,
};

use sunrpc::{
    proto::{Attempt, Backoff, Step, Xids},
    server::Core,
};
use sunrpc_tests::rng::Rng;

pub(crate) use plan::{Outcome, Plan, Sabotage};

use crate::{
    chance::Chance,
    ledger::{Ledger, Violation},
    link::Cut,
    order::{Order, WORK, read_reply},
    queue::Queue,
    server::{Arrival, FORGETFUL, Slow, core},
    service::Books,
};

type Datagram = Rc<[u8]>;

enum Event {
    Begin { client: usize },
    Wake { client: usize, xid: u32, call: usize },
    AtServer { client: usize, server: usize, message: Datagram },
    Worked { client: usize, server: usize, number: u64 },
    AtClient { client: usize, message: Datagram },
    Part { client: usize },
    Heal { client: usize },
}

struct Client {
    addr: SocketAddr,
    xids: Xids,
    waiting: HashMap<u32, Waiting>,
    cut: Cut,
}

struct Waiting {
    call: usize,
    order: Order,
    server: usize,
    message: Datagram,
    attempt: Attempt,
    deadline: Duration,
    /// What the next wait is at the most.
    wait: Duration,
}

enum Host {
    Prompt(Box<Core>),
    Slow(Box<Slow>),
}

struct World<'p> {
    plan: &'p Plan,
    rng: Rng,
    queue: Queue<Event>,
    books: Books,
    clients: Vec<Client>,
    hosts: Vec<Host>,
    begun: usize,
    outcome: Outcome,
    buffer: Vec<u8>,
}

impl<'p> World<'p> {
    fn new(plan: &'p Plan, seed: u64) -> Self {
        let books = Books::new(Ledger::new(plan.rules));
        let host = |server| match plan.work {
            Duration::ZERO => {
                Host::Prompt(Box::new(core(server, &books, plan.duplicates, FORGETFUL)))
            }
            _ => Host::Slow(Box::new(Slow::new(server, &books, plan.duplicates))),
        };
        let mut rng = Rng(seed);
        let client = |number: usize| Client {
            addr: ([10, 0, 0, 1], 1000 + u16::try_from(number).expect("few clients")).into(),
            xids: Xids::seeded(rng.number()),
            waiting: HashMap::new(),
            cut: Cut::default(),
        };
        Self {
            queue: Queue::new(),
            clients: (0..plan.clients).map(client).collect(),
            rng,
            hosts: (0..plan.servers).map(host).collect(),
            books,
            begun: 0,
            outcome: Outcome::default(),
            buffer: Vec::new(),
            plan,
        }
    }

    fn run(mut self) -> Result<Outcome, Violation> {
        for client in 0..self.plan.clients {
            for _ in 0..self.plan.at_once {
                self.plan_call(client);
            }
            self.plan_partition(client);
        }
        while let Some(event) = self.queue.next() {
            self.happen(event)?;
            self.books.open().check()?;
        }
        let end = self.queue.instant(self.queue.now());
        for host in &mut self.hosts {
            if let (Host::Slow(slow), true) = (host, self.plan.rules.given_back) {
                slow.check_given_back(end)?;
            }
        }
        let totals = self.books.open().close()?;
        let (events, took) = (self.queue.planned(), self.queue.now());
        Ok(Outcome { totals, events, took, ..self.outcome })
    }

    fn happen(&mut self, event: Event) -> Result<(), Violation> {
        match event {
            Event::Begin { client } => self.begin(client),
            Event::Wake { client, xid, call } => self.wake(client, xid, call),
            Event::AtServer { client, server, message } => {
                return self.at_server(client, server, &message);
            }
            Event::Worked { client, server, number } => {
                return self.worked(client, server, number);
            }
            Event::AtClient { client, message } => self.at_client(client, &message),
            Event::Part { client } => {
                self.clients[client].cut = Cut::any(&mut self.rng);
                let length = self.rng.up_to(Duration::from_secs(8));
                self.queue.plan(self.queue.now() + length, Event::Heal { client });
            }
            Event::Heal { client } => {
                self.clients[client].cut = Cut::default();
                self.plan_partition(client);
            }
        }
        Ok(())
    }

    fn plan_call(&mut self, client: usize) {
        let pause = self.rng.up_to(self.plan.pause);
        self.queue.plan(self.queue.now() + pause, Event::Begin { client });
    }

    fn plan_partition(&mut self, client: usize) {
        let most = self.plan.weather.partitions;
        if !most.is_zero() && self.begun < self.plan.calls {
            let at = self.queue.now() + self.rng.up_to(most);
            self.queue.plan(at, Event::Part { client });
        }
    }

    fn begin(&mut self, client: usize) {
        if self.begun == self.plan.calls {
            return;
        }
        self.begun += 1;
        let plan = self.plan;
        let server = self.rng.below(plan.servers);
        let now = self.queue.now();
        let deadline = now + plan.timeout;
        let call = self.books.open().begin(server, deadline);
        let order = Order::any(call, plan.most_bytes, &mut self.rng);
        let backoff = (plan.sabotage != Sabotage::NoResend)
            .then(|| Backoff::new(plan.resend.0, plan.resend.1).seeded(self.rng.number()));
        let attempt = Attempt::new(self.queue.instant(now), plan.timeout, backoff);
        let wait = plan.resend.0;
        let vacant = |client: &mut Client| loop {
            let xid = client.xids.next();
            if let hash_map::Entry::Vacant(_) = client.waiting.entry(xid) {
                return xid;
            }
        };
        let xid = vacant(&mut self.clients[client]);
        let message: Datagram = order.message(xid, WORK).into();
        let waiting =
            Waiting { call, order, server, message: Rc::clone(&message), attempt, deadline, wait };
        self.clients[client].waiting.insert(xid, waiting);
        self.send_up(client, server, &message);
        self.plan_wake(client, xid);
    }

    /// Plans when to look after a call next: when its schedule says, or a little later, as threads do. That the
    /// schedule shortens a wait by a quarter at the most is checked.
    fn plan_wake(&mut self, client: usize, xid: u32) {
        let now = self.queue.now();
        let late = self.rng.up_to(Duration::from_millis(20));
        let Some(waiting) = self.clients[client].waiting.get_mut(&xid) else { return };
        let Waiting { call, deadline, wait, .. } = *waiting;
        let until = match waiting.attempt.step(self.queue.instant(now)) {
            Step::Wait(Some(until)) => self.queue.since_start(until),
            step => panic!("a call that was just sent has to wait, not to {step:?}"),
        };
        let resends = self.plan.sabotage != Sabotage::NoResend;
        let earliest = if resends { (now + wait * 3 / 4).min(deadline) } else { deadline };
        let latest = if resends { (now + wait).min(deadline) } else { deadline };
        if until < earliest || until > latest {
            self.books.open().complain(Violation::BadSchedule { call });
        }
        waiting.wait = (wait * 2).min(self.plan.resend.1);
        self.books.open().noted(call, xid, until);
        let at = (until + late).min(deadline);
        self.queue.plan(at, Event::Wake { client, xid, call });
    }

    fn wake(&mut self, client: usize, xid: u32, call: usize) {
        let now = self.queue.now();
        let waiting = self.clients[client].waiting.get_mut(&xid);
        let Some(waiting) = waiting.filter(|waiting| waiting.call == call) else { return };
        match waiting.attempt.step(self.queue.instant(now)) {
            Step::GiveUp => {
                self.clients[client].waiting.remove(&xid);
                self.books.open().failed(call, now);
                self.plan_call(client);
            }
            Step::SendAgain => {
                if self.plan.sabotage == Sabotage::NewIds {
                    waiting.message =
                        waiting.order.message(!xid ^ now.subsec_micros(), WORK).into();
                }
                let (server, message) = (waiting.server, Rc::clone(&waiting.message));
                self.outcome.resent += 1;
                self.send_up(client, server, &message);
                self.plan_wake(client, xid);
            }
            Step::Wait(_) => self.books.open().complain(Violation::BadSchedule { call }),
        }
    }

    fn send_up(&mut self, client: usize, server: usize, message: &Datagram) {
        if self.clients[client].cut.up {
            return;
        }
        for journey in self.plan.weather.journeys(&mut self.rng) {
            let message = Rc::clone(message);
            let at = self.queue.now() + journey;
            self.queue.plan(at, Event::AtServer { client, server, message });
        }
    }

    /// Sends what is in the buffer, if anything is.
    fn send_down(&mut self, client: usize) {
        if self.clients[client].cut.down || self.buffer.is_empty() {
            return;
        }
        let message: Datagram = self.buffer.as_slice().into();
        for journey in self.plan.weather.journeys(&mut self.rng) {
            let message = Rc::clone(&message);
            self.queue.plan(self.queue.now() + journey, Event::AtClient { client, message });
        }
    }

    fn at_server(&mut self, client: usize, server: usize, message: &[u8]) -> Result<(), Violation> {
        self.outcome.arrived += 1;
        self.buffer.clear();
        let (peer, now) = (self.clients[client].addr, self.queue.instant(self.queue.now()));
        match &mut self.hosts[server] {
            Host::Prompt(core) => core.datagram(peer, message, now, &mut self.buffer),
            Host::Slow(slow) => {
                if let Arrival::Begun(number) = slow.take(peer, message, now, &mut self.buffer) {
                    let work = self.rng.up_to(self.plan.work);
                    let worked = Event::Worked { client, server, number };
                    self.queue.plan(self.queue.now() + work, worked);
                }
                slow.check()?;
            }
        }
        self.send_down(client);
        Ok(())
    }

    fn worked(&mut self, client: usize, server: usize, number: u64) -> Result<(), Violation> {
        self.buffer.clear();
        let now = self.queue.instant(self.queue.now());
        let no_room = self.rng.chance(50);
        if let Host::Slow(slow) = &mut self.hosts[server] {
            slow.finish(number, no_room, now, &mut self.buffer);
            slow.check()?;
        }
        self.send_down(client);
        Ok(())
    }

    fn at_client(&mut self, client: usize, message: &[u8]) {
        let Some((xid, receipt)) = read_reply(message) else {
            return self.books.open().complain(Violation::BadReply);
        };
        let waiting = &mut self.clients[client].waiting;
        let xid = match self.plan.sabotage {
            Sabotage::Believes => waiting.keys().min().copied().unwrap_or(xid),
            _ => xid,
        };
        // A reply that comes a second time, or too late, is to nobody.
        let Some(waiting) = waiting.remove(&xid) else { return };
        let mut ledger = self.books.open();
        ledger.succeeded(waiting.call, &receipt, self.queue.now());
        if !waiting.order.is_met_by(&receipt) {
            ledger.complain(Violation::WrongResult { call: waiting.call });
        }
        drop(ledger);
        self.plan_call(client);
    }
}
