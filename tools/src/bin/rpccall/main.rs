//! `rpccall`: calls any procedure of any RPC service, by its `.x` file.

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
mod arguments;
mod call;
mod find;
mod show;
mod trouble;

use std::process::ExitCode;

use clap::Parser as _;
use sunrpc_rpcgen::schema::Schema;
use sunrpc_tools::output::{self, Output};

use args::{Args, Task};
use trouble::Trouble;

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            output::tell("rpccall", &trouble);
            trouble.status()
        }
    }
}

fn run(args: &Args) -> Result<(), Trouble> {
    let output = Output::new(false);
    let schema = args.schema()?;
    match args.task()? {
        Task::List => show::list(args, &schema, &output),
        Task::Describe(procedure) => describe(args, &schema, procedure, &output),
        Task::Call { server, procedure, words } => {
            let target = find::find(&schema, procedure, &args.choice)?;
            call::call(args, &schema, &target, &server, words, &output)
        }
    }
}

fn describe(args: &Args, schema: &Schema, procedure: &str, output: &Output) -> Result<(), Trouble> {
    let target = find::find(schema, procedure, &args.choice)?;
    show::describe(args, schema, &target, output)
}
