//! The rpcgen program.

mod args;
mod diff;
mod fmt;
mod lint;
mod new;
mod schema;

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;

use crate::builder::write_if_changed;
use crate::pipeline::Analysis;
use crate::render::{self, Style};
use args::{Args, Command, Compile, Format, Read};

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    let args = Args::parse();
    let outcome = match args.command {
        None => compile(&args.compile),
        Some(Command::Lint { files, read, message_format }) => {
            lint_files(&files, &read, message_format)
        }
        Some(Command::Diff { old, new, read }) => diff_files(&old, &new, &read),
        Some(Command::Fmt { files, check, read }) => format_files(&files, check, &read),
        Some(Command::New { name, file, .. }) if Path::new(&name).is_file() && !file.exists() => {
            let file = file.display();
            Err(crate::Error::new(format!("the name comes first: `rpcgen new {file} {name}`")))
        }
        Some(Command::New { name, file, path, runtime, read }) => {
            whole(&file, &read, Format::Human).and_then(|analysis| {
                let Some(analysis) = &analysis else { return Ok(Outcome::Refused) };
                let folder = path.unwrap_or_else(|| PathBuf::from(&name));
                let runtime = runtime.as_deref();
                let project = new::Project { name: &name, folder, runtime, analysis, file: &file };
                print(&project.create()?).map(|()| Outcome::Good)
            })
        }
        Some(Command::Schema { file, read, json: _ }) => whole(&file, &read, Format::Human)
            .and_then(|analysis| match analysis {
                Some(analysis) => print(&schema::schema(&analysis.model)).map(|()| Outcome::Good),
                None => Ok(Outcome::Refused),
            }),
        Some(Command::Completions { shell }) => {
            print(&args::completions(shell)).map(|()| Outcome::Good)
        }
    };
    match outcome {
        Ok(Outcome::Good) => ExitCode::SUCCESS,
        Ok(Outcome::Refused) => ExitCode::FAILURE,
        Err(error) => {
            tell(&format!("error: {error}\n"));
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
    if args.output.is_some() && args.files.len() > 1 {
        return Err(crate::Error::new("-o takes one file; --out-dir takes several".to_owned()));
    }
    let mut outcome = Outcome::Good;
    for file in &args.files {
        let meant = |error: crate::Error| match args::meant(file) {
            Some(meant) => error.with_guess(&meant),
            None => error,
        };
        let analysis = args.builder().analyse(file).map_err(meant)?;
        report(&analysis, args.message_format);
        if analysis.diagnostics.has_errors() {
            outcome = Outcome::Refused;
        } else if !args.check {
            write(args, file, &analysis)?;
        }
    }
    Ok(outcome)
}

/// A file without errors; what is wrong has been reported.
fn whole(file: &Path, read: &Read, format: Format) -> Result<Option<Analysis>> {
    let analysis = read.builder().analyse(file)?;
    report(&analysis, format);
    Ok(Some(analysis).filter(|analysis| !analysis.diagnostics.has_errors()))
}

/// Warnings make the exit status that of errors: who runs a linter wants to know.
fn lint_files(files: &[PathBuf], read: &Read, format: Format) -> Result {
    let mut outcome = Outcome::Good;
    for file in files {
        let Some(analysis) = whole(file, read, format)? else {
            outcome = Outcome::Refused;
            continue;
        };
        let diagnostics = lint::lint(&analysis.model);
        if !diagnostics.list().is_empty() {
            outcome = Outcome::Refused;
        }
        report(&Analysis { diagnostics, ..analysis }, format);
    }
    Ok(outcome)
}

/// The exit status says whether they are compatible.
fn diff_files(old: &Path, new: &Path, read: &Read) -> Result {
    let (old, new) = (whole(old, read, Format::Human)?, whole(new, read, Format::Human)?);
    let (Some(old), Some(new)) = (old, new) else { return Ok(Outcome::Refused) };
    let changes = diff::diff(&old.model, &new.model);
    let text: String = changes.iter().map(|change| format!("{change}\n")).collect();
    if changes.iter().all(|change| change.breaks == diff::Breaks::Nobody) {
        print(&(text + "wire-compatible\n"))?;
        return Ok(Outcome::Good);
    }
    print(&(text + "not wire-compatible\n"))?;
    Ok(Outcome::Refused)
}

/// Files that can't be read are left alone: what they mean is not known.
fn format_files(files: &[PathBuf], check: bool, read: &Read) -> Result {
    let mut outcome = Outcome::Good;
    for file in files {
        let analysis = read.builder().analyse(file)?;
        if analysis.unreadable {
            report(&analysis, Format::Human);
            outcome = Outcome::Refused;
            continue;
        }
        let text = fmt::format(analysis.file, &analysis.sources);
        let is_same =
            analysis.sources.file(analysis.file).is_some_and(|source| source.text == text);
        if check && !is_same {
            print(&format!("{}\n", file.display()))?;
            outcome = Outcome::Refused;
        } else if !is_same {
            write_if_changed(file, &text)?;
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
        Format::Human if !text.is_empty() => tell(&(text + "\n")),
        _ => tell(&text),
    }
}

/// To the file asked for, beside others in a folder, or to standard output.
fn write(args: &Compile, file: &Path, analysis: &Analysis) -> Result<()> {
    let builder = args.builder();
    if let Some(path) = &args.output {
        return builder.write(analysis, path);
    }
    if let Some(folder) = &args.out_dir {
        let name = file.file_stem().unwrap_or(file.as_os_str());
        return builder.write(analysis, &folder.join(name).with_extension("rs"));
    }
    print(&builder.emit(analysis)?)
}

/// On standard error. Where that can't be written, neither can why.
fn tell(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
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
