//! What a process has used, as Linux counts it.

use std::{fs, time::Duration};

/// What a process has used so far.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// Memory that is resident now, in bytes.
    pub resident: u64,
    /// Time on a processor, in user and in kernel mode.
    pub cpu: Duration,
}

impl Usage {
    /// Of the process with this id.
    ///
    /// # Panics
    ///
    /// There is no such process.
    #[must_use]
    pub fn of(id: u32) -> Self {
        let read = |what: &str| {
            fs::read_to_string(format!("/proc/{id}/{what}")).expect("a living process")
        };
        let field = |text: &str, place: usize| -> u64 {
            let field = text.split_whitespace().nth(place).and_then(|field| field.parse().ok());
            field.expect("a number in /proc")
        };
        let stat = read("stat");
        // Behind the name, which may hold anything; the numbers are those of proc(5), less three.
        let (_, stat) = stat.rsplit_once(") ").expect("a name in /proc");
        let ticks = field(stat, 11) + field(stat, 12);
        // Both units are fixed in Linux's interface to programs: 4 KiB pages here, 100 ticks a second.
        Self { resident: field(&read("statm"), 1) * 4096, cpu: Duration::from_millis(ticks * 10) }
    }
}

/// What the calling thread has taken of a processor.
///
/// # Panics
///
/// The kernel does not count it.
#[must_use]
pub fn of_this_thread() -> Duration {
    let text = fs::read_to_string("/proc/thread-self/schedstat").expect("what a thread has used");
    let nanos = text.split(' ').next().and_then(|nanos| nanos.parse().ok());
    Duration::from_nanos(nanos.expect("a number in /proc"))
}
