//! One call in several tries: over TCP, where it is too long for UDP; over a new connection, where its own has failed;
//! with a new credential, where the server has refused the old one.

use std::{
    mem,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    Client, Error,
    calls::{Calls, Target, Urgency},
    connection::{Connection, Working},
    reply::{self, Taker, taken},
    seat::Seat,
};
use crate::{
    Transport,
    xdr::{DecodeWith, EncodeWith},
};

/// How long a call that is repeated waits before it tries again.
const REPEAT_PAUSE: Duration = Duration::from_millis(20);

/// How often a call is made again with a new credential.
const RENEWALS: u32 = 2;

/// Sends a call.
type SendCall<'s> = dyn Fn(&mut Seat<&Calls>) -> Result<(), Error> + 's;

/// One call, whatever the types of its arguments and results.
struct Call<'c> {
    began: Instant,
    send: &'c SendCall<'c>,
    take: Taker<'c>,
    /// None of its time is over yet.
    is_fresh: bool,
}

/// What a call keeps from one try to the next.
#[derive(Default)]
struct Again {
    /// The connection of the next try, where that is another one.
    tcp: Option<Arc<Connection>>,
    /// The last one: a server may know it, and what became of it.
    sent: Option<Sent>,
    /// The first failure after which the call may have run. What fails later does not undo that.
    failure: Option<Error>,
    renewals: u32,
}

/// What was sent, without its record mark: what a server remembers is all of it, with a credential and a verifier that a
/// flavor may make otherwise each time.
struct Sent {
    xid: u32,
    message: Vec<u8>,
}

impl Sent {
    /// The message of a try that has failed; of one that lay in pieces nothing: it can be put together again.
    #[cold]
    fn by(seat: &mut Seat<&Calls>) -> Self {
        let mut message = mem::take(&mut seat.message);
        message.drain(..seat.calls.mark_len().min(message.len()));
        Self { xid: seat.xid, message }
    }
}

impl Again {
    /// Notes a failure before another try.
    fn note(&mut self, error: Error) {
        if self.failure.is_none() && error.may_have_run() {
            self.failure = Some(error);
        }
    }

    /// Forgets what a server may know: it would say the same again.
    fn renew(&mut self) {
        self.sent = None;
        self.renewals = self.renewals.saturating_add(1);
    }

    /// How the call ends, where there is no other try.
    fn end(&mut self, error: Error) -> Error {
        if error.may_have_run() { error } else { self.failure.take().unwrap_or(error) }
    }
}

impl Client {
    /// One call, made again where it may be.
    pub(super) fn call_now<C, D, A, R>(&self, target: Target, args: &A) -> Result<R, Error>
    where
        C: EncodeWith<A> + ?Sized,
        D: for<'de> DecodeWith<'de, R>,
        A: ?Sized,
    {
        let send =
            |seat: &mut Seat<&Calls>| Calls::send_call::<C, A, _>(seat, target, args, Urgency::Now);
        taken(reply::results::<D, R>, |take| self.make(target, &send, take))
    }

    fn make(&self, target: Target, send: &SendCall<'_>, take: Taker<'_>) -> Result<(), Error> {
        self.watched(target)?.end(self.try_to(send, take))
    }

    /// Tries until there is an answer, or no other try.
    fn try_to(&self, send: &SendCall<'_>, take: Taker<'_>) -> Result<(), Error> {
        let mut call = Call { began: Instant::now(), send, take, is_fresh: true };
        let mut again = Again::default();
        loop {
            match self.try_once(&mut call, &mut again) {
                Err(error) => {
                    self.try_again(error, call.began, &mut again)?;
                    call.is_fresh = false;
                }
                Ok(()) => return Ok(()),
            }
        }
    }

    /// One try.
    #[inline]
    fn try_once(&self, call: &mut Call<'_>, again: &mut Again) -> Result<(), Error> {
        let connection = again.tcp.as_ref().unwrap_or(&self.connection);
        let calls = connection.working(call.began, &self.wait)?;
        let working = &calls;
        let calls: &Calls = working;
        calls.may_wait()?;
        let xid = again.sent.as_ref().map(|sent| sent.xid);
        let mut seat = Calls::seat(calls, call.began, &self.wait, xid, true)?;
        let result = match &again.sent {
            Some(sent) if sent.xid == seat.xid && !sent.message.is_empty() => {
                calls.resend(&mut seat, &sent.message)
            }
            _ => (call.send)(&mut seat),
        };
        let is_fresh = call.is_fresh && matches!(working, Working::First(_));
        if let Err(error) = result.and_then(|()| seat.wait(is_fresh, call.take)) {
            again.sent = Some(Sent::by(&mut seat));
            return Err(error);
        }
        if seat.sent_again {
            calls.took_several(call.began);
        } else {
            calls.measured(seat.xid, call.began);
        }
        Ok(())
    }

    /// Whether a call that has failed is made again: over TCP, where it was too long for UDP; over a new connection,
    /// where its own has failed and it may be repeated; or with a new credential, where the server has refused the old
    /// one.
    #[cold]
    fn try_again(&self, error: Error, began: Instant, again: &mut Again) -> Result<(), Error> {
        let result = if again.tcp.is_none() && self.falls_back(&error) {
            again.note(error);
            let tcp = self.connection.fallback(began, &self.wait);
            tcp.map(|tcp| again.tcp = Some(tcp))
        } else if self.may_repeat(&error, began) {
            again.note(error);
            self.wait.pause(REPEAT_PAUSE)
        } else if self.may_renew(&error, again.renewals) {
            again.renew();
            Ok(())
        } else {
            Err(error)
        };
        result.map_err(|error| again.end(error))
    }

    fn may_renew(&self, error: &Error, renewals: u32) -> bool {
        match (error, &self.connection.builder().flavor) {
            (Error::Auth(why), Some(flavor)) => renewals < RENEWALS && flavor.renew(*why),
            _ => false,
        }
    }

    fn may_repeat(&self, error: &Error, began: Instant) -> bool {
        self.connection.builder().repeat
            && matches!(error, Error::Connect { .. } | Error::Io(_) | Error::Disconnected)
            && began.elapsed() < self.wait.timeout
    }

    /// What `make` makes of this connection, or of the one over TCP where that is too long for UDP.
    pub(super) fn or_over_tcp<T>(
        &self,
        began: Instant,
        make: impl Fn(&Connection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        match make(&self.connection) {
            Err(error) if self.falls_back(&error) => {
                make(&*self.connection.fallback(began, &self.wait)?)
            }
            result => result,
        }
    }

    fn falls_back(&self, error: &Error) -> bool {
        let builder = self.connection.builder();
        let too_long = match error {
            Error::TooLong { .. } => true,
            // Perhaps because the reply was too long. The call was run.
            Error::SystemErr => builder.repeat,
            _ => false,
        };
        too_long && self.transport() == Transport::Udp && builder.locate_tcp.is_some()
    }
}
