//! What is printed: tables for people, JSON for programs.

use std::{
    fmt,
    io::{self, Write as _},
};

use serde::Serialize;

use crate::{
    failure::Failure,
    names::Names,
    text::{columns, fitted, harmless},
};

/// Where lines go. Nothing in them is what a terminal obeys.
#[derive(Debug)]
pub struct Output {
    /// Whether programs read it.
    pub json: bool,
    /// Of programs.
    pub names: Names,
    columns: Option<usize>,
}

impl Output {
    /// One for people, or one for programs.
    #[must_use]
    pub fn new(json: bool) -> Self {
        Self { json, names: Names::load(), columns: columns() }
    }

    /// Prints one line of a table, cut to the terminal's width.
    ///
    /// # Errors
    ///
    /// Standard output cannot be written. Where nobody reads on, the program ends.
    pub fn line(&self, line: &str) -> Result<(), Failure> {
        let line = harmless(line.trim_end());
        printed(writeln!(io::stdout(), "{}", fitted(&line, self.columns)))
    }

    /// Prints lines that are to be whole, whatever the terminal's width.
    ///
    /// # Errors
    ///
    /// As those of [`line`](Self::line).
    pub fn whole(&self, text: &str) -> Result<(), Failure> {
        printed(writeln!(io::stdout(), "{}", harmless(text)))
    }

    /// Prints what a table would show, as JSON.
    ///
    /// # Errors
    ///
    /// As those of [`line`](Self::line).
    pub fn json(&self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value).map_err(Failure::new)?;
        printed(writeln!(io::stdout(), "{text}"))
    }

    /// A program's name, or `none`.
    #[must_use]
    pub fn name(&self, program: u32, none: &'static str) -> &str {
        self.names.name(program).unwrap_or(none)
    }
}

/// Says on standard error what `program` has to say, with nothing that a terminal obeys. Where that cannot be written,
/// neither can why.
pub fn tell(program: &str, what: &dyn fmt::Display) {
    let _ = writeln!(io::stderr(), "{program}: {}", harmless(&what.to_string()));
}

/// That nobody reads on is no failure.
fn printed(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        result => result
            .map_err(|error| Failure::new(format!("standard output cannot be written: {error}"))),
    }
}
