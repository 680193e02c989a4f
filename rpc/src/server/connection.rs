//! One TCP connection.

use std::{
    io::{self, IoSliceMut, Read},
    sync::Arc,
    time::Instant,
};

use super::{
    Limits, Peer, Results,
    context::Context,
    outgoing::{Flushed, Outgoing},
    pool::{Done, Job, Origin},
    programs::{Arrival, Route, Way},
    repeats::{Repeat, Waiting},
    stream::Stream,
    tie::Presence,
};
use crate::{
    incoming::{Held, Incoming},
    proto::{Found, MARK, RecordError, RecordLimits, RecordReader, Ticket, is_reply, put_record},
};

/// Replies are sent once this much of them has come together, even before the input is used up.
const FLUSH_AT: usize = 64 << 10;
/// Records looked at in one turn at the most.
const RECORDS: usize = 256;
/// How often a connection is read in one turn at the most, besides once, where the rest of a long record is there.
const MORE_READS: usize = 4;

pub(super) struct Connection {
    socket: Stream,
    route: Route,
    /// Tells this connection from others that had or will have its slot.
    serial: u64,
    records: RecordReader,
    /// Bytes read but not looked at, because the peer has to read first, or others have their turns.
    backlog: Vec<u8>,
    outgoing: Outgoing,
    /// Calls in a pool.
    under_way: usize,
    /// How many bytes they are.
    handed: usize,
    /// How many bytes of their replies have been queued, and are not known to be gone.
    owed: usize,
    /// A stop is wanted: no more calls are taken.
    draining: bool,
    presence: Presence,
    /// Whether it stands in the list of those who have a turn coming.
    enlisted: bool,
    /// Whether the peer sends no more: then a short read is not the end of what there is.
    ending: bool,
    /// Whether the end of the stream was read.
    ended: bool,
    last_call: Instant,
    /// When the record under way began.
    record_began: Option<Instant>,
}

/// What a connection wants after its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Nothing until the socket or a pool has something.
    Wait,
    /// Another turn: there is more to do.
    Again,
    /// To be closed.
    Close,
}

/// What was read.
struct Piece<'s> {
    count: usize,
    /// How much there was room for.
    asked: usize,
    /// The bytes, unless they are in their place already.
    input: &'s [u8],
}

/// Why a connection ends.
enum End {
    Io(io::Error),
    Record(RecordError),
    Nonsense,
}

impl From<io::Error> for End {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<RecordError> for End {
    fn from(error: RecordError) -> Self {
        Self::Record(error)
    }
}

impl Connection {
    pub(super) fn new(
        socket: Stream,
        route: Route,
        serial: u64,
        limits: RecordLimits,
        now: Instant,
    ) -> Self {
        Self {
            socket,
            route,
            serial,
            records: RecordReader::new(limits),
            backlog: Vec::new(),
            outgoing: Outgoing::default(),
            under_way: 0,
            handed: 0,
            owed: 0,
            draining: false,
            presence: Presence::default(),
            enlisted: false,
            ending: false,
            ended: false,
            last_call: now,
            record_began: None,
        }
    }

    pub(super) const fn socket(&mut self) -> &mut Stream {
        &mut self.socket
    }

    pub(super) const fn peer(&self) -> &Peer {
        &self.route.peer
    }

    pub(super) const fn serial(&self) -> u64 {
        self.serial
    }

    /// Takes a place in the list of turns; false where it has one.
    pub(super) const fn enlist(&mut self) -> bool {
        !std::mem::replace(&mut self.enlisted, true)
    }

    /// Takes what an event says besides that there is something.
    pub(super) const fn hint(&mut self, read_closed: bool) {
        self.ending |= read_closed;
    }

    /// Nothing under way and nothing to send.
    pub(super) const fn is_quiet(&self) -> bool {
        self.under_way == 0 && self.outgoing.is_empty()
    }

