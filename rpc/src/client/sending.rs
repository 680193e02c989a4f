//! The way out: one datagram for a message, or a stream that several callers write to.
//!
//! A write to a stream blocks for a moment at the most. What the stream has not taken then stays in the outbox, and one
//! caller goes on writing it until his own message is gone or his time is over; others wait for him, each to his own
//! deadline. So a server that stops reading holds nobody up for longer than he wants, and a message that was not sent
//! can be told from one that was. None of them leads, except while he reads between two writes: what comes then goes by
//! way of the table, his own reply too.

use std::{
    io,
    sync::{MutexGuard, PoisonError, atomic::Ordering},
    time::{Duration, Instant},
};

use super::{
    Error,
    calls::{Calls, PATIENCE},
    outbox::{Batch, Outbox},
    wait::Wait,
};
use crate::{pieces, xdr::Parts};

/// How many times the socket is read, at the most, between two writes that it has not taken.
const READ_MEANWHILE: usize = 16;

/// How long somebody waits for another who writes, before he looks whether his reply has come meanwhile.
const WRITER_SLICE: Duration = Duration::from_millis(20);

/// On whose behalf something is sent.
pub(super) struct Caller<'a> {
    /// His call; none where he sends what others have started.
    pub(super) xid: Option<u32>,
    pub(super) began: Instant,
    pub(super) wait: &'a Wait,
}

impl Calls {
    pub(super) fn outbox(&self) -> MutexGuard<'_, Outbox> {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a message at once, behind all that wait. Where a stream does not take it whole, a caller who leads stands
    /// back: somebody else may have to read meanwhile.
    pub(super) fn send(
        &self,
        message: &[u8],
        parts: &Parts,
        xid: u32,
        caller: &Caller<'_>,
        leads: &mut bool,
    ) -> Result<(), Error> {
        if !self.is_stream() {
            // An error may be what the network has reported of an earlier datagram: then this one was not sent.
            return self.send_datagram(message).or_else(|_| self.send_datagram(message));
        }
        let mut outbox = self.outbox();
        let mut gone = 0;
        if outbox.is_idle() {
            match self.link.write_parts(message, parts) {
                Ok(count) if count == message.len().saturating_add(parts.len()) => return Ok(()),
                Ok(count) => gone = count,
                Err(error) => return self.cannot_send(outbox, error),
            }
        }
        outbox.push(xid, &pieces::joined(message, parts), gone);
        // The outbox stays locked, so that nobody else's message is among what this caller writes first.
        if std::mem::take(leads) {
            self.table().stand_back(xid);
        }
        self.send_all(outbox, caller)
    }

    pub(super) fn send_datagram(&self, message: &[u8]) -> Result<(), Error> {
        self.link.send(message).map_err(|error| self.describe(error))
    }

    /// Adds a message, to be sent with the next one that must go at once. Waits only where too much waits already.
    pub(super) fn queue(&self, message: &[u8], xid: u32, caller: &Caller<'_>) -> Result<(), Error> {
        let mut outbox = self.outbox();
        if outbox.is_overfull() {
            let others = Caller { xid: None, ..*caller };
            self.send_all(outbox, &others).map_err(Error::before_sending)?;
            outbox = self.outbox();
        }
        outbox.push(xid, message, 0);
        if outbox.is_full() {
            drop(outbox);
            self.push()?;
        }
        Ok(())
    }

    /// Sends what was queued, up to the caller's own message, if there is one.
    pub(super) fn flush(&self, caller: &Caller<'_>) -> Result<(), Error> {
        self.check()?;
        self.send_all(self.outbox(), caller)
    }

    /// Sends what the stream takes now of what was queued, without waiting; false where something is left.
    pub(super) fn push(&self) -> Result<bool, Error> {
        let mut outbox = self.outbox();
        if !outbox.writing && !outbox.is_idle() {
            match self.link.write_now(outbox.rest()) {
                Ok(count) => outbox.sent(count),
                Err(error) => return self.cannot_send(outbox, error),
            }
        }
        let done = outbox.is_idle();
        self.stuck.store(!done, Ordering::Relaxed);
        Ok(done)
    }

