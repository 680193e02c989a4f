//! A thread that serves sockets: all of a server's, or its share of them.

use std::{
    collections::VecDeque,
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use mio::{Events, Interest, Poll, Token};
use slab::Slab;

use super::{
    Limits,
    busy::Busy,
    connection::{Connection, Turn},
    context::Context,
    datagram::Datagram,
    listen::Sockets,
    peers::Peers,
    pool::Origin,
    programs::Route,
    serving::Serving,
    shared::{Errand, Shared},
    stream::{Listener, Stream},
    timer::Timer,
};

/// How much is read from a socket at a time, and so how much one peer may take of a turn.
const SCRATCH: usize = 64 << 10;
/// Above this, the buffer for replies is let go after a turn.
const KEEP_OUT: usize = 1 << 20;
/// Events taken from the system at a time.
const EVENTS: usize = 256;
/// Connections accepted in one turn.
const ACCEPTS: usize = 64;
/// How long accepting pauses where the system has no descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How often timeouts are looked at, at the least and at the most.
const SWEEP: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));

/// The token of a reactor's waker.
pub(super) const WAKER: Token = Token(usize::MAX);
/// The token of its timer.
const TIMER: Token = Token(usize::MAX - 1);

pub(super) struct Reactor {
    poll: Poll,
    context: Context,
    listeners: Vec<Listener>,
    datagrams: Vec<Datagram>,
    connections: Slab<Connection>,
    /// Sockets that may have more for us, in the order of their turns, each at most once.
    ready: VecDeque<Token>,
    /// Which of the listeners and UDP sockets stand in `ready`. (Connections know it of themselves.)
    enlisted: Vec<bool>,
    peers: Peers,
    /// A pool has replies, or somebody wants a stop.
    woken: bool,
    serial: u64,
    /// When accepting goes on, where it pauses.
    accept_again: Option<Instant>,
    /// Accepting has failed, and has been told of, since it last worked.
    accept_fails: bool,
    /// Set while there are connections.
    timer: Timer,
    /// Timeouts are to be looked at.
    sweep_due: bool,
    /// A stop was wanted.
    draining: bool,
    /// When it waits no longer, unless it waits for ever.
    drain_until: Option<Instant>,
    busy: Busy,
}

impl Reactor {
    /// The reactor of lane `number`, on sockets of its own.
    pub(super) fn new(
        poll: Poll,
        shared: Arc<Shared>,
        number: usize,
        Sockets { mut listeners, udp }: Sockets,
        limits: Limits,
        busy_poll: Duration,
    ) -> io::Result<Self> {
        let mut tokens = (0..).map(Token);
        for (listener, token) in listeners.iter_mut().zip(&mut tokens) {
            poll.registry().register(listener, token, Interest::READABLE)?;
        }
        let mut datagrams = Vec::new();
        for (number, mut socket) in udp.into_iter().enumerate() {
            let token = Token(listeners.len().saturating_add(number));
            poll.registry().register(&mut socket, token, Interest::READABLE)?;
            datagrams.push(Datagram::new(number, socket, limits.duplicates));
        }
        let sockets = listeners.len().saturating_add(datagrams.len());
        let now = Instant::now();
        let shortest = limits.idle_timeout.min(limits.read_timeout).min(limits.write_timeout);
        let sweep_every = shortest.checked_div(4).unwrap_or_default().clamp(SWEEP.0, SWEEP.1);
        let timer = Timer::new(poll.registry(), TIMER, sweep_every)?;
        let context = Context {
            shared,
            lane: number,
            limits,
            now,
            deadline: None,
            scratch: vec![0; SCRATCH].into_boxed_slice(),
            long: Default::default(),
            out: Vec::new(),
            parts: Default::default(),
        };
        Ok(Self {
            poll,
            context,
            listeners,
            datagrams,
            connections: Slab::new(),
            ready: VecDeque::new(),
            enlisted: vec![false; sockets],
            peers: Peers::default(),
            // A stop may have been wanted before the first wait.
            woken: true,
            serial: 0,
            accept_again: None,
            accept_fails: false,
            timer,
            sweep_due: false,
            draining: false,
            drain_until: None,
            busy: Busy::new(busy_poll),
        })
    }

    pub(super) const fn shared(&self) -> &Arc<Shared> {
        &self.context.shared
    }

