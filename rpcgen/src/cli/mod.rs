//! The rpcgen program.

mod args;

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;

use crate::builder::write_if_changed;
use crate::pipeline::Analysis;
use crate::render::{self, Style};
use args::{Args, Command, Compile, Format};

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    let args = Args::parse();
    let outcome = match args.command {
        None => compile(&args.compile),
        Some(Command::Completions { shell }) => args::completions(shell),
    };
    match outcome {
        Ok(Outcome::Good) => ExitCode::SUCCESS,
        Ok(Outcome::Refused) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What became of a command that ran to its end.
enum Outcome {
    Good,
    /// What is wrong has been said.
    Refused,
}

type Result<T = Outcome> = std::result::Result<T, crate::Error>;

fn compile(args: &Compile) -> Result {
    let mut outcome = Outcome::Good;
    for file in &args.files {
        let analysis = args.builder().analyse(file)?;
        report(&analysis, args.message_format);
        if analysis.diagnostics.has_errors() {
            outcome = Outcome::Refused;
        } else if !args.check {
            write(args, file, &args.builder().emit(&analysis)?)?;
        }
    }
    Ok(outcome)
}

fn report(analysis: &Analysis, format: Format) {
    let Analysis { diagnostics, sources, .. } = analysis;
    let text = match format {
        Format::Json => render::json(diagnostics, sources),
        Format::Human if std::io::stderr().is_terminal() => {
            render::render(diagnostics, sources, Style::Coloured)
        }
        Format::Human => render::render(diagnostics, sources, Style::Plain),
    };
    match format {
        Format::Json => print!("{text}"),
        Format::Human if text.is_empty() => {}
        Format::Human => eprintln!("{text}"),
    }
}

/// To the file asked for, beside others in a folder, or to standard output.
fn write(args: &Compile, file: &Path, rust: &str) -> Result<()> {
    if let Some(path) = &args.output {
        return write_if_changed(path, rust);
    }
    if let Some(folder) = &args.out_dir {
        let name = file.file_stem().unwrap_or(file.as_os_str());
        return write_if_changed(&folder.join(name).with_extension("rs"), rust);
    }
    print(rust)
}

/// A reader that has seen enough and closed is no error.
fn print(text: &str) -> Result<()> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(crate::Error::at(Path::new("standard output"), &error))
        }
        _ => Ok(()),
    }
}
