//! One caller's wait for one reply.
//!
//! One thread that waits is the *leader*: it reads the socket, keeps its own reply and hands others theirs. The
//! others sleep. A leader whose call has ended wakes one of them to lead. A lone caller is always leader: its call
//! crosses no thread.

use std::{
    ops::Deref,
    task::Waker,
    thread,
    time::{Duration, Instant},
};

use super::{
    Error,
    calls::Calls,
    reply::Taker,
    sending::Caller,
    table::{Broken, Opened, Turn},
    wait::Wait,
    waiters::Waiter,
};
use crate::{
    incoming::{self, Incoming},
    xdr::Parts,
};

/// How many times who comes late reads at the most: as much as a socket holds, long replies in two reads each.
const LATE_READS: usize = 256;

/// A place in the table, given up when dropped.
pub(super) struct Seat<S: Deref<Target = Calls>> {
    pub(super) calls: S,
    pub(super) xid: u32,
    /// Kept to be sent again (UDP).
    pub(super) message: Vec<u8>,
    /// Whether the message may still be in the outbox.
    pub(super) queued: bool,
    /// Whether the message has gone out more than once.
    pub(super) sent_again: bool,
    leads: bool,
    /// Whether the reply has come.
    answered: bool,
    began: Instant,
    wait: Wait,
}

impl<S: Deref<Target = Calls>> Seat<S> {
    #[inline]
    pub(super) fn new(calls: S, opened: Opened, began: Instant, wait: &Wait) -> Self {
        let Opened { xid, message, leads } = opened;
        let wait = wait.clone();
        Self {
            calls,
            xid,
            message,
            queued: false,
            sent_again: false,
            leads,
            answered: false,
            began,
            wait,
        }
    }

