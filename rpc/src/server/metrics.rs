//! Counts and latencies of every procedure, readable in process.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;

use super::{Call, Fault, Interceptor};

/// The most procedures that are told apart; calls of further ones are counted together.
const MAX_PROCEDURES: usize = 4096;
/// The procedure of those that are not told apart.
const OTHERS: u32 = u32::MAX;
/// How many digits of every latency are kept: it is told to one part in a hundred.
const DIGITS: u8 = 2;
/// What takes longer counts as this.
const LONGEST: Duration = Duration::from_secs(3600);

/// An [`Interceptor`] that counts calls and measures how long handlers take. Its clones share the counts: one goes to
/// [`Builder::intercept`](super::Builder::intercept), another is read.
///
/// Memory: up to 4096 procedures that services know; each histogram takes 14 KiB for latencies up to a second, 20 KiB
/// for half a minute.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    procedures: Arc<Mutex<BTreeMap<Key, Measured>>>,
}

/// Program, version and procedure.
type Key = (u32, u32, u32);

#[derive(Debug)]
struct Measured {
    name: Option<&'static str>,
    faults: u64,
    micros: Histogram<u64>,
}

/// What [`Metrics`] knows of one procedure.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct ProcedureMetrics {
    /// The program's number.
    pub program: u32,
    /// The program's version.
    pub version: u32,
    /// The procedure's number; `u32::MAX` stands for those beyond the limit, and for those that callers have made up:
    /// the service has no name for them, and has only refused them.
    pub procedure: u32,
    /// The procedure's name, where the service knows it.
    pub name: Option<&'static str>,
    /// Calls that reached the service.
    pub calls: u64,
    /// Those that ended with a [`Fault`].
    pub faults: u64,
    /// Half of the handlers took at most this long.
    pub p50: Duration,
    /// All but one in a hundred took at most this long.
    pub p99: Duration,
    /// The longest, up to an hour.
    pub max: Duration,
    micros: Histogram<u64>,
}

impl ProcedureMetrics {
    /// So many of the handlers, from 0 to 1, took at most this long.
    #[must_use]
    pub fn quantile(&self, part: f64) -> Duration {
        quantile(&self.micros, part)
    }
}

impl fmt::Debug for ProcedureMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcedureMetrics")
            .field("program", &self.program)
            .field("version", &self.version)
            .field("procedure", &self.procedure)
            .field("name", &self.name)
            .field("calls", &self.calls)
            .field("faults", &self.faults)
            .field("p50", &self.p50)
            .field("p99", &self.p99)
            .field("max", &self.max)
            .finish_non_exhaustive()
    }
}

impl Metrics {
    /// Counts nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Every procedure called so far, in the order of the numbers.
    #[must_use]
    pub fn read(&self) -> Vec<ProcedureMetrics> {
        self.procedures()
            .iter()
            .map(|(&(program, version, procedure), measured)| ProcedureMetrics {
                program,
                version,
                procedure,
                name: measured.name,
                calls: measured.micros.len(),
                faults: measured.faults,
                p50: quantile(&measured.micros, 0.5),
                p99: quantile(&measured.micros, 0.99),
                max: Duration::from_micros(measured.micros.max()),
                micros: measured.micros.clone(),
            })
            .collect()
    }

    fn note(&self, call: &Call<'_>, result: Result<(), Fault>, took: Duration) {
        let mut key = (call.program(), call.version(), call.procedure());
        let mut name = call.procedure_name();
        let mut procedures = self.procedures();
        let may_be_made_up = result.is_err() && name.is_none();
        if (may_be_made_up || procedures.len() >= MAX_PROCEDURES) && !procedures.contains_key(&key)
        {
            (key.2, name) = (OTHERS, None);
        }
        let Some(measured) = measured(&mut procedures, key, name) else { return };
        measured.faults = measured.faults.saturating_add(u64::from(result.is_err()));
        let micros = u64::try_from(took.min(LONGEST).as_micros()).unwrap_or(u64::MAX);
        if let Err(error) = measured.micros.record(micros) {
            tracing::warn!(%error, micros, "a latency is not counted");
        }
    }

    fn procedures(&self) -> MutexGuard<'_, BTreeMap<Key, Measured>> {
        self.procedures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of `key`, made where there is none.
fn measured<'m>(
    procedures: &'m mut BTreeMap<Key, Measured>,
    key: Key,
    name: Option<&'static str>,
) -> Option<&'m mut Measured> {
    match procedures.entry(key) {
        Entry::Occupied(entry) => Some(entry.into_mut()),
        Entry::Vacant(entry) => {
            let micros = Histogram::new(DIGITS).ok()?;
            Some(entry.insert(Measured { name, faults: 0, micros }))
        }
    }
}

fn quantile(micros: &Histogram<u64>, part: f64) -> Duration {
    Duration::from_micros(micros.value_at_quantile(part))
}

impl Interceptor for Metrics {
    fn around(
        &self,
        call: &Call<'_>,
        next: &mut dyn FnMut() -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let began = Instant::now();
        let result = next();
        self.note(call, result, began.elapsed());
        result
    }
}
