//! What was to be reached, and what was.

use crate::{
    figures::Figures,
    grid::{Grid, digits, line, times},
    idle,
    tables::{CODEC, ECHO, NULL, WINDOW},
};

/// A goal, and the figure that it is about.
struct Goal {
    what: &'static str,
    bound: Bound,
    figure: fn(&Figures) -> Option<f64>,
}

/// What a figure should keep to.
enum Bound {
    AtMost(f64),
    AtLeast(f64),
    /// In millions of calls a second.
    Rate(f64),
    /// In bytes.
    Bytes(f64),
}

const GOALS: &[Goal] = &[
    Goal {
        what: "UDP NULL, p50, over raw C",
        bound: Bound::AtMost(1.08),
        figure: |of| ratio(&NULL, 0, "ours", of),
    },
    Goal {
        what: "TCP NULL, p50, over raw C",
        bound: Bound::AtMost(1.08),
        figure: |of| ratio(&NULL, 1, "ours", of),
    },
    Goal {
        what: "TCP NULL server, 64 outstanding, over a raw pipelined echo",
        bound: Bound::AtLeast(0.65),
        figure: |of| ratio(&WINDOW, 0, "ours-server", of),
    },
    Goal {
        what: "the same, over libtirpc's server",
        bound: Bound::AtLeast(10.0),
        figure: |of| quotient(&WINDOW, 0, "ours-server", "libtirpc-server", of),
    },
    Goal {
        what: "TCP NULL, 64 outstanding, our client too",
        bound: Bound::Rate(1.5),
        figure: |of| Some(WINDOW.cell(&WINDOW.rows[0], "ours", of)?.0.median / 1e6),
    },
    Goal {
        what: "the same, over tonic",
        bound: Bound::AtLeast(15.0),
        figure: |of| quotient(&WINDOW, 0, "ours", "tonic", of),
    },
    Goal {
        what: "UDP NULL server, 64 outstanding, over a raw mmsg echo",
        bound: Bound::AtLeast(0.8),
        figure: |of| ratio(&WINDOW, 1, "ours-server", of),
    },
    Goal {
        what: "TCP echo of 8 KiB, p50, over raw C",
        bound: Bound::AtMost(1.10),
        figure: |of| ratio(&ECHO, 0, "ours", of),
    },
    Goal {
        what: "TCP echo of 256 KiB, shared bytes, p50, over raw C",
        bound: Bound::AtMost(1.15),
        figure: |of| ratio(&ECHO, 1, "ours-sharing", of),
    },
    Goal {
        what: "batch, encode, as fast as libtirpc",
        bound: Bound::AtLeast(6.0),
        figure: |of| ratio(&CODEC, 0, "ours", of),
    },
    Goal {
        what: "batch, decode, owned",
        bound: Bound::AtLeast(1.8),
        figure: |of| ratio(&CODEC, 1, "ours", of),
    },
    Goal {
        what: "batch, decode, borrowed",
        bound: Bound::AtLeast(8.0),
        figure: |of| ratio(&CODEC, 2, "ours", of),
    },
    Goal {
        what: "int<65536>, encode",
        bound: Bound::AtLeast(15.0),
        figure: |of| ratio(&CODEC, 3, "ours", of),
    },
    Goal {
        what: "int<65536>, decode",
        bound: Bound::AtLeast(12.0),
        figure: |of| ratio(&CODEC, 4, "ours", of),
    },
    Goal {
        what: "user memory of an idle TCP connection, 10,000 open",
        bound: Bound::Bytes(2048.0),
        figure: |of| idle::bytes_each("ours", of),
    },
    Goal {
        what: "TCP NULL, p50, among 10,000 idle connections, over p50 without",
        bound: Bound::AtMost(1.10),
        figure: |of| idle::slower("ours", of),
    },
];

/// As Markdown; what was not measured is left out.
pub(crate) fn markdown(figures: &Figures) -> String {
    let cells = |cells: [&str; 3]| cells.map(str::to_owned).into_iter();
    let mut text = line("work", cells(["goal", "measured", ""])) + &line("---", cells(["---"; 3]));
    for goal in GOALS {
        if let Some(value) = (goal.figure)(figures) {
            let (bound, measured) = (goal.bound.show(), goal.bound.show_measured(value));
            let reached = if goal.bound.holds(value) { "reached" } else { "not reached" };
            text += &line(goal.what, cells([&bound, &measured, reached]));
        }
    }
    text
}

impl Bound {
    fn holds(&self, value: f64) -> bool {
        match *self {
            Self::AtMost(bound) | Self::Bytes(bound) => value <= bound,
            Self::AtLeast(bound) | Self::Rate(bound) => value >= bound,
        }
    }

    fn show(&self) -> String {
        let sign =
            if matches!(self, Self::AtMost(_) | Self::Bytes(_)) { "at most" } else { "at least" };
        let (Self::AtMost(bound) | Self::AtLeast(bound) | Self::Rate(bound) | Self::Bytes(bound)) =
            *self;
        format!("{sign} {}", self.show_value(bound))
    }

    /// With another digit where a goal that was missed would else look reached.
    fn show_measured(&self, value: f64) -> String {
        match *self {
            Self::AtMost(bound) | Self::AtLeast(bound)
                if !self.holds(value) && times(value) == times(bound) =>
            {
                format!("{value:.3}x")
            }
            _ => self.show_value(value),
        }
    }

    fn show_value(&self, value: f64) -> String {
        match self {
            Self::AtMost(_) | Self::AtLeast(_) => times(value),
            Self::Rate(_) => format!("{} M/s", digits(value)),
            Self::Bytes(_) => format!("{value:.0} bytes"),
        }
    }
}

fn ratio(grid: &Grid, row: usize, who: &str, figures: &Figures) -> Option<f64> {
    Some(grid.cell(grid.rows.get(row)?, who, figures)?.1?.median)
}

fn quotient(grid: &Grid, row: usize, who: &str, over: &str, figures: &Figures) -> Option<f64> {
    Some(ratio(grid, row, who, figures)? / ratio(grid, row, over, figures)?)
}
