//! Who waits for which reply.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasherDefault, Hasher},
    thread::{self, Thread},
};

use super::Error;
use crate::proto::{RecordError, Xids};

/// Buffers kept for the next calls, and how long one may be to be kept.
const KEEP: (usize, usize) = (64, 64 << 10);

/// The calls under way on one connection, and who leads.
#[derive(Default)]
pub(super) struct Table {
    slots: HashMap<u32, Slot, BuildHasherDefault<Itself>>,
    /// Those whose thread sleeps.
    sleepers: HashSet<u32, BuildHasherDefault<Itself>>,
    has_leader: bool,
    /// Why nothing will come any more.
    broken: Option<Broken>,
    /// Buffers for the next calls.
    spare: Vec<Vec<u8>>,
}

/// One call's place in the table.
#[derive(Default)]
struct Slot {
    sleeper: Option<Thread>,
    reply: Option<Vec<u8>>,
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
    /// The connection is of no use any more.
    Broken(Broken),
    /// Nobody leads: now this caller does.
    Lead,
    /// Nothing: somebody else leads, and will wake this thread.
    Sleep,
}

/// Why a connection is of no use any more, in a form that every caller can be told.
#[derive(Clone, Copy)]
pub(super) enum Broken {
    Closed,
    Record(RecordError),
    Io(std::io::ErrorKind),
}

impl Table {
    /// Makes a place for a call.
    pub(super) fn open(&mut self, xids: &Xids) -> Result<Opened, Error> {
        if let Some(broken) = self.broken {
            return Err(broken.into());
        }
        let mut xid = xids.next();
        while self.slots.contains_key(&xid) {
            xid = xids.next();
        }
        self.slots.insert(xid, Slot::default());
        let leads = !std::mem::replace(&mut self.has_leader, true);
        Ok(Opened { xid, message: self.spare.pop().unwrap_or_default(), leads })
    }

    /// Gives up a call's place; a leader hands over to one who sleeps.
    pub(super) fn close(&mut self, xid: u32, message: Vec<u8>, leads: bool) {
        self.slots.remove(&xid);
        self.keep(message);
        if leads {
            self.has_leader = false;
            if let Some(next) = self.sleepers.iter().next().copied() {
                self.wake(next);
            }
        }
    }

    /// What a caller who does not lead has to do next.
    pub(super) fn turn(&mut self, xid: u32) -> Turn {
        let Some(slot) = self.slots.get_mut(&xid) else { return Turn::Sleep };
        if let Some(reply) = slot.reply.take() {
            return Turn::Reply(reply);
        }
        if let Some(broken) = self.broken {
            return Turn::Broken(broken);
        }
        if !self.has_leader {
            self.has_leader = true;
            self.sleepers.remove(&xid);
            return Turn::Lead;
        }
        if slot.sleeper.is_none() {
            slot.sleeper = Some(thread::current());
            self.sleepers.insert(xid);
        }
        Turn::Sleep
    }

    /// Hands a reply to whoever waits for it; false where nobody does.
    pub(super) fn deliver(&mut self, xid: u32, message: &[u8]) -> bool {
        let Some(slot) = self.slots.get_mut(&xid).filter(|slot| slot.reply.is_none()) else {
            return false;
        };
        let mut reply = self.spare.pop().unwrap_or_default();
        reply.extend_from_slice(message);
        slot.reply = Some(reply);
        self.wake(xid);
        true
    }

    /// Notes that nothing will come any more, and tells everybody.
    pub(super) fn break_off(&mut self, broken: Broken) {
        self.broken = self.broken.or(Some(broken));
        let sleepers: Vec<u32> = self.sleepers.iter().copied().collect();
        sleepers.into_iter().for_each(|xid| self.wake(xid));
    }

    /// Keeps a buffer for another call.
    pub(super) fn keep(&mut self, mut buffer: Vec<u8>) {
        if self.spare.len() < KEEP.0 && buffer.capacity() <= KEEP.1 {
            buffer.clear();
            self.spare.push(buffer);
        }
    }

    fn wake(&mut self, xid: u32) {
        self.sleepers.remove(&xid);
        if let Some(sleeper) = self.slots.get_mut(&xid).and_then(|slot| slot.sleeper.take()) {
            sleeper.unpark();
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
