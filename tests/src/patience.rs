//! How long an answer may take, whatever else the machine is busy with.

use std::{
    fs,
    time::{Duration, Instant},
};

/// How often somebody who waits for an answer looks whether it is late.
pub(crate) const LOOK: Duration = Duration::from_secs(1);
/// An answer that should come at once may take 1 s. Twice that, of time in which its server had the processor or did
/// not want it: the wall clock alone would fail tests on a busy machine, and no server's timeouts are as short.
const PROMPT: Duration = Duration::from_secs(2);
/// How long an answer may take of whose server nothing is known.
const PATIENCE: Duration = Duration::from_secs(20);

/// One wait for an answer.
#[derive(Debug)]
pub(crate) struct Wait {
    server: Option<u32>,
    began: Instant,
    /// When somebody looked last, and how long the server had waited for a processor by then.
    looked: Option<(Instant, Duration)>,
    /// The time that the server has had for the answer since the first look.
    had: Duration,
}

impl Wait {
    /// Begins, for an answer of the process with this id, where it is known.
    pub(crate) fn new(server: Option<u32>) -> Self {
        Self { server, began: Instant::now(), looked: None, had: Duration::ZERO }
    }

    /// Nothing came within [`LOOK`].
    ///
    /// # Panics
    ///
    /// The answer is late.
    #[track_caller]
    pub(crate) fn goes_on(&mut self) {
        assert!(self.began.elapsed() < PATIENCE, "no answer in {PATIENCE:?}");
        let Some(server) = self.server else { return };
        let (now, waited) = (Instant::now(), waited_for_a_processor(server));
        if let Some((then, before)) = self.looked.replace((now, waited)) {
            self.had += (now - then).saturating_sub(waited.saturating_sub(before));
        }
        assert!(self.had < PROMPT, "no answer, though the server had {:?} for it", self.had);
    }
}

/// How long the threads of a process were ready to run, and did not.
fn waited_for_a_processor(id: u32) -> Duration {
    let of_thread = |task: fs::DirEntry| {
        let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split(' ').nth(1)?.parse().ok().map(Duration::from_nanos)
    };
    let tasks = fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten();
    tasks.filter_map(of_thread).sum()
}