    pub(super) fn is_late(&self, now: Instant, limits: &Limits) -> bool {
        let over = |since: Instant, limit| now.saturating_duration_since(since) > limit;
        self.outgoing.stalled().is_some_and(|since| over(since, limits.write_timeout))
            || (self.outgoing.is_empty()
                && self.record_began.is_some_and(|since| over(since, limits.read_timeout)))
            || (self.is_quiet()
                && over(self.last_call, limits.idle_timeout)
                && !self.presence.is_kept())
    }

    /// One turn: sends what waits, reads once, answers every call that is complete, sends the answers together.
    pub(super) fn serve(&mut self, slot: usize, reading: bool, cx: &mut Context) -> Turn {
        self.enlisted = false;
        let turn = self.turn(slot, reading, cx);
        cx.out.clear();
        cx.parts.clear();
        turn.unwrap_or_else(|end| {
            let peer = self.route.peer;
            match end {
                End::Io(error) => tracing::debug!(%peer, %error, "connection lost"),
                End::Record(error) => tracing::debug!(%peer, %error, "connection closed"),
                End::Nonsense => tracing::debug!(%peer, "connection closed: not a call"),
            }
            Turn::Close
        })
    }

    /// Throws away what has come and was not read, within reason, before the socket is closed: the system would throw
    /// away what it still has to send.
    pub(super) fn discard_input(&self, scratch: &mut [u8]) {
        for _ in 0..MORE_READS {
            match (&self.socket).read(scratch) {
                Ok(count) if count == scratch.len() => {}
                _ => return,
            }
        }
    }

    /// Takes what a pool has made of a call; a turn has to follow.
    pub(super) fn deliver(&mut self, done: Done, cx: &mut Context) -> io::Result<()> {
        self.under_way = self.under_way.saturating_sub(1);
        self.handed = self.handed.saturating_sub(done.handed);
        self.owed = self.owed.saturating_add(done.bytes());
        self.last_call = cx.now;
        let Done { reply, parts, .. } = done;
        match reply {
            None => Ok(()),
            Some(record) if parts.is_empty() => {
                self.outgoing.push(record);
                Ok(())
            }
            Some(record) => self.outgoing.push_pieces(record, parts, &self.socket, cx),
        }
    }

    /// Takes records that are to be sent to the caller besides replies; a turn has to follow.
    pub(super) fn call_back(&mut self, records: &[u8], now: Instant) {
        self.last_call = now;
        self.outgoing.push_calls(records);
    }

    fn turn(&mut self, slot: usize, reading: bool, cx: &mut Context) -> Result<Turn, End> {
        self.draining = !reading;
        if !self.flush(cx)? || !self.listens(cx) {
            return Ok(Turn::Wait);
        }
        if !self.backlog.is_empty() || self.records.has_whole() {
            let backlog = std::mem::take(&mut self.backlog);
            return self.answer_all(&backlog, slot, cx).map(|()| Turn::Again);
        }
        if self.ended {
            return Ok(if self.is_quiet() { Turn::Close } else { Turn::Wait });
        }
        let mut turn = self.read(slot, cx)?;
        // The rest of a long record that has arrived belongs to the same turn, within reason.
        for _ in 0..MORE_READS {
            if turn != Turn::Again || !self.outgoing.is_empty() || self.records.room().is_none() {
                break;
            }
            turn = self.read(slot, cx)?;
        }
        Ok(turn)
    }

    /// Whether more is read. Where somebody waits for the caller to answer, it always is.
    #[inline]
    fn listens(&self, cx: &Context) -> bool {
        (!self.draining && self.has_room(cx)) || self.presence.awaits_reply()
    }

    /// Whether one more call may be handed to a pool.
    const fn has_room(&self, cx: &Context) -> bool {
        self.under_way < cx.limits.max_calls_per_connection
            && (self.handed == 0 || self.handed < cx.limits.max_call_queue_bytes)
    }

