//! What is shown.

use sunrpc_tools::{
    failure::Failure,
    output::Output,
    text::{columns, shown},
};

use crate::{
    figures::Figures,
    json,
    plot::{self, Ink},
    row::Row,
    tell,
    text::{table, times},
};

/// The longest host that is shown.
const LONGEST: usize = 64;
/// Where there is no terminal.
const USUAL_WIDTH: usize = 80;
const HEAD: [&str; 10] = ["", "calls", "lost", "resent", "min", "p50", "p90", "p99", "max", "mean"];

/// What is called.
pub(crate) struct Report<'a> {
    pub(crate) host: Option<&'a str>,
    pub(crate) program: u32,
    /// `None` where nobody tells.
    pub(crate) version: Option<u32>,
    /// How often, over each transport.
    pub(crate) count: u32,
}

impl Report<'_> {
    /// Says what is going to be measured.
    pub(crate) fn announce(&self, rows: &[Row], output: &Output) -> Result<(), Failure> {
        if output.json || self.version.is_none() {
            return Ok(());
        }
        output.line(&format!("{}, {} over each of", self.title(output), self.count))?;
        for row in rows.iter().filter(|row| !row.connects) {
            if let Some(address) = row.address() {
                output.line(&format!("    {:<6}{address}", row.netid))?;
            }
        }
        Ok(())
    }

    /// What was called.
    pub(crate) fn title(&self, output: &Output) -> String {
        let program = match output.names.name(self.program) {
            Some(name) => format!("{name} ({})", self.program),
            None => format!("program {}", self.program),
        };
        let version = self.version.unwrap_or_default();
        let host = self.host.map(|host| format!(" at {}", shown(host, LONGEST)));
        format!("NULL calls to {program} version {version}{}", host.unwrap_or_default())
    }

    /// Shows what came of it.
    pub(crate) fn show(&self, rows: &[Row], output: &Output) -> Result<(), Failure> {
        if output.json {
            output.json(&json::whole(self, rows, output))?;
        } else if rows.iter().any(|row| row.calls() > 0) {
            show_rows(rows, output)?;
        }
        for row in rows {
            if let Some(failure) = &row.failure {
                tell(&format_args!("{}: {failure}", row.name()));
            }
        }
        Ok(())
    }
}

fn show_rows(rows: &[Row], output: &Output) -> Result<(), Failure> {
    let head = HEAD.map(str::to_owned).to_vec();
    let cells: Vec<_> = [head].into_iter().chain(rows.iter().map(cells)).collect();
    let answered: Vec<&Row> = rows.iter().filter(|row| !row.times.is_empty()).collect();
    let times: Vec<_> = answered.iter().map(|row| (row.name(), &row.times)).collect();
    let width = columns().unwrap_or(USUAL_WIDTH);
    let plot = plot::lines(&times, width, Ink::of_locale());
    for lines in [table(&cells), comparison(&answered), plot] {
        let gap = lines.first().map(|_| String::new());
        gap.iter().chain(&lines).try_for_each(|line| output.line(line))?;
    }
    Ok(())
}

fn cells(row: &Row) -> Vec<String> {
    let figures = Figures::of(&row.times).map(|figures| figures.cells());
    [row.name(), row.calls().to_string(), row.lost.to_string(), row.resent().to_string()]
        .into_iter()
        .chain(figures.unwrap_or_else(|| [const { "-" }; 6].map(str::to_owned)))
        .collect()
}

/// The medians beside that of TCP or, without it, of the first.
fn comparison(rows: &[&Row]) -> Vec<String> {
    let base = rows.iter().find(|row| row.is_plain_tcp()).or(rows.first());
    let Some(base) = base else { return Vec::new() };
    let others = rows.iter().filter(|row| row.name() != base.name());
    let line = |row: &&Row| {
        let ratio = times(row.median() / base.median());
        format!("{} is {ratio} of {} at p50", row.name(), base.name())
    };
    others.map(line).collect()
}
