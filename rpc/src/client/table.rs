//! Who waits for which reply.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    hash::{BuildHasherDefault, Hasher},
    io,
    thread::Thread,
    time::Instant,
};

use super::{
    Error,
    waiters::{Afterwards, Waiter},
};
use crate::proto::{Attempt, RecordError, Step, Xids};

/// Buffers kept for the next calls, for message and reply of 64 at once, and how long one may be to be kept.
const KEEP: (usize, usize) = (128, 32 << 10);

/// How many ids are kept to know late replies by.
const LATE: usize = 256;

type ById<T> = HashMap<u32, T, BuildHasherDefault<Itself>>;

/// The calls under way on one connection, and who leads.
#[derive(Default)]
pub(super) struct Table {
    slots: ById<Slot>,
    /// Threads that sleep.
    sleepers: HashSet<u32, BuildHasherDefault<Itself>>,
    /// Calls that a task waits for, and that the background thread looks after.
    watched: ById<Watch>,
    /// The background thread, where it rests, and until when.
    background: Option<(Thread, Instant)>,
    has_leader: bool,
    /// The background thread leads wherever nobody else does, to hear the server's calls.
    listens: bool,
    /// The call of the leader, which needs no slot: its reply never goes by way of the table.
    leader: Option<u32>,
    /// Calls whose replies may come when nobody waits for them any more: the last of them.
    late: VecDeque<u32>,
    /// An id for the next call.
    spare_xid: Option<u32>,
    /// Why nothing will come any more.
    broken: Option<Broken>,
    /// Buffers for the next calls.
    spare: Vec<Vec<u8>>,
    /// Who is told once the table is unlocked.
    afterwards: Afterwards,
}

/// One call's place in the table.
#[derive(Default)]
struct Slot {
    waiter: Option<Waiter>,
    reply: Option<Vec<u8>>,
    /// What ended it instead.
    failure: Option<io::ErrorKind>,
}

/// What the background thread has to do for a call.
struct Watch {
    /// Kept to be sent again (UDP).
    message: Vec<u8>,
    attempt: Attempt,
}

/// A new call.
pub(super) struct Opened {
    pub(super) xid: u32,
    /// An empty buffer for the message.
    pub(super) message: Vec<u8>,
    /// Whether this caller leads.
    pub(super) leads: bool,
}

/// What there is for a caller who does not lead.
pub(super) enum Turn {
    /// The reply.
    Reply(Vec<u8>),
    /// The call has failed, and no other.
    Failed(io::ErrorKind),
    /// The connection is of no use any more.
    Broken(Broken),
    /// Nobody leads: now this caller does.
    Lead,
    /// Nothing: this caller will be told.
    Sleep,
}

/// What became of a reply that is not the leader's.
#[derive(Debug)]
pub(super) enum Delivery {
    /// Somebody waits for it.
    Done,
    /// Somebody did, or has had another.
    Late,
    /// Nobody did, as far as is known.
    Stray,
}

/// What the background thread does next.
pub(super) enum Duty {
    /// Lead until then at the latest.
    Lead(Option<Instant>),
    /// Rest until then at the latest.
    Rest(Instant),
}

/// Why a connection is of no use any more, in a form that every caller can be told.
#[derive(Clone, Copy)]
pub(super) enum Broken {
    Closed,
    Record(RecordError),
    Io(io::ErrorKind),
}

impl Table {
    /// One that nobody here leads for, because somebody else reads; or one whose background thread `listens`.
    pub(super) fn new(is_read_elsewhere: bool, listens: bool) -> Self {
        Self { has_leader: is_read_elsewhere, listens, ..Self::default() }
    }

    /// Makes a place for a call, under a given id where that is free.
    #[inline]
    pub(super) fn open(
        &mut self,
        xids: &Xids,
        xid: Option<u32>,
        may_lead: bool,
    ) -> Result<Opened, Broken> {
        if let Some(broken) = self.broken {
            return Err(broken);
        }
        let xid = xid.filter(|xid| self.is_unused(*xid)).unwrap_or_else(|| self.unused(xids));
        let leads = may_lead && self.take_lead();
        if leads {
            self.leader = Some(xid);
        } else {
            self.slots.insert(xid, Slot::default());
        }
        Ok(Opened { xid, message: self.buffer(), leads })
    }

    /// Whether a reply is waited for by way of the table.
    pub(super) fn is_waited_for(&self) -> bool {
        !self.slots.is_empty()
    }

