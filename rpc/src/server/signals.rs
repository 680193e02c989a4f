//! Stopping on a signal.

use std::{
    io, thread,
    time::{Duration, Instant},
};

use signal_hook::{
    consts::{SIGINT, SIGTERM},
    iterator::Signals,
};

/// What follows so soon is the same signal: `timeout` sends its own to the process, and again to the process's group.
const SAME: Duration = Duration::from_secs(1);

/// Calls `stop` at the first SIGINT or SIGTERM; one that comes a second later ends the process as it would have without
/// this.
///
/// # Errors
///
/// The system refuses the handler or its thread.
pub fn stop_on_signals(stop: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        let mut signals = signals.forever();
        let Some(signal) = signals.next() else { return };
        let first = Instant::now();
        tracing::info!(signal, "stopping");
        stop();
        if let Some(signal) = signals.find(|_| first.elapsed() >= SAME) {
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
    })?;
    Ok(())
}
