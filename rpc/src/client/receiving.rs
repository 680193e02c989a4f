//! The way in: whoever leads reads the socket, and hands everybody what is his.

use std::{
    io,
    sync::PoisonError,
    thread,
    time::{Duration, Instant},
};

use super::{
    Error,
    calls::{Calls, PATIENCE},
    reply,
    table::{Broken, Delivery},
};
use crate::{
    incoming::{Held, Incoming, Spare},
    proto::{Found, RecordLimits, RecordReader, is_call},
};

/// How much is read from the socket at a time. No datagram is longer.
const CHUNK: usize = 64 << 10;

/// The reading side.
pub(super) struct Receiver {
    chunk: Box<[u8]>,
    records: RecordReader,
    /// For long replies.
    long: Spare,
    patience: Patience,
}

/// How long the socket waits.
struct Patience {
    /// What was asked for last.
    asked: Duration,
    /// What the socket has been told.
    set: Duration,
    /// Nothing came when it waited last: the next wait goes on with that one, and is not busy anew.
    is_quiet: bool,
}

impl Patience {
    /// Unless it is told, a socket waits for ever.
    const UNTOLD: Self = Self { asked: Duration::MAX, set: Duration::MAX, is_quiet: false };
}

impl Receiver {
    /// One without a buffer of its own where somebody else reads.
    pub(super) fn new(limits: RecordLimits, is_read_elsewhere: bool) -> Self {
        let chunk = if is_read_elsewhere { 0 } else { CHUNK };
        Self {
            chunk: vec![0; chunk].into_boxed_slice(),
            records: RecordReader::new(limits),
            long: Spare::default(),
            patience: Patience::UNTOLD,
        }
    }
}

impl Calls {
    /// Reads once, for at most `left`, and gives everybody what came: `mine` what answers `xid`, others by way of
    /// the table. Only the leader may. `None` where nothing came at all.
    pub(super) fn receive<R>(
        &self,
        xid: Option<u32>,
        left: Duration,
        mut mine: impl FnMut(Incoming<'_>) -> R,
    ) -> Result<Option<Option<R>>, Error> {
        let mut receiver = self.receiver.lock().unwrap_or_else(PoisonError::into_inner);
        let Receiver { chunk, records, long, patience } = &mut *receiver;
        let received = match records.room() {
            // The rest of a long reply, straight into its place.
            Some(room) => self.read(room, left, patience).map(|count| Some((count?, None))),
            None => {
                let chunk = records.ahead(chunk);
                let asked = chunk.len();
                self.read(chunk, left, patience).map(|count| Some((count?, Some(asked))))
            }
        };
        let (count, asked) = match received {
            Ok(None) => return Ok(None),
            Ok(Some(received)) => received,
            Err(error) => return Err(self.fail(error)),
        };
        let mut input = chunk.get(..count).unwrap_or_default();
        if !self.is_stream() {
            return Ok(Some(self.sort(xid, input.into(), &mut mine)));
        }
        if count == 0 {
            self.break_off(Broken::Closed);
            return Err(Error::Disconnected);
        }
        if asked.is_none() {
            records.fill(count);
            input = &[];
        } else if asked == Some(count) {
            records.lend(long.buffer());
        }
        let mut outcome = None;
        loop {
            match records.find(&mut input) {
                Ok(None) => return Ok(Some(outcome)),
                Ok(Some(Found::Whole(message))) => {
                    outcome = self.sort(xid, message.into(), &mut mine).or(outcome);
                }
                Ok(Some(Found::Assembled)) => {
                    let message = Held::from(records.take());
                    outcome = self.sort(xid, message.message(), &mut mine).or(outcome);
                    long.take_back(message, records);
                    records.reclaim(long.buffer());
                }
                Err(error) => {
                    self.break_off(Broken::Record(error));
                    // What came before is good.
                    return match outcome {
                        None => Err(Error::Record(error)),
                        mine => Ok(Some(mine)),
                    };
                }
            }
            if input.is_empty() {
                return Ok(Some(outcome));
            }
        }
    }

    /// Reads once, for at most `left`, for everybody but the leader; false where nothing came.
    pub(super) fn receive_for_others(&self, left: Duration) -> Result<bool, Error> {
        self.receive(None, left, |_| ()).map(|came| came.is_some())
    }

    /// Reads what there is; `None` where nothing came in time.
    #[inline]
    fn read(
        &self,
        buffer: &mut [u8],
        mut left: Duration,
        patience: &mut Patience,
    ) -> io::Result<Option<usize>> {
        if !self.options.busy_poll.is_zero() && !patience.is_quiet {
            let busy = self.options.busy_poll.min(left);
            if let Some(count) = self.poll_busily(buffer, busy)? {
                return Ok(Some(count));
            }
            left = left.saturating_sub(busy);
        }
        self.be_patient(left, patience)?;
        let received = self.link.receive(buffer)?;
        patience.is_quiet = received.is_none();
        Ok(received)
    }

    /// The same without ever sleeping.
    #[cold]
    fn poll_busily(&self, buffer: &mut [u8], time: Duration) -> io::Result<Option<usize>> {
        let began = Instant::now();
        loop {
            match self.link.receive_now(buffer)? {
                None if began.elapsed() < time => thread::yield_now(),
                count => return Ok(count),
            }
        }
    }

    /// Sets the socket's timeout, unless it is right already: that would cost a system call for each call.
    ///
    /// The time left is rounded down, by a sixteenth at the most, so that calls of one kind round to the same; a
    /// wait that ends early is gone on with.
    #[inline]
    fn be_patient(&self, left: Duration, patience: &mut Patience) -> io::Result<()> {
        if left == patience.asked { Ok(()) } else { self.change_patience(left, patience) }
    }

    fn change_patience(&self, left: Duration, patience: &mut Patience) -> io::Result<()> {
        let millis = u32::try_from(left.as_millis()).unwrap_or(u32::MAX);
        let step = millis.checked_ilog2().unwrap_or(0).saturating_sub(4);
        let rounded = (millis >> step) << step;
        let wanted = Duration::from_millis(rounded.into()).clamp(PATIENCE.0, PATIENCE.1);
        if wanted != patience.set {
            self.link.set_patience(wanted)?;
            patience.set = wanted;
        }
        patience.asked = left;
        Ok(())
    }

    /// Takes a reply that somebody else has read.
    pub(super) fn feed(&self, reply: &[u8]) {
        self.sort::<()>(None, reply.into(), &mut |_| ());
    }

    /// Our reply, or somebody else's.
    #[inline]
    fn sort<R>(
        &self,
        xid: Option<u32>,
        incoming: Incoming<'_>,
        mine: &mut impl FnMut(Incoming<'_>) -> R,
    ) -> Option<R> {
        let message = incoming.bytes();
        if let Some(inbound) = &self.inbound
            && is_call(message)
        {
            inbound.push(message);
            return None;
        }
        let theirs = reply::xid(message)?;
        if Some(theirs) == xid {
            return Some(mine(incoming));
        }
        self.hand_over(theirs, message);
        None
    }

    /// A reply of somebody else's, or nobody's.
    fn hand_over(&self, xid: u32, message: &[u8]) {
        let delivery = self.at_table(|table| table.deliver(xid, message));
        match delivery {
            Delivery::Done => return,
            Delivery::Late => self.counters.late(),
            Delivery::Stray => self.counters.stray(),
        }
        tracing::debug!(xid, ?delivery, "nobody waits for a reply");
    }
}