    /// An id that no call under way has.
    #[inline]
    fn unused(&mut self, xids: &Xids) -> u32 {
        loop {
            let xid = self.spare_xid.take().unwrap_or_else(|| {
                let (xid, spare) = xids.pair();
                self.spare_xid = Some(spare);
                xid
            });
            if self.is_unused(xid) {
                return xid;
            }
        }
    }

    #[inline]
    fn is_unused(&self, xid: u32) -> bool {
        self.leader != Some(xid) && !self.slots.contains_key(&xid)
    }

    /// Lets another lead, and gives the leader's call a slot.
    pub(super) fn stand_back(&mut self, xid: u32) {
        self.slots.insert(xid, Slot::default());
        self.resign();
    }

    /// Gives up a call's place; a leader hands over to another, and so does one who may have been woken to lead.
    #[inline]
    pub(super) fn close(&mut self, xid: u32, message: Vec<u8>, leads: bool) {
        if !self.slots.is_empty() {
            self.leave(xid);
        }
        self.keep(message);
        if leads || !self.has_leader {
            self.resign();
        }
    }

    /// Notes that a reply may come late: that of a call which was given up, or another to one that was sent again.
    #[cold]
    pub(super) fn expect_late(&mut self, xid: u32) {
        if !self.late.contains(&xid) {
            self.late.truncate(LATE.saturating_sub(1));
            self.late.push_front(xid);
        }
    }

    fn leave(&mut self, xid: u32) {
        if let Some(Slot { waiter: Some(waiter), .. }) = self.slots.remove(&xid) {
            self.afterwards.drop(waiter);
        }
        if !self.sleepers.is_empty() {
            self.sleepers.remove(&xid);
        }
        if !self.watched.is_empty() {
            self.watched.remove(&xid);
        }
    }

    /// Whether whoever asks leads from now on, until he resigns: for replies to others.
    #[inline]
    pub(super) fn take_lead(&mut self) -> bool {
        !std::mem::replace(&mut self.has_leader, true)
    }

    /// Ends a leader's time, and wakes one who may be the next.
    #[inline]
    pub(super) fn resign(&mut self) {
        self.has_leader = false;
        self.leader = None;
        if self.listens || !self.sleepers.is_empty() || !self.watched.is_empty() {
            self.wake_next();
        }
    }

    fn wake_next(&mut self) {
        if let Some(next) = self.sleepers.iter().next().copied() {
            self.wake(next);
        } else {
            self.wake_background();
        }
    }

    /// Whether there is a reply for a caller who does not lead.
    pub(super) fn is_answered(&self, xid: u32) -> bool {
        self.slots.get(&xid).is_some_and(|slot| slot.reply.is_some())
    }

    /// The reply for a caller who does not lead, where it has come.
    pub(super) fn reply(&mut self, xid: u32) -> Option<Vec<u8>> {
        self.slots.get_mut(&xid)?.reply.take()
    }

    /// What a caller who does not lead has to do next. One who sleeps is noted as `waiter`.
    pub(super) fn turn(
        &mut self,
        xid: u32,
        waiter: impl FnOnce() -> Waiter,
        may_lead: bool,
    ) -> Turn {
        let Some(slot) = self.slots.get_mut(&xid) else { return Turn::Sleep };
        if let Some(reply) = slot.reply.take() {
            return Turn::Reply(reply);
        }
        if let Some(failure) = slot.failure.take() {
            return Turn::Failed(failure);
        }
        if let Some(broken) = self.broken {
            return Turn::Broken(broken);
        }
        if may_lead && !self.has_leader {
            self.has_leader = true;
            self.sleepers.remove(&xid);
            slot.waiter.take().into_iter().for_each(|waiter| self.afterwards.drop(waiter));
            return Turn::Lead;
        }
        let waiter = waiter();
        if matches!(waiter, Waiter::Thread(_)) {
            self.sleepers.insert(xid);
        }
        if let Some(before) = slot.waiter.replace(waiter) {
            self.afterwards.drop(before);
        }
        Turn::Sleep
    }

    /// Has the background thread look after a call that a task waits for, unless it does.
    pub(super) fn watch(&mut self, xid: u32, watch: impl FnOnce() -> (Vec<u8>, Attempt)) {
        let watch = self.watched.entry(xid).or_insert_with(|| {
            let (message, attempt) = watch();
            Watch { message, attempt }
        });
        let until = watch.attempt.until();
        let is_late = |(_, rests): &(Thread, Instant)| until.is_some_and(|until| until < *rests);
        if !self.has_leader || self.background.as_ref().is_some_and(is_late) {
            self.wake_background();
        }
    }

