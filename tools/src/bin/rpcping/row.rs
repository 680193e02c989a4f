//! A row of the table: one way to call the program, and what came of the calls.

use std::time::Instant;

use hdrhistogram::Histogram;
use sunrpc::{
    Transport,
    client::{Cancel, Client, Error},
};
use sunrpc_portmap::{MAX_PATH, Netid, Uaddr};
use sunrpc_tools::{failure::Failure, portmapper::Portmapper, text::shown};

/// The longest time that is told from longer ones: a day, in nanoseconds.
const LONGEST: u64 = 86_400_000_000_000;

/// What is called.
#[derive(Clone, Copy)]
pub(crate) struct Target<'a> {
    pub(crate) program: u32,
    pub(crate) version: u32,
    /// How connections are made.
    pub(crate) portmapper: &'a Portmapper,
}

/// Where the program is.
#[derive(Clone)]
pub(crate) struct Way {
    pub(crate) addr: Uaddr,
    pub(crate) client: Client,
}

pub(crate) struct Row {
    pub(crate) netid: Netid,
    /// Whether each call makes a connection of its own.
    pub(crate) connects: bool,
    /// `None` where the program was not found.
    pub(crate) way: Option<Way>,
    /// Of the calls that were answered, in nanoseconds.
    pub(crate) times: Histogram<u64>,
    /// Calls without a reply in time.
    pub(crate) lost: u64,
    /// Why no further call is made.
    pub(crate) failure: Option<Failure>,
    has_answered: bool,
    /// Messages that were sent again before the calls that count.
    resent_before: u64,
}

impl Row {
    pub(crate) fn new(
        netid: Netid,
        connects: bool,
        found: Result<Way, Failure>,
    ) -> Result<Self, Failure> {
        let times = Histogram::new_with_max(LONGEST, 3).map_err(Failure::new)?;
        let (way, failure) = match found {
            Ok(way) => (Some(way), None),
            Err(failure) => (None, Some(failure)),
        };
        let (lost, has_answered, resent_before) = (0, false, 0);
        Ok(Self { netid, connects, way, times, lost, failure, has_answered, resent_before })
    }

    /// `udp`, `tcp`, `tcp+connect`.
    pub(crate) fn name(&self) -> String {
        format!("{}{}", self.netid, if self.connects { "+connect" } else { "" })
    }

    /// Where the program is.
    pub(crate) fn address(&self) -> Option<String> {
        self.way.as_ref().map(|way| shown(&way.client.server().to_string(), MAX_PATH))
    }

    pub(crate) fn median(&self) -> f64 {
        self.times.value_at_quantile(0.5) as f64
    }

    /// Whether it is TCP as one uses it.
    pub(crate) fn is_plain_tcp(&self) -> bool {
        self.netid.transport() == Transport::Tcp && !self.connects
    }

    /// Whether calls are answered, as far as is known.
    pub(crate) fn is_well(&self) -> bool {
        self.failure.is_none() && !self.times.is_empty()
    }

    /// Calls made.
    pub(crate) fn calls(&self) -> u64 {
        self.times.len().saturating_add(self.lost)
    }

    /// Messages sent again.
    pub(crate) fn resent(&self) -> u64 {
        self.resent_in_all().saturating_sub(self.resent_before)
    }

    fn resent_in_all(&self) -> u64 {
        self.way.as_ref().map_or(0, |way| way.client.stats().retransmissions)
    }

    /// Forgets the calls so far: those that count begin.
    pub(crate) fn begin(&mut self) {
        self.times.reset();
        self.lost = 0;
        self.resent_before = self.resent_in_all();
    }

    /// Makes one call, unless cancelled.
    pub(crate) fn call(&mut self, target: Target<'_>, cancel: &Cancel) {
        let Some(way) = &self.way else { return };
        let Target { program, version, portmapper } = target;
        let began = Instant::now();
        let called = if self.connects {
            portmapper
                .reach(program, &way.addr, self.netid)
                .map(|client| client.cancelled_by(cancel).call::<(), ()>(program, version, 0, &()))
        } else {
            Ok(way.client.call(program, version, 0, &()))
        };
        let took = began.elapsed();
        match called {
            Ok(Ok(())) => {
                if self.connects {
                    // What the server does as a connection ends is not for the next row's call to wait for.
                    let _ = way.client.call::<(), ()>(program, version, 0, &());
                }
                self.has_answered = true;
                self.times.saturating_record(u64::try_from(took.as_nanos()).unwrap_or(LONGEST));
            }
            Ok(Err(Error::Cancelled)) => {}
            Ok(Err(Error::Timeout(_) | Error::Unsent(_))) if self.has_answered => {
                self.lost = self.lost.saturating_add(1);
            }
            Ok(Err(error)) => {
                self.failure = Some(Failure::new(format!(
                    "program {program} version {version} at {} is not available: {error}",
                    way.client.server()
                )));
            }
            Err(failure) => self.failure = Some(failure),
        }
    }
}
