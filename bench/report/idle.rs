//! What idle connections cost.

use crate::{
    figures::Figures,
    grid::{digits, line, times},
    peers,
};

const WORK: &str = "idle";

/// Resident memory of the server for each connection, in bytes.
pub(crate) fn bytes_each(who: &str, figures: &Figures) -> Option<f64> {
    let get = |key| Some(figures.get(WORK, who, key)?.median);
    Some((get("kib")? - get("alone_kib")?).max(0.0) * 1024.0 / get("connections")?)
}

/// How many times as long a call takes among them as without.
pub(crate) fn slower(who: &str, figures: &Figures) -> Option<f64> {
    let get = |key| Some(figures.get(WORK, who, key)?.median);
    Some(get("p50_ns")? / get("alone_p50_ns")?)
}

/// As Markdown.
pub(crate) fn markdown(figures: &Figures) -> String {
    let cells = |cells: [&str; 4]| cells.map(str::to_owned).into_iter();
    let heads = ["connections", "user memory for each", "NULL p50 without", "NULL p50 among them"];
    let mut text = line("server", cells(heads)) + &line("---", cells(["---"; 4]));
    text.extend(["ours", "libtirpc"].iter().filter_map(|who| row(who, figures)));
    text
}

fn row(who: &str, figures: &Figures) -> Option<String> {
    let get = |key| Some(figures.get(WORK, who, key)?.median);
    let cells = [
        format!("{}", get("connections")?),
        format!("{:.0} bytes", bytes_each(who, figures)?),
        format!("{} us", digits(get("alone_p50_ns")? / 1e3)),
        format!("{} ({} us)", times(slower(who, figures)?), digits(get("p50_ns")? / 1e3)),
    ];
    Some(line(peers::name(who), cells.into_iter()))
}