    fn read(&mut self, slot: usize, cx: &mut Context) -> Result<Turn, End> {
        let mut scratch = std::mem::take(&mut cx.scratch);
        let read = self.receive(&mut scratch, cx);
        let answered = match &read {
            Ok(Piece { input, .. }) => self.answer_all(input, slot, cx),
            Err(_) => Ok(()),
        };
        let read = read.map(|read| (read.count, read.asked));
        cx.scratch = scratch;
        answered?;
        match read {
            Ok((0, _)) => {
                self.ended = true;
                // A peer that has closed looks like one that only sends no more: both count as gone.
                self.presence.leave();
                Ok(if self.is_quiet() { Turn::Close } else { Turn::Wait })
            }
            // A short read has emptied the socket; what comes later makes a new event.
            Ok((count, asked)) if count < asked && !self.ending && self.backlog.is_empty() => {
                Ok(Turn::Wait)
            }
            Ok(_) => Ok(Turn::Again),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Turn::Wait),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(Turn::Again),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads once: straight into the place of a long record that is under way and on into `scratch`, or into `scratch`
    /// alone.
    fn receive<'s>(&mut self, scratch: &'s mut [u8], cx: &mut Context) -> io::Result<Piece<'s>> {
        if let Some(room) = self.records.room() {
            let here = room.len();
            let asked = here.saturating_add(scratch.len());
            let mut places = [IoSliceMut::new(room), IoSliceMut::new(scratch)];
            let count = (&self.socket).read_vectored(&mut places)?;
            self.records.fill(count);
            let input = scratch.get(..count.saturating_sub(here)).unwrap_or_default();
            return Ok(Piece { count, asked, input });
        }
        let scratch = self.records.ahead(scratch);
        let (asked, count) = (scratch.len(), (&self.socket).read(scratch)?);
        if count == asked {
            // A long record has begun, by all appearances.
            self.records.lend(cx.long.buffer());
        }
        Ok(Piece { count, asked, input: scratch.get(..count).unwrap_or_default() })
    }

    /// Answers the calls in `input` as far as the peer takes the answers, and as one turn goes; the rest stays in the
    /// backlog.
    fn answer_all(&mut self, mut input: &[u8], slot: usize, cx: &mut Context) -> Result<(), End> {
        if let Err(end) = self.answer_from(&mut input, slot, cx) {
            // What was answered before counts.
            let _ = self.send(cx);
            return Err(end);
        }
        self.backlog.extend_from_slice(input);
        let at_start = self.records.is_at_start();
        if self.records.has_long() {
            self.records.reclaim(cx.long.buffer());
        }
        self.record_began = if at_start { None } else { self.record_began.or(Some(cx.now)) };
        self.send(cx)
    }

    fn answer_from(&mut self, input: &mut &[u8], slot: usize, cx: &mut Context) -> Result<(), End> {
        for _ in 0..RECORDS {
            if !self.outgoing.is_empty() || !self.listens(cx) {
                break;
            }
            let Some(found) = self.records.find(input)? else { break };
            self.record_began = None;
            let mut assembled = None;
            match found {
                Found::Whole(record) => self.answer(record.into(), slot, cx)?,
                Found::Assembled => {
                    let record = assembled.insert(Held::from(self.records.take()));
                    self.answer(record.message(), slot, cx)?;
                }
            }
            if cx.out.len() >= FLUSH_AT || !cx.parts.is_empty() {
                self.send(cx)?;
            }
            // Parts of it may have been sent: its buffer is free once they are gone.
            if let Some(record) = assembled {
                cx.long.take_back(record, &mut self.records);
            }
        }
        Ok(())
    }

