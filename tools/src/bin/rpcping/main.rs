//! `rpcping`: how long do calls take, over UDP and over TCP?

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
mod figures;
mod json;
mod measure;
mod plot;
mod report;
mod row;
mod spread;
mod svg;
mod text;
mod ways;

use std::{fmt, process::ExitCode};

use clap::Parser;
use sunrpc_tools::{
    failure::Failure,
    output::{self, Output},
};

use args::Args;
use report::Report;
use row::{Row, Target};

fn main() -> ExitCode {
    let args = Args::parse();
    match measured(&args) {
        Ok(rows) if rows.iter().all(Row::is_well) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(failure) => {
            tell(&failure);
            ExitCode::FAILURE
        }
    }
}

/// Finds the program, calls it, and shows what came of it.
fn measured(args: &Args) -> Result<Vec<Row>, Failure> {
    let output = Output::new(args.json);
    let (host, program) = args.target()?;
    let mut rows = ways::find(args, host, program)?;
    let version = ways::highest_version(&mut rows, program);
    let report = Report { host, program: program.number, version, count: args.count };
    report.announce(&rows, &output)?;
    if let Some(version) = version {
        let target = Target { program: program.number, version, portmapper: &args.portmapper };
        measure::all(&mut rows, target, args)?;
    }
    // Before the table, of which nobody may read the end.
    let plotted = match &args.plot {
        Some(file) if rows.iter().any(|row| !row.times.is_empty()) => {
            svg::write(file, &report.title(&output), &rows)
        }
        _ => Ok(()),
    };
    report.show(&rows, &output)?;
    plotted.map(|()| rows)
}

/// Says on standard error what is wrong.
fn tell(what: &dyn fmt::Display) {
    output::tell("rpcping", what);
}
