//! What a handler sees of a call: its context, its arguments, and where its results go.

use std::{fmt, net::SocketAddr, time::Instant};

use super::{
    Fault, Service,
    programs::{Arrival, Caller},
    tie::Tie,
};
use crate::{
    Transport,
    client::Client,
    pieces,
    proto::{CallBody, Credentials, RecordError, begin_record, end_record_with},
    transport::canonical,
    xdr::{self, DecodeWith, EncodeError, EncodeWith, Parts, Reader},
};

/// Where a call came from, as the socket says, not the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Peer {
    transport: Transport,
    addr: Option<SocketAddr>,
    user: Option<User>,
}

/// Who is at the other end of an `AF_UNIX` connection, as the kernel says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct User {
    pub(crate) uid: u32,
    pub(crate) pid: Option<i32>,
}

impl Peer {
    pub(crate) const fn inet(transport: Transport, addr: SocketAddr) -> Self {
        Self { transport, addr: Some(canonical(addr)), user: None }
    }

    pub(crate) const fn unix(user: Option<User>) -> Self {
        Self { transport: Transport::Unix, addr: None, user }
    }

    /// How the call came.
    #[must_use]
    pub const fn transport(&self) -> Transport {
        self.transport
    }

    /// The caller's address; none over `AF_UNIX`.
    #[must_use]
    pub const fn addr(&self) -> Option<SocketAddr> {
        self.addr
    }

    /// The caller's user number, as the kernel vouches for it: over `AF_UNIX` only.
    #[must_use]
    pub fn uid(&self) -> Option<u32> {
        self.user.map(|user| user.uid)
    }

    /// The process that connected, as the kernel vouches for it: over `AF_UNIX` only, and not where it has no number in
    /// this process's namespace. The process may have passed the connection on since, or have ended.
    #[must_use]
    pub fn pid(&self) -> Option<i32> {
        self.user?.pid
    }

    /// Whether the caller is on this machine beyond doubt: he came over loopback or `AF_UNIX`.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.addr.map_or(self.transport == Transport::Unix, |addr| addr.ip().is_loopback())
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.addr, self.uid()) {
            (Some(addr), _) => write!(f, "{}:{addr}", self.transport),
            (None, Some(uid)) => write!(f, "unix:uid={uid}"),
            (None, None) => f.write_str("unix"),
        }
    }
}

/// The context of a call.
#[derive(Clone)]
pub struct Call<'a> {
    pub(super) xid: u32,
    pub(super) body: &'a CallBody<'a>,
    pub(super) arrival: &'a Arrival<'a>,
    /// `None` is `AUTH_NONE`.
    pub(super) caller: Option<&'a Caller>,
    pub(super) service: &'a dyn Service,
}

impl Call<'_> {
    /// Where the call came from.
    #[must_use]
    pub const fn peer(&self) -> &Peer {
        &self.arrival.route.peer
    }

    /// The address of ours that the call came to; the one listened on, where a UDP socket listens on all.
    #[must_use]
    pub const fn local_addr(&self) -> Option<SocketAddr> {
        self.arrival.route.local
    }

    /// The transaction id, the caller's choice.
    #[must_use]
    pub const fn xid(&self) -> u32 {
        self.xid
    }

    /// The program called.
    #[must_use]
    pub const fn program(&self) -> u32 {
        self.body.program
    }

    /// The version called.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.body.version
    }

    /// The procedure called.
    #[must_use]
    pub const fn procedure(&self) -> u32 {
        self.body.procedure
    }

    /// The program's name, as its service knows it; may be empty.
    #[must_use]
    pub fn program_name(&self) -> &'static str {
        self.service.name()
    }

    /// The procedure's name, as its service knows it.
    #[must_use]
    pub fn procedure_name(&self) -> Option<&'static str> {
        self.service.procedure_name(self.body.procedure)
    }

    /// Who the caller says he is. Its form has been checked, its truth has not.
    #[must_use]
    pub const fn credentials(&self) -> &Credentials {
        match self.caller {
            Some(caller) => &caller.credentials,
            None => &Credentials::None,
        }
    }

    /// The caller's name, where a [`Flavor`](super::Flavor) of the server's has accepted him.
    #[must_use]
    pub const fn principal(&self) -> Option<&str> {
        match self.caller {
            Some(Caller { accepted: Some(accepted), .. }) => Some(accepted.principal.as_str()),
            _ => None,
        }
    }

    /// When nobody is taken to wait for the reply any more: [`Limits::call_timeout`](super::Limits::call_timeout) after
    /// the call arrived. (RFC 5531 has no place for the caller's own deadline.) `None` where a [`Core`](super::Core)
    /// answers that is not told the time: over a stream, and at a client that serves.
    #[must_use]
    pub const fn deadline(&self) -> Option<Instant> {
        self.arrival.deadline
    }

    /// A client that calls the caller back, over the connection that this call came over; `None` over UDP. The caller
    /// must serve what it calls: [`client::Builder::serve`](crate::client::Builder::serve).
    ///
    /// It may be kept, and called from other threads, for as long as the caller stays connected; it never connects
    /// again. A caller who serves nothing does not answer: a time limit of its own
    /// ([`Client::with_timeout`](crate::client::Client::with_timeout)) keeps that short. A handler that is to wait for
    /// results needs a [`Pool`](super::Pool): one on a server's own thread would wait for itself, and gets an error
    /// (`Deadlock`) instead. It may start calls and send one-way ones, of at most
    /// [`max_reply_queue_bytes`](super::Limits::max_reply_queue_bytes) on their way; others wait for room, and
    /// [`Client::flush`] ends with the same error.
    #[must_use]
    pub fn callback(&self) -> Option<Client> {
        self.arrival.tie?.client()
    }

    /// Whether nobody waits for the reply any more: the deadline is over, the caller has closed his connection or his
    /// side of it, or the server has stopped. A handler that works long, in a [`Pool`](super::Pool), may look now and
    /// then and give up.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.arrival.tie.is_some_and(Tie::is_gone)
            || self.arrival.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }
}

