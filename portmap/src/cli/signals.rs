//! SIGHUP reads the state file again, SIGINT and SIGTERM stop.

use std::{io, thread};

use sd_notify::NotifyState;
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
    low_level::emulate_default_handler,
};
use sunrpc::server::Stop;
use sunrpc_portmap::Table;

use super::serve::notify;

/// Handles signals on a thread of its own. The second one that is to stop us ends the process at once.
pub(super) fn handle(stop: Stop, table: Table) -> io::Result<()> {
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM])?;
    let mut stopping = false;
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for signal in signals.forever() {
            match signal {
                SIGHUP => reload(&table),
                _ if stopping => drop(emulate_default_handler(signal)),
                _ => {
                    tracing::info!(signal, "stopping");
                    notify(NotifyState::Stopping);
                    stopping = true;
                    stop.stop();
                }
            }
        }
    })?;
    Ok(())
}

fn reload(table: &Table) {
    match table.reload() {
        Ok(count) => tracing::info!(count, "state file read again; so many registrations were new"),
        Err(error) => tracing::error!(%error, "cannot read the state file again"),
    }
}
