//! The `services` program: servers, clients and the demonstration.

mod accounts;
mod args;
mod conversation;
mod failure;
mod input;
mod log;
mod secret;

use std::process::ExitCode;

use args::{Args, Command, PasscheckAction};
use clap::Parser;
use failure::Failure;

/// What the program came to, told by its exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Done, or granted: 0.
    Done,
    /// Denied: 1.
    Denied,
}

/// Runs the program with the arguments it was given: 0 done or granted, 1 denied, 2 could not.
pub fn run() -> ExitCode {
    let args = Args::parse();
    log::start(&args.command);
    match perform(args.command) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Denied) => ExitCode::from(1),
        Err(failure) => {
            eprintln!("services: {failure}");
            ExitCode::from(2)
        }
    }
}

fn perform(command: Command) -> Result<Outcome, Failure> {
    match command {
        Command::Serve(_) | Command::Demo | Command::Daytime(_) | Command::Doctor(_) => {
            Err(Failure::new("this is not built yet", ""))
        }
        Command::Passcheck(passcheck) => match passcheck.action {
            Some(PasscheckAction::Add(account)) => accounts::add(&account),
            Some(PasscheckAction::Remove(account)) => accounts::remove(&account),
            Some(PasscheckAction::Lock(account)) => accounts::set_locked(&account, true),
            Some(PasscheckAction::Unlock(account)) => accounts::set_locked(&account, false),
            Some(PasscheckAction::Check { .. }) | None => {
                Err(Failure::new("this is not built yet", ""))
            }
        },
    }
}
