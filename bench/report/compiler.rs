//! How long the compilers take.

use crate::{figures::Figures, grid::line};

const RUNS: [(&str, &str); 3] = [
    ("ours", "this project's rpcgen, to Rust"),
    ("rpcgen-h", "C's rpcgen, the header"),
    ("rpcgen-c", "C's rpcgen, the XDR routines"),
];

/// As Markdown.
pub(crate) fn markdown(figures: &Figures) -> String {
    let mut text =
        line("", ["seconds".to_owned()].into_iter()) + &line("---", ["---".to_owned()].into_iter());
    for (who, label) in RUNS {
        if let Some(took) = figures.get("compiler", who, "ms") {
            text += &line(label, [format!("{:.2}", took.median / 1e3)].into_iter());
        }
    }
    text
}
