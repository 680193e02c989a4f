//! What is printed: tables for people, JSON for programs.

use std::{
    fmt,
    io::{self, Write as _},
};

use serde::Serialize;
use sunrpc_tools::{
    names::Names,
    text::{columns, fitted},
};

use crate::failure::Failure;

/// What stands in place of an empty table, as in Debian's.
pub(crate) const NOTHING: &str = "No remote programs registered.";

/// Where lines go.
pub(crate) struct Output {
    pub(crate) json: bool,
    pub(crate) names: Names,
    columns: Option<usize>,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json, names: Names::load(), columns: columns() }
    }

    /// Prints one line of a table.
    pub(crate) fn line(&self, line: &str) -> Result<(), Failure> {
        let line = fitted(line.trim_end(), self.columns);
        printed(writeln!(io::stdout(), "{line}"))
    }

    /// Prints what a table would show, as JSON.
    pub(crate) fn json(&self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value).map_err(Failure::new)?;
        printed(writeln!(io::stdout(), "{text}"))
    }

    /// A program's name, or `none`.
    pub(crate) fn name(&self, program: u32, none: &'static str) -> &str {
        self.names.name(program).unwrap_or(none)
    }
}

/// Says on standard error what is wrong. Where that cannot be written, neither can why.
pub(crate) fn tell(what: &dyn fmt::Display) {
    let _ = writeln!(io::stderr(), "rpcinfo: {what}");
}

/// That nobody reads on is no failure.
fn printed(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        result => result
            .map_err(|error| Failure::new(format!("standard output cannot be written: {error}"))),
    }
}
