//! What all calls on one connection share: the socket, the way out, and the way in.

use std::{
    io,
    ops::Deref,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use super::{
    Builder, Error, background,
    inbound::Inbound,
    link::{Link, MAX_DATAGRAM},
    lull::Lull,
    message::{self, Auth},
    outbox::Outbox,
    receiving::Receiver,
    seat::Seat,
    sending::Caller,
    stats::Counters,
    table::{Broken, Table},
    wait::Wait,
    waiters::Locked,
};
use crate::{
    Endpoint, Transport, pieces,
    proto::{Attempt, Backoff, Rtt, Xids, begin_record, end_record_with},
    xdr::{EncodeWith, Parts},
};

/// However quick a server is, a call is not sent again sooner than this, unless its user says so: handlers take their
/// time, too.
const RESEND_AFTER: Duration = Duration::from_millis(200);

/// The shortest and the longest time that the socket is told to wait.
pub(super) const PATIENCE: (Duration, Duration) =
    (Duration::from_millis(1), Duration::from_secs(3600));

pub(super) struct Calls {
    pub(super) link: Link,
    /// The link's.
    transport: Transport,
    pub(super) options: Builder,
    auth: Auth,
    xids: Xids,
    /// What the table says too, for a look without its lock.
    broken: AtomicBool,
    lull: Lull,
    rtt: Mutex<Rtt>,
    /// How long a call waits before it is sent again for the first time, in milliseconds.
    resend_after: AtomicU64,
    /// That it waits longer since a call was lost.
    has_backed_off: AtomicBool,
    pub(super) counters: Counters,
    table: Mutex<Table>,
    /// Held while sending over a stream, so that messages do not mix; never for long.
    pub(super) outbox: Mutex<Outbox>,
    /// Told when the outbox changes hands.
    pub(super) written: Condvar,
    /// Whether the background thread has to send what a stream did not take from a task.
    pub(super) stuck: AtomicBool,
    /// Held by the leader.
    pub(super) receiver: Mutex<Receiver>,
    /// Whether there is a thread that leads for tasks: once it is needed.
    background: OnceLock<()>,
    /// The calls that the server makes, where they are answered.
    pub(super) inbound: Option<Inbound>,
}

/// The program, version and procedure of a call.
#[derive(Clone, Copy)]
pub(super) struct Target {
    pub(super) program: u32,
    pub(super) version: u32,
    pub(super) procedure: u32,
}

/// When a call is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Urgency {
    Now,
    /// With the next that is urgent (over a stream).
    Later,
}

impl Calls {
    pub(super) fn new(link: Link, options: Builder) -> Result<Self, Error> {
        let auth = Auth::new(&options)?;
        let serve = options.serve.clone().filter(|_| link.transport() != Transport::Udp);
        let inbound = serve.map(|core| Inbound::new(core, link.transport(), link.server()));
        let receiver = Receiver::new(options.records, link.is_read_elsewhere());
        let table = Table::new(link.is_read_elsewhere(), inbound.is_some());
        Ok(Self {
            transport: link.transport(),
            link,
            auth,
            xids: Xids::new(),
            broken: AtomicBool::new(false),
            lull: Lull::new(),
            rtt: Mutex::default(),
            resend_after: AtomicU64::new(millis(options.retransmit.0)),
            has_backed_off: AtomicBool::new(false),
            counters: Counters::default(),
            table: Mutex::new(table),
            outbox: Mutex::default(),
            written: Condvar::new(),
            stuck: AtomicBool::new(false),
            receiver: Mutex::new(receiver),
            background: OnceLock::new(),
            inbound,
            options,
        })
    }

    pub(super) const fn transport(&self) -> Transport {
        self.transport
    }

    pub(super) const fn server(&self) -> &Endpoint {
        self.link.server()
    }

    /// Whether messages travel as records in a stream.
    pub(super) fn is_stream(&self) -> bool {
        self.transport() != Transport::Udp
    }

