//! SIGHUP reads the state file again, SIGINT and SIGTERM stop.

use std::{io, thread};

use sd_notify::NotifyState;
use signal_hook::{consts::SIGHUP, iterator::Signals};
use sunrpc::server::{Stop, stop_on_signals};
use sunrpc_portmap::Table;

use super::serve::notify;

/// Handles signals, on threads of its own.
pub(super) fn handle(stop: Stop, table: Table) -> io::Result<()> {
    let mut hangups = Signals::new([SIGHUP])?;
    thread::Builder::new()
        .name("hangups".to_owned())
        .spawn(move || hangups.forever().for_each(|_| reload(&table)))?;
    stop_on_signals(move || {
        notify(NotifyState::Stopping);
        stop.stop();
    })
}

fn reload(table: &Table) {
    match table.reload() {
        Ok(count) => tracing::info!(count, "state file read again; so many registrations were new"),
        Err(error) => tracing::error!(%error, "cannot read the state file again"),
    }
}
