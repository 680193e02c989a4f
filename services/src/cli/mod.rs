//! The `services` program: servers, clients and the demonstration.

mod accounts;
mod args;
mod client;
mod conversation;
mod demo;
mod failure;
mod input;
mod log;
mod secret;
mod serve;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use args::{Args, Command, Passcheck, PasscheckAction};
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
            // Where that cannot be written, neither can why.
            let _ = writeln!(io::stderr(), "services: {failure}");
            ExitCode::from(2)
        }
    }
}

fn perform(command: Command) -> Result<Outcome, Failure> {
    match command {
        Command::Serve(serve) => serve::serve(&serve),
        Command::Demo => demo::show(),
        Command::Daytime(client) => client::daytime::ask(&client),
        Command::Doctor(client) => client::doctor::talk(&client),
        Command::Passcheck(passcheck) => perform_passcheck(passcheck),
    }
}

fn perform_passcheck(passcheck: Passcheck) -> Result<Outcome, Failure> {
    match passcheck.action {
        Some(PasscheckAction::Add(account)) => accounts::add(&account),
        Some(PasscheckAction::Remove(account)) => accounts::remove(&account),
        Some(PasscheckAction::Lock(account)) => accounts::set_locked(&account, true),
        Some(PasscheckAction::Unlock(account)) => accounts::set_locked(&account, false),
        Some(PasscheckAction::Check { name }) => client::passcheck::check(name, &passcheck.client),
        None => client::passcheck::check(passcheck.name, &passcheck.client),
    }
}

/// A line on standard output. What came from the network must not command the terminal.
fn print(words: &str) -> Result<(), Failure> {
    print_to(&mut io::stdout(), words)
}

fn print_to(out: &mut dyn Write, words: &str) -> Result<(), Failure> {
    let shown: String =
        words.chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
    match writeln!(out, "{shown}").and_then(|()| out.flush()) {
        // That nobody reads on is no failure.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("could not print: {error}"), ""))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_commands_no_terminal() {
        let mut out = Vec::new();
        print_to(&mut out, "a\u{1b}[2J\nb\u{9b}").expect("printed");
        assert_eq!(out, b"a [2J b \n");
    }
}
