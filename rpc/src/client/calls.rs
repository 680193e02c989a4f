//! The calls under way on one connection.
//!
//! One thread that waits is the *leader*: it reads the socket, keeps its own reply and hands others theirs. The
//! others sleep. A leader whose reply has come wakes one of them to lead. A lone caller is always leader: its call
//! crosses no thread.

use std::{
    collections::HashMap,
    io,
    sync::{Mutex, MutexGuard, PoisonError},
    thread::{self, Thread},
    time::{Duration, Instant},
};

use super::{
    Builder, Error,
    link::{Link, MAX_DATAGRAM},
    reply,
};
use crate::{
    Endpoint, Transport,
    proto::{Backoff, RPC_VERSION, RecordReader, Xids, begin_record, end_record},
    xdr::{self, DecodeWith, EncodeWith, Sink},
};

/// How much is read from the socket at a time. No datagram is longer.
const CHUNK: usize = 64 << 10;
/// Buffers kept for the next calls, and how long one may be to be kept.
const KEEP: (usize, usize) = (64, 64 << 10);
/// The shortest and the longest time that the socket is told to wait.
const PATIENCE: (Duration, Duration) = (Duration::from_millis(1), Duration::from_secs(3600));

pub(super) struct Calls {
    link: Link,
    options: Builder,
    /// Credential and verifier, as they travel.
    auth: Vec<u8>,
    xids: Xids,
    table: Mutex<Table>,
    /// Held while sending over a stream, so that messages do not mix.
    sending: Mutex<()>,
    /// Held by the leader.
    receiver: Mutex<Receiver>,
}

/// Who waits for what.
#[derive(Default)]
struct Table {
    slots: HashMap<u32, Slot>,
    has_leader: bool,
    /// Why nothing will come any more.
    broken: Option<Broken>,
    /// Buffers for the next calls.
    spare: Vec<Vec<u8>>,
}

/// One call's place in the table.
#[derive(Default)]
struct Slot {
    /// The thread to wake; the leader has none.
    waiter: Option<Thread>,
    reply: Option<Vec<u8>>,
}

/// Why a connection is of no use any more, in a form that every caller can be told.
#[derive(Clone, Copy)]
enum Broken {
    Closed,
    Record(crate::proto::RecordError),
    Io(io::ErrorKind),
}

/// The reading side.
struct Receiver {
    chunk: Box<[u8]>,
    records: RecordReader,
    /// What the socket has been told to wait.
    patience: Duration,
}

/// What a wait came to.
enum Waited<R> {
    Reply(Result<R, Error>),
    /// Nothing for this call yet.
    Nothing,
}

impl Calls {
    pub(super) fn new(link: Link, options: Builder) -> Result<Self, Error> {
        let mut auth = options.credentials.to_bytes().map_err(Error::Encode)?;
        auth.extend_from_slice(&[0; 8]);
        let receiver = Receiver {
            chunk: vec![0; CHUNK].into_boxed_slice(),
            records: RecordReader::new(options.records),
            patience: Duration::ZERO,
        };
        Ok(Self {
            link,
            options,
            auth,
            xids: Xids::new(),
            table: Mutex::default(),
            sending: Mutex::default(),
            receiver: Mutex::new(receiver),
        })
    }

    pub(super) const fn transport(&self) -> Transport {
        self.link.transport()
    }

    pub(super) const fn server(&self) -> &Endpoint {
        self.link.server()
    }

    /// Whether messages travel as records in a stream.
    fn is_stream(&self) -> bool {
        self.transport() != Transport::Udp
    }

    /// One call from beginning to end.
    pub(super) fn call<C, D, A, R>(
        &self,
        program: u32,
        version: u32,
        procedure: u32,
        args: &A,
    ) -> Result<R, Error>
    where
        C: EncodeWith<A> + ?Sized,
        D: for<'de> DecodeWith<'de, R>,
        A: ?Sized,
    {
        let began = Instant::now();
        let (xid, mut message) = self.open()?;
        let outcome = self
            .encode::<C, A>(xid, [program, version, procedure], args, &mut message)
            .and_then(|()| self.send(&message))
            .and_then(|()| self.wait::<D, R>(xid, &message, began));
        self.close(xid, message);
        outcome
    }

    /// A place in the table, and a buffer for the message.
    fn open(&self) -> Result<(u32, Vec<u8>), Error> {
        let mut table = self.table();
        if let Some(broken) = table.broken {
            return Err(broken.into());
        }
        let mut xid = self.xids.next();
        while table.slots.contains_key(&xid) {
            xid = self.xids.next();
        }
        table.slots.insert(xid, Slot::default());
        Ok((xid, table.spare.pop().unwrap_or_default()))
    }

