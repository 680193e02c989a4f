//! A table of who made what of several works, and how that compares with one of them.

use crate::{
    figures::{Figure, Figures},
    peers,
};

/// How a value is shown, and what is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Nanoseconds, shown in microseconds; compared as a multiple.
    Time,
    /// Calls in a second, shown in millions; compared as a multiple.
    Rate,
    /// Nanoseconds, shown in microseconds; compared by how many times as fast it is.
    Speed,
}

/// One line of a table: a work, told from others by fields of its lines.
pub(crate) struct Row {
    pub(crate) label: &'static str,
    pub(crate) fields: &'static [(&'static str, &'static str)],
    /// The fields of what it is compared with, where these are others.
    pub(crate) base: &'static [(&'static str, &'static str)],
}

/// A table.
pub(crate) struct Grid {
    pub(crate) key: &'static str,
    pub(crate) unit: Unit,
    /// Who the others are compared with.
    pub(crate) base: &'static str,
    pub(crate) whos: &'static [&'static str],
    pub(crate) rows: &'static [Row],
}

impl Grid {
    /// What `who` made of a row, and how that compares.
    pub(crate) fn cell(
        &self,
        row: &Row,
        who: &str,
        figures: &Figures,
    ) -> Option<(Figure, Option<Figure>)> {
        let find = |fields: &[(&str, &str)], who| {
            figures.find(&[fields, &[("who", who)]].concat(), self.key)
        };
        let figure = find(row.fields, who)?;
        let base = if row.base.is_empty() { row.fields } else { row.base };
        let ratio = find(base, self.base).map(|base| self.unit.compare(figure, base));
        Some((figure, ratio))
    }

    /// As Markdown, without the rows and the columns that nothing was measured of.
    pub(crate) fn markdown(&self, figures: &Figures) -> String {
        let measured = |row: &Row, who: &str| self.cell(row, who, figures).is_some();
        let rows: Vec<&Row> =
            self.rows.iter().filter(|row| self.whos.iter().any(|who| measured(row, who))).collect();
        let whos: Vec<&str> = self
            .whos
            .iter()
            .copied()
            .filter(|who| rows.iter().any(|row| measured(row, who)))
            .collect();
        let mut text = line("", whos.iter().map(|who| peers::name(who).to_owned()));
        text += &line("---", whos.iter().map(|_| "---".to_owned()));
        for row in rows {
            let cells = whos.iter().map(|who| match self.cell(row, who, figures) {
                Some((figure, ratio)) => self.unit.show(figure, ratio),
                None => String::new(),
            });
            text += &line(row.label, cells);
        }
        text
    }
}

impl Unit {
    fn compare(self, figure: Figure, base: Figure) -> Figure {
        let over = |value: f64| match self {
            Self::Time | Self::Rate => value / base.median,
            Self::Speed => base.median / value,
        };
        let (a, b) = (over(figure.least), over(figure.most));
        Figure { least: a.min(b), median: over(figure.median), most: a.max(b) }
    }

    fn show(self, figure: Figure, ratio: Option<Figure>) -> String {
        let value = match self {
            Self::Time | Self::Speed => format!("{} us", digits(figure.median / 1e3)),
            Self::Rate => format!("{} M/s", digits(figure.median / 1e6)),
        };
        match ratio {
            Some(ratio) => format!("{} ({value})", times(ratio.median)),
            None => value,
        }
    }
}

/// A ratio.
pub(crate) fn times(ratio: f64) -> String {
    format!("{}x", if (0.1..10.0).contains(&ratio) { format!("{ratio:.2}") } else { digits(ratio) })
}

/// A number with about three digits that count.
pub(crate) fn digits(value: f64) -> String {
    match value {
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value if value >= 0.1 => format!("{value:.2}"),
        value => format!("{value:.3}"),
    }
}

/// A line of a Markdown table.
pub(crate) fn line(first: &str, cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<String> = cells.collect();
    format!("| {first} | {} |\n", cells.join(" | "))
}