    /// What the background thread, which does not lead, does next. It rests until `latest` at the most.
    pub(super) fn duty(&mut self, background: Thread, latest: Instant) -> Duty {
        let until = self.watched.values().filter_map(|watch| watch.attempt.until()).min();
        let is_needed = self.listens || !self.watched.is_empty();
        if self.has_leader || !is_needed || self.broken.is_some() {
            return Duty::Rest(self.rest(background, latest));
        }
        self.has_leader = true;
        self.background = None;
        Duty::Lead(until)
    }

    /// Notes that the background thread rests, until something is due, or `latest`.
    pub(super) fn rest(&mut self, background: Thread, latest: Instant) -> Instant {
        let until = self.watched.values().filter_map(|watch| watch.attempt.until()).min();
        let until = until.map_or(latest, |until| until.min(latest));
        self.background = Some((background, until));
        until
    }

    /// Of the calls watched, wakes those whose time is up, and gives the messages that are to be sent again.
    pub(super) fn due(&mut self, now: Instant) -> Vec<Vec<u8>> {
        let (mut messages, mut again) = (Vec::new(), Vec::new());
        let mut over = Vec::new();
        for (xid, watch) in &mut self.watched {
            match watch.attempt.step(now) {
                Step::Wait(_) => {}
                Step::SendAgain => {
                    again.push(*xid);
                    messages.push(watch.message.clone());
                }
                Step::GiveUp => over.push(*xid),
            }
        }
        again.into_iter().for_each(|xid| self.expect_late(xid));
        for xid in over {
            self.watched.remove(&xid);
            self.wake(xid);
        }
        messages
    }

    /// Ends all calls that a task waits for: the network has reported a failure (UDP), and does not say of which.
    pub(super) fn fail_watched(&mut self, failure: io::ErrorKind) {
        for xid in std::mem::take(&mut self.watched).into_keys() {
            if let Some(slot) = self.slots.get_mut(&xid) {
                slot.failure = Some(failure);
            }
            self.wake(xid);
        }
    }

    /// Hands a reply to whoever waits for it.
    pub(super) fn deliver(&mut self, xid: u32, message: &[u8]) -> Delivery {
        let Some(slot) = self.slots.get_mut(&xid).filter(|slot| slot.reply.is_none()) else {
            return if self.late.contains(&xid) { Delivery::Late } else { Delivery::Stray };
        };
        let mut reply = self.spare.pop().unwrap_or_default();
        reply.extend_from_slice(message);
        slot.reply = Some(reply);
        let is_awaited = slot.waiter.is_some();
        if !self.watched.is_empty() {
            self.watched.remove(&xid);
        }
        if is_awaited {
            self.wake(xid);
        }
        Delivery::Done
    }

    /// Notes that nothing will come any more, and tells everybody.
    pub(super) fn break_off(&mut self, broken: Broken) {
        self.broken = self.broken.or(Some(broken));
        self.wake_everybody();
        self.watched.clear();
    }

    /// Whether nobody is to be told anything.
    #[inline]
    pub(super) const fn is_silent(&self) -> bool {
        self.afterwards.is_empty()
    }

    /// Whom to tell once the table is unlocked.
    pub(super) fn take_afterwards(&mut self) -> Afterwards {
        std::mem::take(&mut self.afterwards)
    }

    /// Why nothing will come any more, where nothing will.
    pub(super) const fn broken(&self) -> Option<Broken> {
        self.broken
    }

    /// Has everybody look whether to go on waiting.
    pub(super) fn wake_everybody(&mut self) {
        let everybody: Vec<u32> = self.slots.keys().copied().collect();
        everybody.into_iter().for_each(|xid| self.wake(xid));
    }

    /// An empty buffer.
    #[inline]
    pub(super) fn buffer(&mut self) -> Vec<u8> {
        self.spare.pop().unwrap_or_default()
    }

    /// Keeps a buffer for another call.
    #[inline]
    pub(super) fn keep(&mut self, mut buffer: Vec<u8>) {
        if self.spare.len() < KEEP.0 && (1..=KEEP.1).contains(&buffer.capacity()) {
            buffer.clear();
            self.spare.push(buffer);
        }
    }

    fn wake(&mut self, xid: u32) {
        let Some(waiter) = self.slots.get_mut(&xid).and_then(|slot| slot.waiter.take()) else {
            return;
        };
        if matches!(waiter, Waiter::Thread(_)) {
            self.sleepers.remove(&xid);
        }
        self.afterwards.wake(waiter);
    }

    /// Has the background thread, where it rests, look what there is to do.
    pub(super) fn wake_background(&mut self) {
        if let Some((background, _)) = self.background.take() {
            background.unpark();
        }
    }
}