    /// Leaves the table; the buffer may serve another call.
    fn close(&self, xid: u32, mut message: Vec<u8>) {
        let mut table = self.table();
        let reply = table.slots.remove(&xid).and_then(|slot| slot.reply);
        message.clear();
        table.keep(message);
        if let Some(mut reply) = reply {
            reply.clear();
            table.keep(reply);
        }
    }

    fn encode<C: EncodeWith<A> + ?Sized, A: ?Sized>(
        &self,
        xid: u32,
        [program, version, procedure]: [u32; 3],
        args: &A,
        message: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let transport = self.transport();
        let start = self.is_stream().then(|| begin_record(message));
        message.put(&[xid, 0, RPC_VERSION, program, version, procedure]).map_err(Error::Encode)?;
        message.put_bytes(&self.auth);
        xdr::encode_into::<C, A>(args, message).map_err(Error::Encode)?;
        let bytes = message.len();
        let fits = match start {
            Some(start) => end_record(message, start).is_ok(),
            None => bytes <= MAX_DATAGRAM,
        };
        if fits { Ok(()) } else { Err(Error::TooLong { transport, bytes }) }
    }

    fn send(&self, message: &[u8]) -> Result<(), Error> {
        let _turn =
            self.is_stream().then(|| self.sending.lock().unwrap_or_else(PoisonError::into_inner));
        self.link.send(message).map_err(|error| {
            // A message may have gone in part: what follows it could not be understood.
            if self.is_stream() {
                self.break_off(Broken::Io(error.kind()));
            }
            Error::Io(error)
        })
    }

    /// Waits for the reply, and sends the call again when it is time (UDP).
    fn wait<D, R>(&self, xid: u32, message: &[u8], began: Instant) -> Result<R, Error>
    where
        D: for<'de> DecodeWith<'de, R>,
    {
        let timeout = self.options.timeout;
        let deadline = began.checked_add(timeout);
        let (first, most) = self.options.retransmit;
        let mut backoff = Backoff::new(first, most);
        let mut next_send =
            if self.is_stream() { None } else { began.checked_add(backoff.next_wait()) };
        loop {
            let until = [deadline, next_send].into_iter().flatten().min();
            if let Waited::Reply(result) = self.wait_until::<D, R>(xid, until) {
                return result;
            }
            let now = Instant::now();
            if deadline.is_some_and(|deadline| now >= deadline) {
                return Err(Error::Timeout(timeout));
            }
            if next_send.is_some_and(|next| now >= next) {
                self.send(message)?;
                next_send = now.checked_add(backoff.next_wait());
            }
        }
    }

    /// Leads or sleeps, until there is a reply or it is `until`, or for no reason.
    fn wait_until<D, R>(&self, xid: u32, until: Option<Instant>) -> Waited<R>
    where
        D: for<'de> DecodeWith<'de, R>,
    {
        let mut table = self.table();
        let Some(slot) = table.slots.get_mut(&xid) else { return Waited::Nothing };
        if let Some(reply) = &slot.reply {
            return Waited::Reply(reply::results::<D, R>(reply, self.options.decoding));
        }
        if let Some(broken) = table.broken {
            return Waited::Reply(Err(broken.into()));
        }
        if table.has_leader {
            slot_waits(&mut table, xid);
            drop(table);
            sleep(until);
            return Waited::Nothing;
        }
        table.has_leader = true;
        if let Some(slot) = table.slots.get_mut(&xid) {
            slot.waiter = None;
        }
        drop(table);
        let outcome = self.lead::<D, R>(xid, until);
        self.resign();
        outcome
    }

    /// Reads once, and gives everybody what came.
    fn lead<D, R>(&self, xid: u32, until: Option<Instant>) -> Waited<R>
    where
        D: for<'de> DecodeWith<'de, R>,
    {
        let mut receiver = self.receiver.lock().unwrap_or_else(PoisonError::into_inner);
        let Receiver { chunk, records, patience } = &mut *receiver;
        let received = self.be_patient(until, patience).and_then(|()| self.link.receive(chunk));
        let received = match received {
            Ok(None) => return Waited::Nothing,
            Ok(Some(count)) => chunk.get(..count).unwrap_or_default(),
            Err(error) => return self.failed(error),
        };
        if self.is_stream() {
            self.sort_stream::<D, R>(xid, received, records)
        } else {
            self.sort_one::<D, R>(xid, received)
        }
    }