impl fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("peer", self.peer())
            .field("xid", &self.xid)
            .field("body", &self.body)
            .field("credentials", self.credentials())
            .finish_non_exhaustive()
    }
}

/// The arguments of a call, still encoded.
#[derive(Debug)]
pub struct Args<'a> {
    reader: Reader<'a>,
}

impl<'a> Args<'a> {
    pub(super) const fn new(reader: Reader<'a>) -> Self {
        Self { reader }
    }

    /// Decodes arguments whose type is its own codec; `()` where there are none.
    ///
    /// # Errors
    ///
    /// `GARBAGE_ARGS` where they cannot be decoded, or where bytes are left over.
    #[inline]
    pub fn get<T: xdr::Decode<'a>>(self) -> Result<T, Fault> {
        self.get_as::<T, T>()
    }

    /// Decodes arguments in codec `C`.
    ///
    /// # Errors
    ///
    /// `GARBAGE_ARGS` where they cannot be decoded, or where bytes are left over.
    #[inline]
    pub fn get_as<C: DecodeWith<'a, T>, T>(mut self) -> Result<T, Fault> {
        let value = self.reader.get_as::<C, T>().map_err(garbage)?;
        self.reader.finish().map_err(garbage)?;
        Ok(value)
    }
}

#[cold]
fn garbage(error: xdr::DecodeError) -> Fault {
    tracing::debug!(%error, "arguments refused");
    Fault::GarbageArgs
}

/// Where a call's results go: the end of the reply.
///
/// Over TCP and `AF_UNIX`, opaque data that is `bytes::Bytes` of 16 KiB or more is sent from where it is, not copied,
/// unless the reply is to be remembered ([`Limits::stream_duplicates`](super::Limits::stream_duplicates)).
#[derive(Debug)]
pub struct Results<'o> {
    pub(super) out: &'o mut Vec<u8>,
    /// Where what is not copied goes, if there is such a place.
    parts: Option<&'o mut Parts>,
    /// Whether the call was run, as far as its service says.
    pub(super) ran: bool,
}

impl<'o> Results<'o> {
    /// Those of a reply that has to lie in one piece, at the end of `out`.
    pub(super) const fn new(out: &'o mut Vec<u8>) -> Self {
        Self { out, parts: None, ran: true }
    }

    /// Those of one that has not, where there are `parts`: none yet.
    pub(super) const fn with_parts(out: &'o mut Vec<u8>, parts: Option<&'o mut Parts>) -> Self {
        Self { out, parts, ran: true }
    }

    /// Has `answer` put a reply, in a record of its own; false where it puts none.
    ///
    /// # Errors
    ///
    /// The reply is too long for a record; nothing of it stays.
    #[inline]
    pub(super) fn record(
        &mut self,
        answer: impl FnOnce(&mut Self) -> bool,
    ) -> Result<bool, RecordError> {
        let start = begin_record(self.out);
        let answered = answer(self);
        let more = self.parts.as_ref().map_or(0, |parts| parts.len());
        let ended = if answered { end_record_with(self.out, start, more) } else { Ok(()) };
        if !answered || ended.is_err() {
            self.take_back(start);
        }
        ended.map(|()| answered)
    }

    /// Takes back all that was put behind `start`.
    pub(super) fn take_back(&mut self, start: usize) {
        self.out.truncate(start);
        if let Some(parts) = &mut self.parts {
            parts.clear();
        }
    }

    /// Appends results whose type is its own codec; `()` where there are none.
    ///
    /// # Errors
    ///
    /// `SYSTEM_ERR` where they exceed a bound that the `.x` file declares.
    #[inline]
    pub fn put<T: xdr::Encode + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.put_as::<T, T>(value)
    }

    /// Appends results in codec `C`.
    ///
    /// # Errors
    ///
    /// `SYSTEM_ERR` where they exceed a bound that the `.x` file declares.
    #[inline]
    pub fn put_as<C: EncodeWith<T> + ?Sized, T: ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        pieces::encode::<C, T>(value, self.out, self.parts.as_deref_mut()).map_err(not_encoded)
    }
}

#[cold]
fn not_encoded(error: EncodeError) -> Fault {
    tracing::error!(%error, "results cannot be encoded");
    Fault::SystemErr
}
