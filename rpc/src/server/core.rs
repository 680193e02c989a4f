//! A server without sockets, threads or a clock.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use super::{
    Limits, Peer, Results,
    exchange::{Exchange, Plan},
    programs::{Arrival, Programs, Route, Way},
};
use crate::{
    Transport,
    incoming::Held,
    proto::{MARK, RecordError, RecordReader, put_record},
};

/// What a [`Server`](super::Server) does with bytes, for those who bring the bytes themselves: simulations, fuzzers,
/// transports of their own. [`Builder::core`](super::Builder::core) makes it. Services run where it is called, those
/// with a pool too.
///
/// ```
/// # use sunrpc::server::{Args, Call, Fault, Results, Server, Service};
/// # struct Null;
/// # impl Service for Null {
/// #     fn program(&self) -> u32 { 0x2000_0001 }
/// #     fn version(&self) -> u32 { 1 }
/// #     fn dispatch(&self, _: &Call<'_>, args: Args<'_>, results: &mut Results<'_>) -> Result<(), Fault> {
/// #         results.put(&args.get::<()>()?)
/// #     }
/// # }
/// use std::time::Instant;
///
/// let mut core = Server::builder().service(Null).core();
/// let call: Vec<u8> = [7, 0, 2, 0x2000_0001, 1, 0, 0, 0, 0, 0_u32].iter().flat_map(|word| word.to_be_bytes()).collect();
/// let mut reply = Vec::new();
/// core.datagram("127.0.0.1:1000".parse()?, &call, Instant::now(), &mut reply);
/// assert_eq!(reply, [[0, 0, 0, 7], [0, 0, 0, 1], [0; 4], [0; 4], [0; 4], [0; 4]].concat());
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
pub struct Core {
    programs: Programs,
    datagrams: Exchange,
    streams: Exchange,
    call_timeout: Duration,
}

/// Why a stream has to be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamError {
    /// A record breaks a limit.
    Record(RecordError),
    /// A record is no call.
    NoCall,
}

impl From<RecordError> for StreamError {
    fn from(error: RecordError) -> Self {
        Self::Record(error)
    }
}

impl Core {
    pub(super) fn new(programs: Programs, limits: &Limits) -> Self {
        Self {
            programs,
            datagrams: Exchange::new(limits.duplicates),
            streams: Exchange::new(limits.stream_duplicates),
            call_timeout: limits.call_timeout,
        }
    }

    /// Takes a datagram, and appends what is to be sent back to `out`, if anything is.
    pub fn datagram(&mut self, peer: SocketAddr, message: &[u8], now: Instant, out: &mut Vec<u8>) {
        let Some(request) = self.programs.parse(message.into()) else { return };
        let ticket = match self.datagrams.consider(&request, peer, message, now) {
            Plan::Drop => return,
            Plan::Replay(reply) => return out.extend_from_slice(reply),
            Plan::Run(ticket) => ticket,
        };
        let route = Route { peer: Peer::inet(Transport::Udp, peer), local: None };
        let deadline = now.checked_add(self.call_timeout);
        let arrival = Arrival { route: &route, deadline, tie: None };
        let start = out.len();
        let mut results = Results::new(out);
        let answered = self.programs.answer(&request, &arrival, Way::Dispatch, &mut results);
        let ran = results.ran;
        let reply = out.split_off(start);
        if let Some(reply) = self.datagrams.conclude(ticket, answered.then_some(&reply), ran) {
            out.extend_from_slice(&reply);
        }
    }

    /// Takes one call, and gives its reply, as a record, if it gets one.
    pub(crate) fn answer(&self, peer: Peer, message: Vec<u8>) -> Option<Vec<u8>> {
        let message = Held::from(message);
        let route = Route { peer, local: None };
        let arrival = Arrival { route: &route, deadline: None, tie: None };
        let request = self.programs.parse(message.message())?;
        let mut record = Vec::new();
        let answer = |reply: &mut Results<'_>| {
            self.programs.answer(&request, &arrival, Way::Dispatch, reply)
        };
        let answered = Results::new(&mut record).record(answer).ok()?;
        answered.then_some(record)
    }

    /// Takes what has arrived over a stream, whose records `records` puts together, and appends the replies, as
    /// records, to `out`.
    ///
    /// # Errors
    ///
    /// The stream has to be closed.
    pub fn stream(
        &mut self,
        peer: SocketAddr,
        records: &mut RecordReader,
        mut input: &[u8],
        now: Instant,
        out: &mut Vec<u8>,
    ) -> Result<(), StreamError> {
        while let Some(record) = records.next(&mut input)? {
            self.record(peer, record, now, out)?;
        }
        Ok(())
    }

    fn record(
        &mut self,
        peer: SocketAddr,
        record: &[u8],
        now: Instant,
        out: &mut Vec<u8>,
    ) -> Result<(), StreamError> {
        let request = self.programs.parse(record.into()).ok_or(StreamError::NoCall)?;
        // Who comes back comes from another port.
        let caller = SocketAddr::new(peer.ip(), 0);
        let ticket = match self.streams.consider(&request, caller, record, now) {
            Plan::Drop => return Ok(()),
            Plan::Replay(reply) => return Ok(put_record(reply, out)?),
            Plan::Run(ticket) => ticket,
        };
        let route = Route { peer: Peer::inet(Transport::Tcp, peer), local: None };
        let arrival = Arrival { route: &route, deadline: None, tie: None };
        let start = out.len().saturating_add(MARK);
        let mut results = Results::new(out);
        let answered =
            results.record(|reply| self.programs.answer(&request, &arrival, Way::Dispatch, reply));
        let ran = results.ran;
        let reply = out.get(start..).filter(|_| answered == Ok(true));
        self.streams.settle(ticket, reply, ran);
        answered?;
        Ok(())
    }
}

impl std::fmt::Debug for Core {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Core").finish_non_exhaustive()
    }
}