    /// Serves until told to stop.
    pub(super) fn run(mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(EVENTS);
        let shared = Arc::clone(self.shared());
        let _serving = Serving::sockets(&shared);
        loop {
            match self.poll.poll(&mut events, self.patience()) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
            self.context.set_now(Instant::now());
            for event in &events {
                self.note(event);
            }
            self.busy.note(self.woken || !self.ready.is_empty(), self.context.now);
            self.take_turns();
            if std::mem::take(&mut self.woken) {
                self.run_errands();
                self.heed_stop();
            }
            self.keep_time();
            if self.is_finished() {
                for (_, connection) in &self.connections {
                    connection.discard_input(&mut self.context.scratch);
                }
                return Ok(());
            }
        }
    }

    /// How long to wait for events.
    fn patience(&self) -> Option<Duration> {
        if !self.ready.is_empty() || self.busy.is_busy() {
            return Some(Duration::ZERO);
        }
        let next = self.accept_again.into_iter().chain(self.drain_until).min()?;
        // Rounded up, so that a wait never ends just before its time and then polls in a circle.
        Some(
            next.saturating_duration_since(self.context.now)
                .saturating_add(Duration::from_millis(1)),
        )
    }

    /// Notes whose turn it is.
    fn note(&mut self, event: &mio::event::Event) {
        let token = event.token();
        match token {
            WAKER => return self.woken = true,
            TIMER => return self.sweep_due = true,
            _ => {}
        }
        if let Some(connection) =
            self.slot_of(token).and_then(|slot| self.connections.get_mut(slot))
        {
            connection.hint(event.is_read_closed());
        }
        self.enlist(token);
    }

    /// Gives a socket a place in the list of turns, unless it has one.
    fn enlist(&mut self, token: Token) {
        let is_new = match self.slot_of(token) {
            Some(slot) => self.connections.get_mut(slot).is_some_and(Connection::enlist),
            None => {
                self.enlisted.get_mut(token.0).is_some_and(|place| !std::mem::replace(place, true))
            }
        };
        if is_new {
            self.ready.push_back(token);
        }
    }

    /// Gives each socket that is ready one turn; who has more to do queues again behind the others.
    fn take_turns(&mut self) {
        for _ in 0..self.ready.len() {
            let Some(token) = self.ready.pop_front() else { return };
            if self.take_turn(token) {
                self.enlist(token);
            }
        }
        if self.context.out.capacity() > KEEP_OUT {
            self.context.out = Vec::new();
        }
    }

    /// One turn; true where the socket wants another.
    fn take_turn(&mut self, token: Token) -> bool {
        if let Some(slot) = self.slot_of(token) {
            return self.serve_connection(slot);
        }
        if let Some(place) = self.enlisted.get_mut(token.0) {
            *place = false;
        }
        if self.draining {
            return false;
        }
        match token.0.checked_sub(self.listeners.len()) {
            None => self.accept(token.0),
            Some(number) => {
                self.datagrams.get_mut(number).is_some_and(|socket| socket.serve(&mut self.context))
            }
        }
    }

    /// One turn of a connection; true where it wants another.
    fn serve_connection(&mut self, slot: usize) -> bool {
        let Some(connection) = self.connections.get_mut(slot) else { return false };
        match connection.serve(slot, !self.draining, &mut self.context) {
            Turn::Wait => false,
            Turn::Again => true,
            Turn::Close => {
                self.close(slot);
                false
            }
        }
    }

    fn close(&mut self, slot: usize) {
        if let Some(mut connection) = self.connections.try_remove(slot) {
            if let Err(error) = self.poll.registry().deregister(connection.socket()) {
                tracing::debug!(%error, "cannot deregister a connection");
            }
            self.peers.leave(connection.peer());
        }
        // Room for one that was kept waiting.
        if self.accept_again.is_some() {
            self.accept_again = Some(self.context.now);
        }
    }

    /// Accepts what waits at a listener; true where more may.
    fn accept(&mut self, number: usize) -> bool {
        for _ in 0..ACCEPTS {
            if self.connections.len() >= self.context.limits.max_connections {
                self.pause_accepting();
                return false;
            }
            match self.listeners.get(number).map(Listener::accept) {
                Some(Ok((socket, route))) => {
                    if std::mem::take(&mut self.accept_fails) {
                        tracing::info!("accepting connections again");
                    }
                    self.welcome(socket, route);
                }
                Some(Err(error)) if error.kind() == io::ErrorKind::WouldBlock => return false,
                Some(Err(error)) if is_about_one_peer(&error) => {}
                Some(Err(error)) => {
                    if !std::mem::replace(&mut self.accept_fails, true) {
                        tracing::warn!(%error, "cannot accept connections; trying again until it works");
                    }
                    self.pause_accepting();
                    return false;
                }
                None => return false,
            }
        }
        true
    }

    fn pause_accepting(&mut self) {
        self.accept_again = self.context.now.checked_add(ACCEPT_PAUSE);
    }

