//! Stopping on a signal.

use std::{io, thread};

use signal_hook::{
    consts::{SIGINT, SIGTERM},
    iterator::Signals,
};

/// Calls `stop` at the first SIGINT or SIGTERM; a second one ends the process as it would have without this.
///
/// # Errors
///
/// The system refuses the handler or its thread.
pub fn stop_on_signals(stop: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        if let Some(signal) = signals.forever().next() {
            tracing::info!(signal, "stopping");
            stop();
        }
        if let Some(signal) = signals.forever().next() {
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
    })?;
    Ok(())
}