    /// Answers one call, or hands it to its pool.
    fn answer(&mut self, message: Incoming<'_>, slot: usize, cx: &mut Context) -> Result<(), End> {
        self.last_call = cx.now;
        let shared = &cx.shared;
        if is_reply(message.bytes()) {
            // To a call back to the caller, or a mistake.
            return self.presence.feed(message.bytes()).ok_or(End::Nonsense);
        }
        // It stays where it is made: it is long, and a call may be short.
        let request = shared.programs.parse(message);
        let Some(request) = &request else { return Err(End::Nonsense) };
        if self.draining {
            return Ok(());
        }
        let ticket = match &shared.repeats {
            None => None,
            Some(repeats) => {
                let again = Waiting { lane: cx.lane, origin: self.origin(slot) };
                match repeats.look(request, &self.route.peer, message.bytes(), cx.now, again) {
                    Repeat::Harmless => None,
                    Repeat::New(ticket) => Some(ticket),
                    Repeat::Silent => return Ok(()),
                    Repeat::Answered(reply) => return Ok(put_record(&reply, &mut cx.out)?),
                    Repeat::UnderWay { instead_of } => {
                        shared.tell(instead_of, None);
                        self.under_way = self.under_way.saturating_add(1);
                        return Ok(());
                    }
                }
            }
        };
        let mut way = Way::Dispatch;
        if let Some(workers) = request.pool().and_then(|pool| shared.workers(pool)) {
            if self.has_room(cx) && workers.submit(|| self.job(message, ticket, slot, cx)) {
                self.under_way = self.under_way.saturating_add(1);
                self.handed = self.handed.saturating_add(message.bytes().len());
                return Ok(());
            }
            way = Way::Overloaded;
        }
        let start = cx.out.len();
        let tie = Some(&**self.presence.tie(|| Some(cx.back(slot, self.serial, self.route.peer))));
        let arrival = Arrival { route: &self.route, deadline: cx.deadline, tie };
        // What is remembered has to lie in one piece.
        let parts = ticket.is_none().then_some(&mut cx.parts);
        let mut results = Results::with_parts(&mut cx.out, parts);
        let answered =
            results.record(|reply| shared.programs.answer(request, &arrival, way, reply));
        let ran = results.ran && way == Way::Dispatch;
        if let Some(ticket) = ticket {
            let reply = cx.out.get(start.saturating_add(MARK)..);
            shared.settle(ticket, reply, ran);
        }
        answered?;
        Ok(())
    }

    fn job(
        &mut self,
        message: Incoming<'_>,
        ticket: Option<Ticket>,
        slot: usize,
        cx: &Context,
    ) -> Job {
        Job {
            lane: cx.lane,
            origin: self.origin(slot),
            route: self.route,
            deadline: cx.deadline,
            tie: Arc::clone(
                self.presence.tie(|| Some(cx.back(slot, self.serial, self.route.peer))),
            ),
            ticket,
            message: message.to_held(),
        }
    }

    const fn origin(&self, slot: usize) -> Origin {
        Origin::Connection { slot, serial: self.serial }
    }

    /// Sends the replies in `cx.out`.
    fn send(&mut self, cx: &mut Context) -> Result<(), End> {
        Ok(self.outgoing.send(&self.socket, cx)?)
    }

    /// Sends what waits; true once nothing does.
    fn flush(&mut self, cx: &mut Context) -> Result<bool, End> {
        let sent = self.outgoing.is_empty() || self.flush_queue(cx)?;
        if sent && self.owed > 0 {
            self.presence.taken(std::mem::take(&mut self.owed));
        }
        Ok(sent)
    }

    fn flush_queue(&mut self, cx: &mut Context) -> Result<bool, End> {
        match self.outgoing.flush(&self.socket, cx)? {
            Flushed::Not => return Ok(false),
            Flushed::All { gone_back: 0 } => {}
            Flushed::All { gone_back } => self.presence.gone_out(gone_back),
        }
        // Nothing was read meanwhile: the rest of a record may have come long ago.
        self.record_began = self.record_began.map(|_| cx.now);
        Ok(true)
    }
}
