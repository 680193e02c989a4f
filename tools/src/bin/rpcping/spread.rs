//! How times spread: those of several rows, counted in the steps of one logarithmic scale.

use hdrhistogram::Histogram;

/// The least ratio of the scale's ends.
const LEAST_SPAN: f64 = 1.25;

pub(crate) struct Spread {
    /// Of steps, in nanoseconds, from the least p1 to the greatest p95: the few calls beyond do not stretch it.
    bounds: Vec<f64>,
    /// Of each row, how many millionths are in each step, or before the first, and how many are beyond the last.
    pub(crate) shares: Vec<Vec<u64>>,
    /// The greatest of them.
    pub(crate) most: u64,
}

impl Spread {
    /// `None` where there are no times.
    pub(crate) fn of(rows: &[&Histogram<u64>], steps: u32) -> Option<Self> {
        let ends = rows.iter().filter(|times| !times.is_empty());
        let ends = ends.map(|times| (times.value_at_quantile(0.01), times.value_at_quantile(0.95)));
        let (low, high) = ends.reduce(|sum, end| (sum.0.min(end.0), sum.1.max(end.1)))?;
        let low = low.max(1) as f64;
        let high = (high as f64).max(low * LEAST_SPAN);
        let bound = |number| low * (high / low).powf(f64::from(number) / f64::from(steps));
        // The end as it is, not rounded: what is there is not beyond it.
        let bounds: Vec<f64> = (0..steps).map(bound).chain([high]).collect();
        let shares: Vec<Vec<u64>> = rows.iter().map(|times| shares(times, &bounds)).collect();
        let most = shares.iter().flatten().copied().max()?;
        Some(Self { bounds, shares, most })
    }

    /// From where to where each step goes.
    pub(crate) fn steps(&self) -> impl Iterator<Item = (f64, f64)> {
        self.bounds.iter().copied().zip(self.bounds.iter().copied().skip(1))
    }

    /// Where the first step begins, and where the last one ends.
    pub(crate) fn ends(&self) -> (f64, f64) {
        let end = |bound: Option<&f64>| bound.copied().unwrap_or_default();
        (end(self.bounds.first()), end(self.bounds.last()))
    }
}

fn shares(times: &Histogram<u64>, bounds: &[f64]) -> Vec<u64> {
    let mut counts = vec![0_u64; bounds.len()];
    for time in times.iter_recorded() {
        let value = time.value_iterated_to() as f64;
        let step = bounds.iter().skip(1).take_while(|end| **end < value).count();
        if let Some(count) = counts.get_mut(step) {
            *count = count.saturating_add(time.count_at_value());
        }
    }
    let share = |count: u64| count.saturating_mul(1_000_000).checked_div(times.len());
    counts.into_iter().map(|count| share(count).unwrap_or_default()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// However the ends of the scale are rounded.
    #[test]
    fn what_is_at_the_end_is_not_beyond_it() {
        for (low, high) in (1..1000).map(|number| (7 * number, 10 * number + 1)) {
            let mut times = Histogram::<u64>::new(3).unwrap();
            times.record(low).unwrap();
            times.record(high).unwrap();
            let spread = Spread::of(&[&times], 16).unwrap();
            assert_eq!(spread.shares[0][0], 500_000, "{low} to {high}");
            assert_eq!(spread.shares[0][15], 500_000, "{low} to {high}");
        }
    }
}
