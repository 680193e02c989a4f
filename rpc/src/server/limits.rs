//! What a server spends at the most.

use std::time::Duration;

use crate::{
    proto::{DuplicateLimits, RecordLimits},
    xdr,
};

/// The limits of a [`Server`](super::Server); each is on by default.
///
/// # Defaults
///
/// | limit | default |
/// |---|---|
/// | `records` | 1 MiB a record, 64 short fragments |
/// | `decoding` | depth 64, heap 8 times the message |
/// | `duplicates` | 1 MiB, 60 s |
/// | `stream_duplicates` | 0 bytes (off), 60 s |
/// | `max_connections` | 16,384 |
/// | `max_connections_per_peer` | 1,024 |
/// | `max_calls_per_connection` | 256 |
/// | `max_call_queue_bytes` | 4 MiB |
/// | `max_reply_queue_bytes` | 1 MiB |
/// | `call_timeout` | 30 s |
/// | `idle_timeout` | 5 min |
/// | `read_timeout` | 30 s |
/// | `write_timeout` | 30 s |
/// | `drain_timeout` | 5 s |
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// How long a record may be, and in how many pieces. Each reactor keeps up to two buffers of that length, once they
    /// were needed: one to be used again, and with the feature `bytes` one that a handler has a part of, or had.
    pub records: RecordLimits,
    /// How much decoding one message may take.
    pub decoding: xdr::Limits,
    /// How much is remembered of calls that may not run twice, for each UDP socket.
    pub duplicates: DuplicateLimits,
    /// The same for TCP, for all connections together: for callers that come back over another connection and send the
    /// same call again, as [`client::Builder::repeat`](crate::client::Builder::repeat) does. Since they come from
    /// another port, a caller is told from others by his IP address alone; two callers of one address who happen to
    /// send the very same call with the same transaction id are taken for one. So it is off by default.
    pub stream_duplicates: DuplicateLimits,
    /// TCP connections at once. At this number accepting pauses until one closes. Worst case: each holds
    /// `records.max_record_bytes`, one turn's replies that its peer does not read, twice `max_reply_queue_bytes`, and
    /// `max_call_queue_bytes` with one record more.
    pub max_connections: usize,
    /// TCP connections of one other machine's IP address at once; one more is closed as soon as it is accepted. The
    /// machine's own are not counted.
    pub max_connections_per_peer: usize,
    /// Calls of one connection that wait for the pool at once; at this number reading from it pauses.
    pub max_calls_per_connection: usize,
    /// Bytes of them at once; at this number reading pauses, too.
    pub max_call_queue_bytes: usize,
    /// Bytes on their way to a caller: those that call him back; and those that pools have answered, at which number
    /// they begin none of his other calls until he has taken all. Each of their threads may be at one more by then.
    /// Other replies have no such queue: while one waits because a peer does not read, reading from it pauses, so that
    /// at the most one turn's replies wait, one of them long.
    pub max_reply_queue_bytes: usize,
    /// A call's deadline, counted from its arrival: longer than a caller waits. One that still waits for its pool then
    /// is answered by [`Service::overloaded`](super::Service::overloaded); one that runs goes on, and may look at
    /// [`Call::is_cancelled`](super::Call::is_cancelled).
    pub call_timeout: Duration,
    /// A connection without any call for so long is closed, unless somebody keeps a client that calls the caller back
    /// ([`Call::callback`](super::Call::callback)).
    pub idle_timeout: Duration,
    /// A record that is not complete so long after its first byte closes its connection.
    pub read_timeout: Duration,
    /// A peer that takes none of its waiting replies for so long is closed.
    pub write_timeout: Duration,
    /// How long a stop waits for calls under way and replies that wait. Calls that wait for a pool even then are not
    /// run.
    pub drain_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            records: RecordLimits::default(),
            decoding: xdr::Limits::default(),
            duplicates: DuplicateLimits::default(),
            stream_duplicates: DuplicateLimits { max_bytes: 0, ..DuplicateLimits::default() },
            max_connections: 16_384,
            max_connections_per_peer: 1_024,
            max_calls_per_connection: 256,
            max_call_queue_bytes: 4 << 20,
            max_reply_queue_bytes: 1 << 20,
            call_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(300),
            read_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
            drain_timeout: Duration::from_secs(5),
        }
    }
}