impl From<Broken> for Error {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Closed => Self::Disconnected,
            Broken::Record(error) => Self::Record(error),
            Broken::Io(kind) => Self::Io(kind.into()),
        }
    }
}

/// Transaction ids come from a keyed hash already: they need none of the map's.
#[derive(Clone, Copy, Default)]
struct Itself(u64);

impl Hasher for Itself {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u32(&mut self, value: u32) {
        // The map takes its buckets from the low bits and its tags from the high ones.
        self.0 = u64::from(value) << 32 | u64::from(value);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::ErrorKind,
        sync::mpsc,
        thread,
        time::{Duration, Instant},
    };

    use super::{Broken, Delivery, KEEP, Table, Turn};
    use crate::{
        client::waiters::Waiter,
        proto::{Attempt, Backoff, Xids},
    };

    /// A table with a call that nobody leads for.
    fn with_a_call() -> (Table, u32) {
        let mut table = Table::new(false, false);
        let opened = table.open(&Xids::new(), None, false).ok().unwrap();
        (table, opened.xid)
    }

    #[test]
    fn no_two_calls_have_one_id() {
        for leads in [true, false] {
            let (mut table, xids) = (Table::new(false, false), Xids::new());
            let mut open = || table.open(&xids, Some(7), leads).ok().unwrap().xid;
            assert_eq!(open(), 7);
            assert_ne!(open(), 7, "leads: {leads}");
        }
    }

    #[test]
    fn a_connection_has_failed_for_the_first_reason_that_there_was() {
        let (mut table, xid) = with_a_call();
        table.break_off(Broken::Closed);
        table.break_off(Broken::Io(ErrorKind::BrokenPipe));
        let turn = table.turn(xid, || Waiter::Thread(thread::current()), true);
        assert!(matches!(turn, Turn::Broken(Broken::Closed)));
    }

    #[test]
    fn of_two_replies_the_first_is_taken() {
        let (mut table, xid) = with_a_call();
        assert!(matches!(table.deliver(xid, b"one"), Delivery::Done));
        assert!(!matches!(table.deliver(xid, b"two"), Delivery::Done));
        assert_eq!(table.reply(xid).as_deref(), Some(&b"one"[..]));
    }

    #[test]
    fn what_is_answered_or_given_up_is_not_sent_again() {
        let ends: [fn(&mut Table, u32); 2] = [
            |table, xid| assert!(matches!(table.deliver(xid, b"reply"), Delivery::Done)),
            |table, xid| table.close(xid, Vec::new(), false),
        ];
        for end in ends {
            let ((mut table, xid), began) = (with_a_call(), Instant::now());
            let after = |millis| began + Duration::from_millis(millis);
            let backoff = Backoff::new(Duration::from_millis(10), Duration::from_millis(10));
            let attempt = Attempt::new(began, Duration::from_secs(9), Some(backoff));
            table.watch(xid, || (b"call".to_vec(), attempt));
            assert_eq!(table.due(after(10)), [b"call"]);
            end(&mut table, xid);
            assert!(table.due(after(1000)).is_empty());
        }
    }

    #[test]
    fn few_buffers_are_kept_and_no_long_ones() {
        let (mut table, _) = with_a_call();
        table.keep(Vec::with_capacity(KEEP.1 + 1));
        (0..2 * KEEP.0).for_each(|_| table.keep(vec![7; 100]));
        assert_eq!(table.spare.len(), KEEP.0);
        assert!(table.spare.iter().all(|buffer| buffer.is_empty() && buffer.capacity() == 100));
    }

    #[test]
    fn who_is_woken_to_lead_and_leaves_wakes_another() {
        let (mut table, xids) = (Table::new(false, false), Xids::new());
        let (sender, woken) = mpsc::channel();
        let leader = table.open(&xids, None, true).ok().unwrap();
        for _ in 0..2 {
            let opened = table.open(&xids, None, true).ok().unwrap();
            let sender = sender.clone();
            let sleeper = thread::spawn(move || {
                thread::park();
                sender.send(opened.xid).unwrap();
            });
            let waiter = || Waiter::Thread(sleeper.thread().clone());
            assert!(matches!(table.turn(opened.xid, waiter, true), Turn::Sleep));
        }
        table.close(leader.xid, Vec::new(), leader.leads);
        drop(table.take_afterwards());
        let next = woken.recv_timeout(Duration::from_secs(10)).unwrap();
        // His time is over: he never asks whether he leads.
        table.close(next, Vec::new(), false);
        drop(table.take_afterwards());
        woken.recv_timeout(Duration::from_secs(10)).unwrap();
    }
}
