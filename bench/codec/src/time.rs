//! How long one case takes, as a line that `run` gathers:
//!
//! ```text
//! work=batch op=encode who=ours bytes=39604 min_ns=… p50_ns=…
//! ```

use std::time::Instant;

/// Times `case` and prints its line; what `case` returns is dropped after the clock has stopped.
pub(crate) fn case<T>(repeats: usize, name: [&str; 3], bytes: usize, mut case: impl FnMut() -> T) {
    let mut once = || {
        let start = Instant::now();
        let value = case();
        let took = start.elapsed().as_nanos();
        drop(value);
        took
    };
    for _ in 0..repeats / 10 {
        once();
    }
    let mut took: Vec<u128> = (0..repeats).map(|_| once()).collect();
    took.sort_unstable();
    let [work, op, who] = name;
    let (least, median) = (took[0], took[repeats / 2]);
    println!("work={work} op={op} who={who} bytes={bytes} min_ns={least} p50_ns={median}");
}
