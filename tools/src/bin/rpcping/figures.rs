//! What a histogram comes to.

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::text::human;

/// In nanoseconds.
#[derive(Serialize)]
pub(crate) struct Figures {
    pub(crate) min: u64,
    pub(crate) p50: u64,
    pub(crate) p90: u64,
    pub(crate) p99: u64,
    pub(crate) max: u64,
    pub(crate) mean: f64,
}

impl Figures {
    /// `None` where there are no times.
    pub(crate) fn of(times: &Histogram<u64>) -> Option<Self> {
        (!times.is_empty()).then(|| Self {
            min: times.min(),
            p50: times.value_at_quantile(0.5),
            p90: times.value_at_quantile(0.9),
            p99: times.value_at_quantile(0.99),
            max: times.max(),
            mean: times.mean(),
        })
    }

    /// As a person reads them.
    pub(crate) fn cells(&self) -> [String; 6] {
        let Self { min, p50, p90, p99, max, mean } = *self;
        [min as f64, p50 as f64, p90 as f64, p99 as f64, max as f64, mean].map(human)
    }
}
