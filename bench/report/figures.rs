//! The lines that were measured, and medians of them.

use std::{collections::HashMap, str::FromStr};

/// One measurement: `work=null-udp who=raw round=1 p50_ns=3700 …`.
type Line = HashMap<String, String>;

/// All that one run measured.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    lines: Vec<Line>,
    machine: HashMap<String, String>,
}

/// What several rounds measured of one thing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Figure {
    pub(crate) least: f64,
    pub(crate) median: f64,
    pub(crate) most: f64,
}

impl Figures {
    /// What `who` made of `work` in all rounds, by the value that `key` names; `None` where he took no part.
    pub(crate) fn get(&self, work: &str, who: &str, key: &str) -> Option<Figure> {
        self.find(&[("work", work), ("who", who)], key)
    }

    /// The same of the lines that have all these fields.
    pub(crate) fn find(&self, fields: &[(&str, &str)], key: &str) -> Option<Figure> {
        let fits = |line: &&Line| {
            fields.iter().all(|(name, value)| line.get(*name).is_some_and(|is| is == value))
        };
        let values = self.lines.iter().filter(fits).filter_map(|line| line.get(key)?.parse().ok());
        Figure::of(values.collect())
    }

    /// What the machine is like, by name; empty where nothing was noted.
    pub(crate) fn machine(&self, name: &str) -> &str {
        self.machine.get(name).map_or("", String::as_str)
    }
}

impl FromStr for Figures {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut figures = Self::default();
        for line in text.lines().filter(|line| !line.is_empty()) {
            if let Some(rest) = line.strip_prefix("machine ") {
                let (name, value) = rest.split_once(' ').unwrap_or((rest, ""));
                figures.machine.insert(name.to_owned(), value.to_owned());
            } else {
                figures
                    .lines
                    .push(fields(line).ok_or_else(|| format!("not a line of figures: {line}"))?);
            }
        }
        Ok(figures)
    }
}

fn fields(line: &str) -> Option<Line> {
    let pair = |field: &str| {
        let (name, value) = field.split_once('=')?;
        Some((name.to_owned(), value.to_owned()))
    };
    line.split_whitespace().map(pair).collect()
}

impl Figure {
    fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let count = values.len();
        let middle = |place: usize| values.get(place).copied();
        let median = f64::midpoint(middle((count.checked_sub(1)?) / 2)?, middle(count / 2)?);
        Some(Self { least: *values.first()?, median, most: *values.last()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = "machine kernel Linux 6.1\n\
                         work=a who=x round=1 p50_ns=5\n\
                         work=a who=x round=2 p50_ns=1\n\
                         work=a who=x round=3 p50_ns=2\n\
                         work=a who=y round=1 p50_ns=8\n\
                         work=a who=y round=2 p50_ns=4\n";

    #[test]
    fn a_median_is_of_all_rounds_of_one_who_takes_part() {
        let figures: Figures = LINES.parse().expect("lines of figures");
        let x = figures.get("a", "x", "p50_ns").expect("measured");
        assert_eq!(x, Figure { least: 1.0, median: 2.0, most: 5.0 });
        assert_eq!(figures.get("a", "y", "p50_ns").map(|figure| figure.median), Some(6.0));
        assert_eq!(figures.get("a", "z", "p50_ns"), None);
        assert_eq!(figures.get("a", "x", "calls_per_s"), None);
        assert_eq!(figures.machine("kernel"), "Linux 6.1");
    }

    #[test]
    fn what_is_no_figure_is_refused() {
        assert!("work=a who".parse::<Figures>().is_err());
    }
}
