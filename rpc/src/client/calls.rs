//! The calls under way on one connection.
//!
//! One thread that waits is the *leader*: it reads the socket, keeps its own reply and hands others theirs. The
//! others sleep. A leader whose call has ended wakes one of them to lead. A lone caller is always leader: its call
//! crosses no thread.

use std::{
    io,
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use super::{
    Builder, Error,
    link::{Link, MAX_DATAGRAM},
    reply,
    table::{Broken, Opened, Table, Turn},
};
use crate::{
    Endpoint, Transport,
    proto::{Backoff, RPC_VERSION, RecordReader, Xids, begin_record, end_record},
    xdr::{self, DecodeWith, EncodeWith, Sink},
};

/// How much is read from the socket at a time. No datagram is longer.
const CHUNK: usize = 64 << 10;
/// The shortest and the longest time that the socket is told to wait.
const PATIENCE: (Duration, Duration) = (Duration::from_millis(1), Duration::from_secs(3600));

pub(super) struct Calls {
    link: Link,
    options: Builder,
    /// Credential and verifier, as they travel.
    auth: Vec<u8>,
    /// Where each call starts.
    backoff: Backoff,
    xids: Xids,
    table: Mutex<Table>,
    /// Held while sending over a stream, so that messages do not mix.
    sending: Mutex<()>,
    /// Held by the leader.
    receiver: Mutex<Receiver>,
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
        let (first, most) = options.retransmit;
        let backoff = Backoff::new(first, most);
        let receiver = Receiver {
            chunk: vec![0; CHUNK].into_boxed_slice(),
            records: RecordReader::new(options.records),
            patience: Duration::ZERO,
        };
        Ok(Self {
            link,
            options,
            auth,
            backoff,
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
        let Opened { xid, mut message, mut leads } = self.table().open(&self.xids)?;
        let outcome = self
            .encode::<C, A>(xid, [program, version, procedure], args, &mut message)
            .and_then(|()| self.send(&message))
            .and_then(|()| self.wait::<D, R>(xid, &message, began, &mut leads));
        self.table().close(xid, message, leads);
        outcome
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
                self.table().break_off(Broken::Io(error.kind()));
            }
            Error::Io(error)
        })
    }

    /// Waits for the reply, and sends the call again when it is time (UDP).
    fn wait<D, R>(
        &self,
        xid: u32,
        message: &[u8],
        began: Instant,
        leads: &mut bool,
    ) -> Result<R, Error>
    where
        D: for<'de> DecodeWith<'de, R>,
    {
        let timeout = self.options.timeout;
        let deadline = began.checked_add(timeout);
        let mut backoff = self.backoff.clone();
        let mut next_send =
            if self.is_stream() { None } else { began.checked_add(backoff.next_wait()) };
        let mut now = began;
        loop {
            let until = [deadline, next_send].into_iter().flatten().min();
            let left = until.map_or(PATIENCE.1, |until| until.saturating_duration_since(now));
            let waited = if *leads {
                self.lead::<D, R>(xid, left)
            } else {
                self.follow::<D, R>(xid, left, leads)
            };
            if let Waited::Reply(result) = waited {
                return result;
            }
            now = Instant::now();
            if deadline.is_some_and(|deadline| now >= deadline) {
                return Err(Error::Timeout(timeout));
            }
            if next_send.is_some_and(|next| now >= next) {
                self.send(message)?;
                next_send = now.checked_add(backoff.next_wait());
            }
        }
    }

    /// Takes the reply that the leader has left, or sleeps until he has, or becomes leader.
    fn follow<D, R>(&self, xid: u32, left: Duration, leads: &mut bool) -> Waited<R>
    where
        D: for<'de> DecodeWith<'de, R>,
    {
        let turn = self.table().turn(xid);
        match turn {
            Turn::Reply(reply) => {
                let result = reply::results::<D, R>(&reply, self.options.decoding);
                self.table().keep(reply);
                Waited::Reply(result)
            }
            Turn::Broken(broken) => Waited::Reply(Err(broken.into())),
            Turn::Lead => {
                *leads = true;
                Waited::Nothing
            }
            Turn::Sleep => {
                thread::park_timeout(left);
                Waited::Nothing
            }
        }
    }

    /// Reads once, and gives everybody what came.
    fn lead<D, R>(&self, xid: u32, left: Duration) -> Waited<R>
    where
        D: for<'de> DecodeWith<'de, R>,
    {
        let mut receiver = self.receiver.lock().unwrap_or_else(PoisonError::into_inner);
        let Receiver { chunk, records, patience } = &mut *receiver;
        let received = self.be_patient(left, patience).and_then(|()| self.link.receive(chunk));
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
    fn be_patient(&self, left: Duration, patience: &mut Duration) -> io::Result<()> {
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
            self.table().break_off(Broken::Io(error.kind()));
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
            self.table().break_off(Broken::Closed);
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
                    self.table().break_off(Broken::Record(error));
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
                if !self.table().deliver(theirs, message) {
                    tracing::debug!(xid = theirs, "stray reply");
                }
                Waited::Nothing
            }
            None => Waited::Nothing,
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