    #[inline]
    pub(super) fn caller(&self) -> Caller<'_> {
        Caller { xid: Some(self.xid), began: self.began, wait: &self.wait }
    }

    /// Sends its message, with `parts` in their places.
    #[inline]
    pub(super) fn send(&mut self, parts: &Parts) -> Result<(), Error> {
        let Self { calls, xid, message, leads, began, wait, .. } = self;
        let caller = Caller { xid: Some(*xid), began: *began, wait };
        let sent = calls.send(message, parts, *xid, &caller, leads);
        if !parts.is_empty() {
            // It is of no use without them.
            message.clear();
        }
        sent
    }

    /// Waits for the reply to a call that was sent now, and began now, so that none of its time is over, where it
    /// `is_fresh`.
    #[inline]
    pub(super) fn wait(&mut self, is_fresh: bool, take: Taker<'_>) -> Result<(), Error> {
        // Mostly it comes before there is anything else to do.
        let left = self.calls.first_wait(self.wait.timeout);
        if is_fresh && self.leads && !left.is_zero() && self.turn(left, take)? {
            return Ok(());
        }
        self.wait_on(self.began.elapsed(), take)
    }

    /// Waits for the reply to a call that was started before. It may have come meanwhile, so the time is looked at only
    /// where it has not been read by others, and counts only where there is nothing to read.
    pub(super) fn wait_late(&mut self, take: Taker<'_>) -> Result<(), Error> {
        if std::mem::take(&mut self.queued) {
            // What is answered has been sent.
            if let Some(taken) = self.take_answer(take) {
                return taken;
            }
            self.calls.flush(&self.caller())?;
        }
        if self.turn(Duration::ZERO, take)? {
            return Ok(());
        }
        let elapsed = self.began.elapsed();
        let is_due = elapsed >= self.calls.first_wait(self.wait.timeout);
        if is_due && self.read_on(take)? {
            return Ok(());
        }
        self.wait_on(elapsed, take)
    }

    /// As leader, reads what has come: a long reply, or one behind others, takes several reads.
    fn read_on(&mut self, take: Taker<'_>) -> Result<bool, Error> {
        let mut chunks = 0..LATE_READS;
        while self.leads && chunks.next().is_some() {
            match self.read_once(Duration::ZERO, take)? {
                Some(false) => {}
                taken => return Ok(taken.is_some()),
            }
        }
        Ok(false)
    }

    /// Waits for the reply, and sends the call again when it is time (UDP), so long after the call's beginning.
    fn wait_on(&mut self, mut elapsed: Duration, take: Taker<'_>) -> Result<(), Error> {
        let mut attempt = self.calls.attempt(self.began, self.wait.timeout);
        loop {
            match attempt.after(elapsed) {
                None => return self.end_of_time(take),
                Some(Duration::ZERO) => self.send_again()?,
                Some(left) => {
                    if self.turn(left, take)? {
                        return Ok(());
                    }
                    elapsed = self.began.elapsed();
                }
            }
        }
    }

    /// Takes a reply that others have left in the last moment.
    #[cold]
    fn end_of_time(&mut self, take: Taker<'_>) -> Result<(), Error> {
        self.take_answer(take).unwrap_or(Err(Error::Timeout(self.wait.timeout)))
    }

    /// Takes a reply that has come by way of the table, if one has.
    fn take_answer(&mut self, take: Taker<'_>) -> Option<Result<(), Error>> {
        let reply = self.answered()?;
        let (taken, buffer) = self.read(reply, take);
        self.message = buffer;
        Some(taken)
    }

    #[cold]
    fn send_again(&mut self) -> Result<(), Error> {
        self.sent_again = true;
        // Once a task has waited for it, the message is in the hands of the background thread, which does the same.
        if self.message.is_empty() {
            return Ok(());
        }
        self.calls.at_table(|table| table.expect_late(self.xid));
        self.calls.counters.retransmission();
        self.calls.send_datagram(&self.message)
    }

    /// Reads, or waits while another reads, for at most `left`. Like all that follow, says whether the results were
    /// taken.
    #[inline]
    fn turn(&mut self, left: Duration, take: Taker<'_>) -> Result<bool, Error> {
        if self.leads { self.lead(left, take) } else { self.follow(left, take) }
    }

    /// Takes the results, if they have come; otherwise `waker` is told when they have.
    pub(super) fn poll(&mut self, waker: &Waker, take: Taker<'_>) -> Result<bool, Error> {
        self.push()?;
        let is_late = self.began.elapsed() >= self.wait.timeout;
        if is_late {
            // Perhaps nobody has read yet what has come in time.
            self.calls.read_meanwhile(LATE_READS);
        }
        let mut table = self.calls.table();
        let turn = table.turn(self.xid, || Waiter::Task(waker.clone()), false);
        if let Turn::Sleep = turn {
            self.wait.check()?;
            if is_late {
                return Err(Error::Timeout(self.wait.timeout));
            }
            // From here on, the background thread sends again and knows the deadline.
            let attempt = || self.calls.attempt(self.began, self.wait.timeout);
            table.watch(self.xid, || (std::mem::take(&mut self.message), attempt()));
            if self.queued {
                table.wake_background();
            }
        }
        drop(table);
        self.conclude(turn, take)
    }

    /// Sends what the stream takes now; the background thread does the rest.
    fn push(&mut self) -> Result<(), Error> {
        if !self.queued {
            return Ok(());
        }
        if let Err(error) = self.wait.left(self.began)
            && self.calls.outbox().take_back(self.xid)
        {
            return Err(error.before_sending());
        }
        self.queued = !self.calls.push()?;
        Ok(())
    }

    /// Reads once.
    #[inline]
    fn lead(&mut self, left: Duration, take: Taker<'_>) -> Result<bool, Error> {
        Ok(self.read_once(left, take)?.unwrap_or(false))
    }

    /// The same; `None` where nothing came at all.
    #[inline]
    fn read_once(&mut self, left: Duration, take: Taker<'_>) -> Result<Option<bool>, Error> {
        let options = &self.calls.options;
        let left = self.wait.slice(left);
        let mut taken = Ok(None);
        let mine = |message: Incoming<'_>| taken = take(message, options).map(|()| Some(true));
        let mut reading = Reading(Some(&*self.calls));
        let received = self.calls.receive(Some(self.xid), left, mine);
        reading.0 = None;
        match received? {
            Some(Some(())) => {
                self.answered = true;
                taken
            }
            came => {
                self.wait.check()?;
                Ok(came.map(|_| false))
            }
        }
    }

    /// Takes the reply that the leader has left, or sleeps until he has, or becomes leader.
    fn follow(&mut self, left: Duration, take: Taker<'_>) -> Result<bool, Error> {
        let turn = self.calls.table().turn(self.xid, || Waiter::Thread(thread::current()), true);
        if let Turn::Sleep = turn {
            self.wait.check()?;
            self.calls.may_wait()?;
            if !left.is_zero() {
                thread::park_timeout(left);
            }
        }
        self.leads = matches!(turn, Turn::Lead);
        self.conclude(turn, take)
    }

    fn conclude(&mut self, turn: Turn, take: Taker<'_>) -> Result<bool, Error> {
        match turn {
            Turn::Reply(reply) => {
                let (taken, buffer) = self.read(reply, take);
                self.calls.at_table(|table| table.keep(buffer));
                taken.map(|()| true)
            }
            Turn::Failed(failure) => Err(self.calls.describe(failure.into())),
            Turn::Broken(broken) => Err(broken.into()),
            Turn::Lead | Turn::Sleep => Ok(false),
        }
    }

    /// The reply, where it has come: then nothing needs the message any more.
    fn answered(&mut self) -> Option<Vec<u8>> {
        self.calls.at_table(|table| {
            let reply = table.reply(self.xid)?;
            table.keep(std::mem::take(&mut self.message));
            Some(reply)
        })
    }

    /// Takes the results out of a reply, and gives its buffer back.
    fn read(&mut self, reply: Vec<u8>, take: Taker<'_>) -> (Result<(), Error>, Vec<u8>) {
        self.answered = true;
        let options = &self.calls.options;
        incoming::read(reply, |reply| take(reply, options))
    }
}