    /// Sets the socket's timeout, unless it is right already: that would cost a system call for each call.
    ///
    /// The time left is rounded down, by a sixteenth at the most, so that calls of one kind round to the same; a
    /// wait that ends early is gone on with.
    fn be_patient(&self, until: Option<Instant>, patience: &mut Duration) -> io::Result<()> {
        let left =
            until.map_or(PATIENCE.1, |until| until.saturating_duration_since(Instant::now()));
        let millis = u32::try_from(left.as_millis()).unwrap_or(u32::MAX);
        let step = millis.checked_ilog2().unwrap_or(0).saturating_sub(4);
        let rounded = (millis >> step) << step;
        let wanted = Duration::from_millis(rounded.into()).clamp(PATIENCE.0, PATIENCE.1);
        if wanted != *patience {
            self.link.set_patience(wanted)?;
            *patience = wanted;
        }
        Ok(())
    }

    /// What a failed read means: over a stream the end of the connection; over UDP an error that the network reported of
    /// a datagram we sent, which ends the leader's call.
    fn failed<R>(&self, error: io::Error) -> Waited<R> {
        if self.is_stream() {
            self.break_off(Broken::Io(error.kind()));
            return Waited::Reply(Err(Error::Io(error)));
        }
        let (transport, server) = (Transport::Udp, self.server().clone());
        Waited::Reply(Err(match error.kind() {
            io::ErrorKind::ConnectionRefused => Error::Connect { transport, server, source: error },
            _ => Error::Io(error),
        }))
    }

    /// Every reply in what came over the stream.
    fn sort_stream<D, R>(
        &self,
        xid: u32,
        mut received: &[u8],
        records: &mut RecordReader,
    ) -> Waited<R>
    where
        D: for<'de> DecodeWith<'de, R>,
    {
        if received.is_empty() {
            self.break_off(Broken::Closed);
            return Waited::Reply(Err(Error::Disconnected));
        }
        let mut outcome = Waited::Nothing;
        loop {
            match records.next(&mut received) {
                Ok(None) => return outcome,
                Ok(Some(message)) => {
                    if let Waited::Reply(reply) = self.sort_one::<D, R>(xid, message) {
                        outcome = Waited::Reply(reply);
                    }
                }
                Err(error) => {
                    self.break_off(Broken::Record(error));
                    return Waited::Reply(Err(Error::Record(error)));
                }
            }
        }
    }

    /// Our reply, or somebody else's, or nobody's: a late one, or a forgery.
    fn sort_one<D, R>(&self, xid: u32, message: &[u8]) -> Waited<R>
    where
        D: for<'de> DecodeWith<'de, R>,
    {
        match reply::xid(message) {
            Some(theirs) if theirs == xid => {
                Waited::Reply(reply::results::<D, R>(message, self.options.decoding))
            }
            Some(theirs) => {
                self.table().deliver(theirs, message);
                Waited::Nothing
            }
            None => Waited::Nothing,
        }
    }

    /// Lets another lead.
    fn resign(&self) {
        let mut table = self.table();
        table.has_leader = false;
        if let Some(waiter) = table.slots.values_mut().find_map(|slot| slot.waiter.take()) {
            waiter.unpark();
        }
    }

    /// Notes that nothing will come any more, and tells everybody.
    fn break_off(&self, broken: Broken) {
        let mut table = self.table();
        table.broken = table.broken.or(Some(broken));
        for waiter in table.slots.values_mut().filter_map(|slot| slot.waiter.take()) {
            waiter.unpark();
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// Hands a reply to whoever waits for it.
    fn deliver(&mut self, xid: u32, message: &[u8]) {
        let mut buffer = self.spare.pop().unwrap_or_default();
        match self.slots.get_mut(&xid).filter(|slot| slot.reply.is_none()) {
            Some(slot) => {
                buffer.extend_from_slice(message);
                slot.reply = Some(buffer);
                if let Some(waiter) = slot.waiter.take() {
                    waiter.unpark();
                }
            }
            None => {
                tracing::debug!(xid, "stray reply");
                self.keep(buffer);
            }
        }
    }

    fn keep(&mut self, buffer: Vec<u8>) {
        if self.spare.len() < KEEP.0 && buffer.capacity() <= KEEP.1 {
            self.spare.push(buffer);
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

fn slot_waits(table: &mut Table, xid: u32) {
    if let Some(slot) = table.slots.get_mut(&xid) {
        slot.waiter = Some(thread::current());
    }
}

fn sleep(until: Option<Instant>) {
    match until {
        None => thread::park(),
        Some(until) => thread::park_timeout(until.saturating_duration_since(Instant::now())),
    }
}