    fn welcome(&mut self, mut socket: Stream, route: Route) {
        if !self.peers.enter(&route.peer, self.context.limits.max_connections_per_peer) {
            tracing::debug!(peer = %route.peer, "too many connections of one peer");
            return;
        }
        let base = self.first_slot();
        let entry = self.connections.vacant_entry();
        let token = Token(base.saturating_add(entry.key()));
        let registered = socket.prepare().and_then(|()| {
            self.poll.registry().register(
                &mut socket,
                token,
                Interest::READABLE | Interest::WRITABLE,
            )
        });
        if let Err(error) = registered {
            tracing::debug!(%error, peer = %route.peer, "connection lost at once");
            self.peers.leave(&route.peer);
            return;
        }
        self.serial = self.serial.wrapping_add(1);
        entry.insert(Connection::new(
            socket,
            route,
            self.serial,
            self.context.limits.records,
            self.context.now,
        ));
        self.timer.set();
    }

    /// Does what others have for this reactor to do: sends what the pools have answered, and calls back.
    fn run_errands(&mut self) {
        for errand in self.context.shared.take_errands(self.context.lane) {
            match errand {
                Errand::Reply(done) => match done.origin {
                    Origin::Connection { slot, serial } => {
                        self.on_connection(slot, serial, |connection, cx| {
                            connection.deliver(done, cx)
                        });
                    }
                    Origin::Datagram { socket, peer, ticket } => {
                        if let Some(socket) = self.datagrams.get_mut(socket) {
                            socket.deliver(peer, ticket, done.reply.as_deref(), done.ran);
                        }
                    }
                },
                Errand::CallBack { slot, serial, records } => {
                    self.on_connection(slot, serial, |connection, cx| {
                        connection.call_back(&records, cx.now);
                        Ok(())
                    });
                }
            }
        }
    }

    /// Does something to a connection, if it is still there, and gives it a turn, or closes it where that fails.
    fn on_connection(
        &mut self,
        slot: usize,
        serial: u64,
        work: impl FnOnce(&mut Connection, &mut Context) -> io::Result<()>,
    ) {
        let token = Token(self.first_slot().saturating_add(slot));
        let Some(connection) =
            self.connections.get_mut(slot).filter(|connection| connection.serial() == serial)
        else {
            return;
        };
        match work(connection, &mut self.context) {
            Ok(()) => self.enlist(token),
            Err(error) => {
                tracing::debug!(peer = %connection.peer(), %error, "connection lost");
                self.close(slot);
            }
        }
    }

    /// Does what is due: accepting again, timeouts.
    fn keep_time(&mut self) {
        let now = self.context.now;
        if self.accept_again.is_some_and(|again| again <= now) {
            self.accept_again = None;
            (0..self.listeners.len()).for_each(|number| self.enlist(Token(number)));
        }
        if std::mem::take(&mut self.sweep_due) {
            self.sweep();
        }
    }

    /// Closes the connections whose time is over.
    fn sweep(&mut self) {
        let Context { now, limits, .. } = &self.context;
        let late: Vec<usize> = self
            .connections
            .iter()
            .filter(|(_, connection)| connection.is_late(*now, limits))
            .map(|(slot, _)| slot)
            .collect();
        late.into_iter().for_each(|slot| self.close(slot));
        self.timer.goes_off();
        if !self.connections.is_empty() {
            self.timer.set();
        }
    }

    fn heed_stop(&mut self) {
        if !self.draining && self.context.shared.is_stopping() {
            self.begin_drain();
        }
    }

    /// Accepts nothing more and reads nothing more; what is under way goes on. Who wants to connect is refused, and may
    /// go elsewhere.
    fn begin_drain(&mut self) {
        self.draining = true;
        self.drain_until = self.context.now.checked_add(self.context.limits.drain_timeout);
        self.accept_again = None;
        for mut listener in self.listeners.drain(..) {
            let _ = self.poll.registry().deregister(&mut listener);
        }
    }

    fn is_finished(&self) -> bool {
        self.draining
            && (self.drain_until.is_some_and(|until| self.context.now >= until) || self.is_quiet())
    }

    /// Nothing under way and nothing to send.
    fn is_quiet(&self) -> bool {
        self.connections.iter().all(|(_, connection)| connection.is_quiet())
            && self.datagrams.iter().all(Datagram::is_quiet)
    }

    fn slot_of(&self, token: Token) -> Option<usize> {
        token.0.checked_sub(self.first_slot())
    }

    const fn first_slot(&self) -> usize {
        self.enlisted.len()
    }
}

/// Whether accepting failed because of the one who wanted to connect.
fn is_about_one_peer(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}