    /// Sends all that wait, up to the caller's own message. Where his time is over before, that is taken back, unless a
    /// part of it is gone: the rest of it goes out with what is sent next, as does what waits behind it.
    fn send_all(
        &self,
        mut outbox: MutexGuard<'_, Outbox>,
        caller: &Caller<'_>,
    ) -> Result<(), Error> {
        if outbox.has_sent(caller.xid) {
            return Ok(());
        }
        if let Err(error) = self.left(caller) {
            return Err(given_up(&mut outbox, caller, error));
        }
        if !outbox.writing {
            match self.link.write(outbox.rest()) {
                Ok(count) => outbox.sent(count),
                Err(error) => return self.cannot_send(outbox, error),
            }
        }
        if outbox.has_sent(caller.xid) {
            return Ok(());
        }
        self.write_out(outbox, caller)
    }

    /// Who gives up does so before anybody else may write: then his message is not in the hands of the next one.
    #[cold]
    fn write_out<'a>(
        &'a self,
        mut outbox: MutexGuard<'a, Outbox>,
        caller: &Caller<'_>,
    ) -> Result<(), Error> {
        self.may_wait().map_err(|error| given_up(&mut outbox, caller, error))?;
        while !outbox.has_sent(caller.xid) {
            if outbox.writing {
                // His message may have been in what is being written, and a long one may be behind it.
                if caller.xid.is_some_and(|xid| self.table().is_answered(xid)) {
                    return Ok(());
                }
                let left =
                    self.left(caller).map_err(|error| given_up(&mut outbox, caller, error))?;
                outbox = self.wait_for_writer(outbox, left.min(WRITER_SLICE));
                continue;
            }
            let mut batch = outbox.take();
            drop(outbox);
            let result = self.write(&mut batch, caller);
            outbox = self.outbox();
            outbox.put_back(batch);
            if self.is_broken() {
                outbox.clear();
            }
            if outbox.waiters > 0 {
                self.written.notify_all();
            }
            result.map_err(|error| given_up(&mut outbox, caller, error))?;
        }
        Ok(())
    }

    fn wait_for_writer<'a>(
        &'a self,
        mut outbox: MutexGuard<'a, Outbox>,
        left: Duration,
    ) -> MutexGuard<'a, Outbox> {
        outbox.waiters = outbox.waiters.saturating_add(1);
        let (mut outbox, _) =
            self.written.wait_timeout(outbox, left).unwrap_or_else(PoisonError::into_inner);
        outbox.waiters = outbox.waiters.saturating_sub(1);
        outbox
    }

    /// Writes a batch until it, or the caller's message in it, is gone or his time is over. Between, where the server
    /// takes nothing, replies are read: it may be waiting for somebody to do that.
    fn write(&self, batch: &mut Batch, caller: &Caller<'_>) -> Result<(), Error> {
        let end = batch.end_of(caller.xid);
        while batch.left_to(end) {
            self.left(caller)?;
            match self.link.write(batch.rest()) {
                Ok(0) => {
                    self.link.wait_for_room();
                    self.read_meanwhile(READ_MEANWHILE);
                }
                Ok(count) => batch.sent(count),
                Err(error) => return Err(self.fail(error)),
            }
        }
        Ok(())
    }

    /// Reads what has come, so many times at the most, unless somebody else does.
    pub(super) fn read_meanwhile(&self, times: usize) {
        if self.table().take_lead() {
            // Where this fails, the connection is broken: the caller sees that next.
            let mut chunks = 0..times;
            while chunks.next().is_some() && self.receive_for_others(PATIENCE.0).unwrap_or(false) {}
            self.table().resign();
        }
    }

    /// How long the caller may sleep before he looks again.
    fn left(&self, caller: &Caller<'_>) -> Result<Duration, Error> {
        self.check()?;
        caller.wait.left(caller.began).map(|left| caller.wait.slice(left))
    }

    /// Whether the connection has not failed.
    fn check(&self) -> Result<(), Error> {
        match self.is_broken().then(|| self.table().broken()).flatten() {
            Some(broken) => Err(broken.into()),
            None => Ok(()),
        }
    }

    /// A message may have gone in part: what follows it could not be understood.
    #[cold]
    fn cannot_send<T>(&self, outbox: MutexGuard<'_, Outbox>, error: io::Error) -> Result<T, Error> {
        drop(outbox);
        Err(self.fail(error))
    }
}

/// Takes back the message of a caller who has given up, and says so where that could be done.
fn given_up(outbox: &mut Outbox, caller: &Caller<'_>, error: Error) -> Error {
    let unsent = caller.xid.is_some_and(|xid| outbox.take_back(xid));
    if unsent { error.before_sending() } else { error }
}