/// A read that a decoder's panic would end: what came with it for others would be lost.
struct Reading<'a>(Option<&'a Calls>);

impl Drop for Reading<'_> {
    #[inline]
    fn drop(&mut self) {
        if let Some(calls) = self.0 {
            calls.break_off(Broken::Closed);
        }
    }
}

impl<S: Deref<Target = Calls>> Drop for Seat<S> {
    #[inline]
    fn drop(&mut self) {
        if self.queued {
            self.calls.outbox().take_back(self.xid);
        }
        let message = std::mem::take(&mut self.message);
        self.calls.at_table(|table| {
            if !self.answered {
                table.expect_late(self.xid);
            }
            table.close(self.xid, message, self.leads);
        });
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::client::{Builder, link::Link};

    /// Its thread was woken with the reply, and got the processor so late that its time was over.
    #[test]
    fn a_reply_in_the_table_counts_at_the_end_of_the_time() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let link = Link::tcp(listener.local_addr().unwrap(), Duration::from_secs(20)).unwrap();
        let calls = Calls::new(link, Builder::default()).unwrap();
        let (began, wait) = (Instant::now(), Wait::new(Duration::from_millis(1)));
        let _leader = Calls::seat(&calls, began, &wait, None, true).unwrap();
        let mut seat = Calls::seat(&calls, began, &wait, None, true).unwrap();
        calls.feed([seat.xid, 1, 0, 0, 0, 0].map(u32::to_be_bytes).as_flattened());
        while began.elapsed() <= wait.timeout {
            thread::yield_now();
        }
        seat.wait(true, &mut |_, _| Ok(())).unwrap();
    }
}
