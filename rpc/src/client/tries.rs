//! One call in several tries: over TCP, where it is too long for UDP; over a new connection, where its own has failed;
//! with a new credential, where the server has refused the old one.

use std::{
    mem,
    ops::Deref,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    Client, Error,
    calls::{Calls, Target, Urgency},
    connection::Connection,
    reply,
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

/// What a call keeps from one try to the next.
#[derive(Default)]
struct Again {
    /// The connection of the next try, where that is another one.
    tcp: Option<Arc<Connection>>,
    /// The id of the last one: a server may know it, and what became of it.
    xid: Option<u32>,
    /// The message of the last one, under that id: what a server remembers is all of it, with a credential and a
    /// verifier that a flavor may make otherwise each time.
    message: Option<Sent>,
    /// The first failure after which the call may have run. What fails later does not undo that.
    failure: Option<Error>,
    renewals: u32,
}

/// A message without its record mark.
struct Sent {
    xid: u32,
    message: Vec<u8>,
}

impl Again {
    /// Keeps the message of a try that has failed, unless it lay in pieces: then it can be put together again.
    #[cold]
    fn keep<S: Deref<Target = Calls>>(&mut self, seat: &mut Seat<S>) {
        let mut message = mem::take(&mut seat.message);
        message.drain(..seat.calls.mark_len().min(message.len()));
        self.message = (!message.is_empty()).then_some(Sent { xid: seat.xid, message });
    }

    /// Notes a failure before another try.
    fn note(&mut self, error: Error) {
        if self.failure.is_none() && error.may_have_run() {
            self.failure = Some(error);
        }
    }

    /// Forgets what a server may know: it would say the same again.
    fn renew(&mut self) {
        (self.xid, self.message) = (None, None);
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
        let (began, wait) = (Instant::now(), &self.wait);
        let mut again = Again::default();
        loop {
            let tcp = again.tcp.clone();
            let connection = tcp.as_ref().unwrap_or(&self.connection);
            let result = connection.working(began, wait).and_then(|calls| {
                let calls: &Calls = &calls;
                calls.may_wait()?;
                let mut seat = Calls::seat(calls, began, wait, again.xid)?;
                again.xid = Some(seat.xid);
                let result = match &again.message {
                    Some(sent) if sent.xid == seat.xid => calls.resend(&mut seat, &sent.message),
                    _ => Calls::send_call::<C, A, _>(&mut seat, target, args, Urgency::Now),
                };
                let result = result.and_then(|()| seat.wait(reply::results::<D, R>));
                if result.is_err() {
                    again.keep(&mut seat);
                } else if !seat.sent_again {
                    calls.measured(seat.xid, began);
                }
                result
            });
            match result {
                Err(error) => {
                    self.try_again(error, began, &mut again).map_err(|error| again.end(error))?
                }
                result => return result,
            }
        }
    }

    /// Whether a call that has failed is made again: over TCP, where it was too long for UDP; over a new connection,
    /// where its own has failed and it may be repeated; or with a new credential, where the server has refused the old
    /// one.
    #[cold]
    fn try_again(&self, error: Error, began: Instant, again: &mut Again) -> Result<(), Error> {
        if again.tcp.is_none() && self.falls_back(&error) {
            again.note(error);
            again.tcp = Some(self.connection.fallback(began, &self.wait)?);
        } else if self.may_repeat(&error, began) {
            again.note(error);
            self.wait.pause(REPEAT_PAUSE)?;
        } else if self.may_renew(&error, again.renewals) {
            again.renew();
        } else {
            return Err(error);
        }
        Ok(())
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