    #[inline]
    pub(super) fn table(&self) -> Locked<'_> {
        Locked::new(self.lock_table())
    }

    /// The same for what is done in one go, which costs less.
    #[inline]
    pub(super) fn at_table<T>(&self, act: impl FnOnce(&mut Table) -> T) -> T {
        let mut table = self.lock_table();
        let result = act(&mut table);
        if !table.is_silent() {
            drop(Locked::new(table));
        }
        result
    }

    #[inline]
    fn lock_table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long the mark is that stands before each message.
    pub(super) fn mark_len(&self) -> usize {
        if self.is_stream() { 4 } else { 0 }
    }

    /// Whether this thread may wait for a reply: not where it is the one that would have to read it.
    #[inline]
    pub(super) fn may_wait(&self) -> Result<(), Error> {
        if self.link.must_not_wait() {
            Err(Error::Io(io::ErrorKind::Deadlock.into()))
        } else {
            Ok(())
        }
    }

    /// Whether the connection has failed.
    #[inline]
    pub(super) fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Relaxed)
    }

    /// Whether it is of no use to a call that begins then. Once a second that includes a look whether the server has
    /// closed it: nothing is sent yet, and another connection serves as well.
    #[inline]
    pub(super) fn is_over(&self, began: Instant) -> bool {
        self.is_broken() || (self.lull.ends(began) && self.is_found_closed())
    }

    /// Unless somebody reads: he finds that out, and may have read what others wait for.
    #[cold]
    fn is_found_closed(&self) -> bool {
        if !self.table().take_lead() {
            return false;
        }
        let is_closed = self.link.is_closed();
        if is_closed {
            self.break_off(Broken::Closed);
        }
        self.table().resign();
        is_closed
    }

    /// Notes that nothing will come any more, and tells everybody.
    pub(super) fn break_off(&self, broken: Broken) {
        self.broken.store(true, Ordering::Relaxed);
        self.link.shut_down();
        self.table().break_off(broken);
        if let Some(inbound) = &self.inbound {
            inbound.end();
        }
        self.outbox().clear();
        self.written.notify_all();
    }

    /// A seat for the reply to a call that began then, under the same id where it had one before.
    #[inline]
    pub(super) fn seat<S>(
        this: S,
        began: Instant,
        wait: &Wait,
        xid: Option<u32>,
        may_lead: bool,
    ) -> Result<Seat<S>, Error>
    where
        S: Deref<Target = Self>,
    {
        wait.check()?;
        // A flavor may take its time, or call itself, before the call goes out: others have to read meanwhile.
        let may_lead = may_lead && this.has_fixed_auth();
        // Nobody is told of this.
        let opened = this.lock_table().open(&this.xids, xid, may_lead);
        match opened {
            Ok(opened) => Ok(Seat::new(this, opened, began, wait)),
            Err(broken) => Err(this.not_connected(broken)),
        }
    }

    /// Sends the call of a seat, or queues it.
    #[inline]
    pub(super) fn send_call<C, A, S>(
        seat: &mut Seat<S>,
        target: Target,
        args: &A,
        urgency: Urgency,
    ) -> Result<(), Error>
    where
        C: EncodeWith<A> + ?Sized,
        A: ?Sized,
        S: Deref<Target = Self>,
    {
        let now = urgency == Urgency::Now || !seat.calls.is_stream();
        let mut parts = Parts::new();
        let shares = now && seat.calls.shares();
        let place = shares.then_some(&mut parts);
        seat.calls.encode::<C, A>(seat.xid, target, args, &mut seat.message, place)?;
        seat.calls.counters.call();
        if now {
            return seat.send(&parts);
        }
        seat.calls.queue(&seat.message, seat.xid, &seat.caller())?;
        seat.queued = true;
        Ok(())
    }

    /// Sends the message of another try again, with the same id.
    #[cold]
    pub(super) fn resend<S>(&self, seat: &mut Seat<S>, message: &[u8]) -> Result<(), Error>
    where
        S: Deref<Target = Self>,
    {
        self.begin(&mut seat.message);
        seat.message.extend_from_slice(message);
        self.end(&mut seat.message, 0)?;
        self.counters.call();
        seat.send(&Parts::new())
    }

    /// Sends a call whose reply nobody waits for, with the next that is urgent.
    pub(super) fn send_one_way<C, A>(
        &self,
        target: Target,
        args: &A,
        wait: &Wait,
    ) -> Result<(), Error>
    where
        C: EncodeWith<A> + ?Sized,
        A: ?Sized,
    {
        wait.check()?;
        let mut message = self.table().buffer();
        let xid = self.xids.next();
        self.encode::<C, A>(xid, target, args, &mut message, None)?;
        self.counters.call();
        if self.is_stream() {
            let caller = Caller { xid: Some(xid), began: Instant::now(), wait };
            self.queue(&message, xid, &caller)?;
        } else {
            self.send_datagram(&message)?;
        }
        self.table().keep(message);
        Ok(())
    }

    /// Puts a call into an empty buffer; what of its arguments may be shared goes to `parts`, if there is such a place.
    #[inline]
    fn encode<C: EncodeWith<A> + ?Sized, A: ?Sized>(
        &self,
        xid: u32,
        target: Target,
        args: &A,
        message: &mut Vec<u8>,
        mut parts: Option<&mut Parts>,
    ) -> Result<(), Error> {
        self.begin(message);
        message::begin(xid, target, &self.auth, message)?;
        pieces::encode::<C, A>(args, message, parts.as_deref_mut()).map_err(Error::Encode)?;
        self.end(message, parts.map_or(0, |parts| parts.len()))
    }

    /// Whether long arguments are sent from where they are: a message that lies in one piece is kept where it may have
    /// to be sent again as it was.
    #[inline]
    fn shares(&self) -> bool {
        let is_ours = !self.link.is_read_elsewhere();
        is_ours && self.is_stream() && self.has_fixed_auth()
    }

    #[inline]
    const fn has_fixed_auth(&self) -> bool {
        matches!(self.auth, Auth::Fixed(_))
    }

    /// Puts a record mark into an empty buffer, where one is needed.
    #[inline]
    fn begin(&self, message: &mut Vec<u8>) {
        if self.is_stream() {
            begin_record(message);
        }
    }

    /// Ends a message, so many bytes of which lie elsewhere.
    #[inline]
    fn end(&self, message: &mut [u8], elsewhere: usize) -> Result<(), Error> {
        let bytes = message.len().saturating_add(elsewhere);
        let fits = if self.is_stream() {
            end_record_with(message, 0, elsewhere).is_ok()
        } else {
            bytes <= MAX_DATAGRAM
        };
        if fits { Ok(()) } else { Err(Error::TooLong { transport: self.transport(), bytes }) }
    }

    /// A failed read or write: over a stream the end of the connection; over UDP what the network reported of a
    /// datagram that was sent, which ends the leader's call alone.
    #[cold]
    pub(super) fn fail(&self, error: io::Error) -> Error {
        if self.is_stream() {
            self.break_off(Broken::Io(error.kind()));
        }
        self.describe(error)
    }

    /// Nothing was sent of a call, because the connection has failed before.
    #[cold]
    fn not_connected(&self, broken: Broken) -> Error {
        Error::Connect {
            transport: self.transport(),
            server: self.server().clone(),
            source: io::Error::new(io::ErrorKind::NotConnected, Error::from(broken)),
        }
    }

    pub(super) fn describe(&self, error: io::Error) -> Error {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Error::Connect {
                transport: self.transport(),
                server: self.server().clone(),
                source: error,
            },
            _ => Error::Io(error),
        }
    }

    /// The schedule of a call that began then and may take `timeout`.
    pub(super) fn attempt(&self, began: Instant, timeout: Duration) -> Attempt {
        let resend = (!self.is_stream())
            .then(|| Backoff::new(self.resend_after(), self.options.retransmit.1));
        Attempt::new(began, timeout, resend)
    }

    /// How long that schedule lets a call wait before there is anything else to do.
    #[inline]
    pub(super) fn first_wait(&self, timeout: Duration) -> Duration {
        if self.is_stream() { timeout } else { timeout.min(self.resend_after()) }
    }

    fn resend_after(&self) -> Duration {
        Duration::from_millis(self.resend_after.load(Ordering::Relaxed))
    }

    /// Takes note of how long a call took that was sent once; what is sent again (UDP) waits accordingly. One call in
    /// sixteen is enough, but for the first after a loss.
    #[inline]
    pub(super) fn measured(&self, xid: u32, began: Instant) {
        let is_due = || xid.is_multiple_of(16) || self.has_backed_off.load(Ordering::Relaxed);
        if !self.is_stream() && is_due() {
            self.measure(began.elapsed());
        }
    }

    #[cold]
    fn measure(&self, took: Duration) {
        let (first, most) = self.options.retransmit;
        self.has_backed_off.store(false, Ordering::Relaxed);
        let mut rtt = self.rtt.lock().unwrap_or_else(PoisonError::into_inner);
        rtt.sample(took);
        if let Some(wait) = rtt.timeout(RESEND_AFTER.min(first)) {
            self.resend_after.store(millis(wait.min(most)), Ordering::Relaxed);
        }
    }

    /// Takes note of how long a call took that was sent more than once. Nobody knows which copy was answered (RFC 6298
    /// section 3), perhaps the first: until another has been measured, calls wait twice as long (5.5 there).
    #[cold]
    pub(super) fn took_several(&self, began: Instant) {
        let wait = began.elapsed().saturating_mul(2).min(self.options.retransmit.1);
        self.resend_after.fetch_max(millis(wait), Ordering::Relaxed);
        self.has_backed_off.store(true, Ordering::Relaxed);
    }

    /// Sees to it that somebody reads for tasks, which do not.
    pub(super) fn need_background(this: &Arc<Self>) {
        this.background.get_or_init(|| background::start(this));
    }
}

fn millis(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_longer_after_a_loss_does_so_until_the_next_answer() {
        let link = Link::udp("127.0.0.1:9".parse().unwrap()).unwrap();
        let calls = Calls::new(link, Builder::default()).unwrap();
        let long_ago = Instant::now().checked_sub(Duration::from_secs(100)).unwrap();
        calls.took_several(long_ago);
        assert_eq!(calls.resend_after(), calls.options.retransmit.1);
        calls.measured(7, Instant::now());
        assert!(calls.resend_after() < calls.options.retransmit.1);
        // From then on, few are measured.
        calls.measured(7, long_ago);
        assert!(calls.resend_after() < calls.options.retransmit.1);
    }
}
