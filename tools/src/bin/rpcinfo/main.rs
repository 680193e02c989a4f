//! `rpcinfo`: what is registered with a portmapper, and does it answer?

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

mod args;
mod broadcast;
mod delete;
mod list;
mod ping;
mod stats;
mod ways;

use std::{fmt, process::ExitCode};

use clap::Parser;
use sunrpc_tools::output::{self, Output};

use args::{Args, Task};

/// What stands in place of an empty table, as in Debian's.
const NOTHING: &str = "No remote programs registered.";

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return misused(&error),
    };
    let output = Output::new(args.json);
    let outcome = args.task().and_then(|task| match task {
        Task::List(host) => list::list(&args, host, &output),
        Task::Concise(host) => list::concise(&args, host, &output),
        Task::Ports(host) => list::ports(&args, host, &output),
        Task::Statistics(host) => stats::show(&args, host, &output),
        Task::Ways { host, program } => ways::show(&args, host, program, &output),
        Task::Ping { host, program, netid } => ping::by_name(&args, host, program, netid, &output),
        Task::PingAt { addr, netid, program } => ping::at(&args, &addr, netid, program, &output),
        Task::Broadcast(program) => broadcast::ask(&args, program, &output),
        Task::Delete(program) => delete::ask(&args, program),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            tell(&failure);
            ExitCode::FAILURE
        }
    }
}

/// Every mistake is 1, as Debian's; clap's own would be 2. Help and version are none.
fn misused(error: &clap::Error) -> ExitCode {
    // Where that cannot be printed, neither can why.
    let _ = error.print();
    if error.use_stderr() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Says on standard error what is wrong.
fn tell(what: &dyn fmt::Display) {
    output::tell("rpcinfo", what);
}
