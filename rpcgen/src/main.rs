//! The rpcgen program.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use sunrpc_rpcgen::Builder;

/// Compiles RPC Language (.x files) to Rust.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    /// The .x file.
    file: PathBuf,
    /// Where the Rust goes; standard output by default.
    #[arg(short, long)]
    output: Option<PathBuf>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let rust = match Builder::new().generate(&args.file) {
        Ok(rust) => rust,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    match args.output {
        None => print!("{rust}"),
        Some(path) => {
            if let Err(error) = std::fs::write(&path, rust) {
                eprintln!("{}: {error}", path.display());
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}
