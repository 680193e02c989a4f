//! The command line of `portmap`.

mod args;
mod metrics;
mod privileges;
mod serve;
mod signals;
mod sockets;

use std::{
    io::{self, IsTerminal as _, Write as _},
    process::ExitCode,
};

use clap::Parser;
use tracing_subscriber::EnvFilter;

use args::Args;

pub(crate) fn main() -> ExitCode {
    let args = Args::parse();
    log_to_stderr();
    match serve::serve(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where that cannot be written, neither can why.
            let _ = writeln!(io::stderr(), "portmap: {error}");
            ExitCode::from(2)
        }
    }
}

/// Warnings and audit lines, unless `RUST_LOG` says otherwise.
fn log_to_stderr() {
    let filter =
        EnvFilter::builder().with_default_directive(tracing::Level::WARN.into()).from_env_lossy();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr)
        // By a line on standard error, it would be a panic.
        .log_internal_errors(false)
        .init();
}
