//! Why a call has no results.

use std::{fmt, io, time::Duration};

use crate::{
    Endpoint, Transport,
    proto::{AuthFlavor, AuthStat, RecordError},
    xdr::{DecodeError, EncodeError},
};

/// Why a call has no results.
///
/// Shown by `{:?}` as by `{}`, so that a `main` that returns it says what is wrong. Which call it is of it does not say:
/// who made the call knows, and an [`Interceptor`](super::Interceptor) is told both, of every call.
#[non_exhaustive]
pub enum Error {
    /// The server's name has no address.
    Resolve(io::Error),
    /// The server cannot be reached: nothing was sent.
    Connect {
        /// How.
        transport: Transport,
        /// Where.
        server: Endpoint,
        /// Why not.
        source: io::Error,
    },
    /// The connection failed. The server may or may not have run the call.
    Io(io::Error),
    /// The server closed the connection. It may or may not have run the call.
    Disconnected,
    /// No reply came in time to a call that was sent, at least in part: the server may have run it, or may yet.
    Timeout(Duration),
    /// The time was over before the call was sent, because the stream took no bytes: the server never sees it.
    Unsent(Duration),
    /// A [`Cancel`](super::Cancel) ended the wait. The server may have run the call, or may yet, unless the wait had
    /// been cancelled before the call was made.
    Cancelled,
    /// The arguments exceed a bound of the `.x` file: nothing was sent.
    Encode(EncodeError),
    /// The arguments are too long for the transport: nothing was sent. UDP carries 65,507 bytes at the most; see
    /// [`Builder::fall_back_to_tcp`](super::Builder::fall_back_to_tcp).
    TooLong {
        /// How.
        transport: Transport,
        /// The message's length in bytes.
        bytes: usize,
    },
    /// The reply cannot be understood.
    Decode(DecodeError),
    /// The reply carries a verifier of a flavor that the call did not ask for, or one that the client's
    /// [`Flavor`](super::Flavor) does not accept.
    Verifier(AuthFlavor),
    /// The stream of replies breaks a limit; the connection is of no use any more.
    Record(RecordError),
    /// `PROG_UNAVAIL`: the server does not have the program.
    ProgUnavail,
    /// `PROG_MISMATCH`: the server has other versions of the program.
    ProgMismatch {
        /// The lowest.
        low: u32,
        /// The highest.
        high: u32,
    },
    /// `PROC_UNAVAIL`: the program has no such procedure.
    ProcUnavail,
    /// `GARBAGE_ARGS`: the server could not decode the arguments.
    GarbageArgs,
    /// `SYSTEM_ERR`: the server failed. Over UDP, a server that has run a call may say so of results too long for a
    /// datagram: RFC 5531 has no word for that. Use TCP where results may be long.
    SystemErr,
    /// `RPC_MISMATCH`: the server speaks other versions of the RPC protocol.
    RpcMismatch {
        /// The lowest.
        low: u32,
        /// The highest.
        high: u32,
    },
    /// `AUTH_ERROR`: the server does not accept the caller.
    Auth(AuthStat),
}

impl Error {
    /// Whether the server may have run the call, or may yet. Where it may not, making the call again does no harm.
    ///
    /// [`Connect`](Self::Connect) over UDP is what the network says of a datagram that was sent, perhaps not the first;
    /// so there it may.
    ///
    /// ```
    /// use std::time::Duration;
    /// use sunrpc::client::Error;
    ///
    /// assert!(Error::Timeout(Duration::from_secs(1)).may_have_run());
    /// assert!(!Error::Unsent(Duration::from_secs(1)).may_have_run());
    /// ```
    #[must_use]
    pub const fn may_have_run(&self) -> bool {
        match self {
            Self::Connect { transport, .. } => matches!(transport, Transport::Udp),
            Self::Io(_)
            | Self::Disconnected
            | Self::Timeout(_)
            | Self::Cancelled
            | Self::Decode(_)
            | Self::Verifier(_)
            | Self::Record(_)
            | Self::SystemErr => true,
            Self::Resolve(_)
            | Self::Unsent(_)
            | Self::Encode(_)
            | Self::TooLong { .. }
            | Self::ProgUnavail
            | Self::ProgMismatch { .. }
            | Self::ProcUnavail
            | Self::GarbageArgs
            | Self::RpcMismatch { .. }
            | Self::Auth(_) => false,
        }
    }
}

impl Error {
    /// The same error, of a call of which nothing has been sent yet.
    pub(super) fn before_sending(self) -> Self {
        match self {
            Self::Timeout(after) => Self::Unsent(after),
            error => error,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resolve(source) => write!(f, "cannot find the server's address: {source}"),
            Self::Connect { transport, server, source } => {
                write!(f, "cannot reach {server} over {transport}: {source}")
            }
            Self::Io(source) if source.kind() == io::ErrorKind::Deadlock => f.write_str(
                "a handler on a server's own thread cannot wait for its caller (serve it with blocking_service)",
            ),
            Self::Io(source) => write!(f, "connection failed: {source}"),
            Self::Disconnected => f.write_str("the server closed the connection"),
            Self::Timeout(after) => write!(f, "no reply within {after:?}"),
            Self::Unsent(after) => write!(f, "the call could not be sent within {after:?}"),
            Self::Cancelled => f.write_str("the call was cancelled"),
            Self::Encode(error) => write!(f, "arguments cannot be encoded: {error}"),
            Self::TooLong { transport: Transport::Udp, bytes } => {
                write!(f, "a call of {bytes} bytes is too long for udp: use TCP")
            }
            Self::TooLong { transport, bytes } => {
                write!(f, "a call of {bytes} bytes is too long for {transport}")
            }
            Self::Decode(error) => write!(f, "reply cannot be decoded: {error}"),
            Self::Verifier(flavor) => {
                write!(f, "reply has a verifier of flavor {} that proves nothing", flavor.0)
            }
            Self::Record(error) => write!(f, "reply cannot be read: {error}"),
            Self::ProgUnavail => {
                f.write_str("the server does not have this program (PROG_UNAVAIL)")
            }
            Self::ProgMismatch { low, high } => {
                let versions = versions(*low, *high);
                write!(f, "the server has {versions} of this program (PROG_MISMATCH)")
            }
            Self::ProcUnavail => f.write_str(
                "the program has no such procedure, or its server leaves it out (PROC_UNAVAIL)",
            ),
            Self::GarbageArgs => f.write_str(
                "the server could not decode the arguments (GARBAGE_ARGS): most often its .x file is another one",
            ),
            Self::SystemErr => f.write_str(
                "the server failed, or is too busy (SYSTEM_ERR; over UDP it may also be that the reply is too long: use TCP)",
            ),
            Self::RpcMismatch { low, high } => {
                write!(f, "the server speaks RPC {} (RPC_MISMATCH)", versions(*low, *high))
            }
            Self::Auth(stat) => write!(f, "the server refuses the caller ({})", stat.name()),
        }
    }
}

fn versions(low: u32, high: u32) -> String {
    if low == high { format!("version {low}") } else { format!("versions {low} to {high}") }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Without a source: the text says it already.
impl std::error::Error for Error {}
