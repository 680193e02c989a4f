//! The `services` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    sunrpc_services::cli::run()
}
