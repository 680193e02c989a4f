//! Logs on standard error, as much as `RUST_LOG` asks for.

use std::io::{self, IsTerminal};

use tracing::Level;
use tracing_subscriber::{EnvFilter, fmt};

use super::args::Command;

/// Servers tell what they do, clients only what is wrong.
pub(super) fn start(command: &Command) {
    let level = match command {
        Command::Serve(_) => Level::INFO,
        _ => Level::WARN,
    };
    let filter = EnvFilter::builder().with_default_directive(level.into()).from_env_lossy();
    let log = fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        // By a line on standard error, it would be a panic.
        .log_internal_errors(false)
        .with_ansi(io::stderr().is_terminal())
        .finish();
    // It fails where a log was started before, which then goes on.
    let _ = tracing::subscriber::set_global_default(log);
}
