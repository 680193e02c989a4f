//! What `bench/run` measured, as tables, as a document and as plots:
//!
//! ```text
//! sunrpc-bench-report tables FIGURES     prints the tables
//! sunrpc-bench-report write FIGURES      writes docs/BENCHMARKS.md and docs/benchmarks/*.svg (from the top folder)
//! ```
//!
//! FIGURES holds a line `key=value …` for each measurement, and `machine NAME VALUE` lines. The prose between the
//! tables is in `bench/BENCHMARKS.md.in`.

use std::{env, error::Error, fs, path::Path, process::ExitCode};

mod compiler;
mod document;
mod figures;
mod goals;
mod grid;
mod idle;
mod peers;
mod plot;
mod tables;

use figures::Figures;

const TEMPLATE: &str = "bench/BENCHMARKS.md.in";
const DOCUMENT: &str = "docs/BENCHMARKS.md";
const PLOTS: &str = "docs/benchmarks";
const USAGE: &str = "usage: sunrpc-bench-report tables|write FIGURES";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["tables", figures] => {
            print!("{}", document::tables(&read(figures)?));
            Ok(())
        }
        ["write", figures] => write(&read(figures)?),
        _ => Err(USAGE.into()),
    }
}

fn read(path: &str) -> Result<Figures, Box<dyn Error>> {
    let text = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    Ok(text.parse()?)
}

fn write(figures: &Figures) -> Result<(), Box<dyn Error>> {
    let template = fs::read_to_string(TEMPLATE)?;
    fs::write(DOCUMENT, document::fill(&template, figures)?)?;
    fs::create_dir_all(PLOTS)?;
    for (name, svg) in plot::all(figures)? {
        fs::write(Path::new(PLOTS).join(name), svg)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The document is what the figures in the repository say, not what somebody has typed.
    #[test]
    fn the_document_is_of_the_figures() {
        let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let text = |path: &str| {
            fs::read_to_string(top.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
        };
        let figures: Figures = text("bench/figures.txt").parse().expect("lines of figures");
        let document = document::fill(&text(TEMPLATE), &figures).expect("a template");
        assert!(document == text(DOCUMENT), "{DOCUMENT} is not what bench/run --write makes");
        for (name, svg) in plot::all(&figures).expect("plots") {
            assert!(
                svg == text(&format!("{PLOTS}/{name}")),
                "{name} is not what bench/run --write makes"
            );
            assert!(document.contains(&format!("(benchmarks/{name})")), "{name} is shown");
        }
    }
}
