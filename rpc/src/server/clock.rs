//! A thread that wakes a reactor now and then to look at timeouts.
//!
//! The reactor could wait for its events with a timeout instead; but then every wait, and so every call, would set a
//! timer and take it back.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use super::shared::Shared;

/// The clock of one reactor. It stands still until it is needed, and ends when dropped.
pub(super) struct Clock {
    state: Arc<State>,
    thread: JoinHandle<()>,
}

#[derive(Default)]
struct State {
    ticking: AtomicBool,
    ended: AtomicBool,
}

impl Clock {
    /// A clock that wakes the reactor of `lane` after every `period` while it ticks.
    pub(super) fn start(period: Duration, shared: &Arc<Shared>, lane: usize) -> io::Result<Self> {
        let state = Arc::new(State::default());
        let thread = thread::Builder::new().name("rpc-clock".to_owned()).spawn({
            let (state, shared) = (Arc::clone(&state), Arc::clone(shared));
            move || tick(period, &state, &shared, lane)
        })?;
        Ok(Self { state, thread })
    }

    /// Ticks from now on, or stands still.
    pub(super) fn set_ticking(&self, ticking: bool) {
        if self.state.ticking.load(Ordering::Relaxed) != ticking {
            self.state.ticking.store(ticking, Ordering::Relaxed);
            self.thread.thread().unpark();
        }
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        self.state.ended.store(true, Ordering::Relaxed);
        self.thread.thread().unpark();
    }
}

fn tick(period: Duration, state: &State, shared: &Shared, lane: usize) {
    while !state.ended.load(Ordering::Relaxed) {
        if state.ticking.load(Ordering::Relaxed) {
            thread::park_timeout(period);
            shared.wake(lane);
        } else {
            thread::park();
        }
    }
}
