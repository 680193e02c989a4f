//! Why there is no result.

use std::{fmt, process::ExitCode};

use sunrpc_rpcgen::Error;
use sunrpc_tools::failure::Failure;

/// Why there is no result.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// What is wrong with the `.x` file.
    File(Error),
    /// What is wrong with the command line.
    Misuse(Failure),
    /// What became of the call, or of finding whom to call.
    Call(Failure),
}

impl Trouble {
    /// What is wrong with the command line.
    pub(crate) fn misuse(message: impl fmt::Display) -> Self {
        Self::Misuse(Failure::new(message))
    }

    /// 1 where the server could not be asked or has refused, 2 where nothing was to be asked.
    pub(crate) fn status(&self) -> ExitCode {
        ExitCode::from(if matches!(self, Self::Call(_)) { 1 } else { 2 })
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Call(failure)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(error) => error.fmt(f),
            Self::Misuse(failure) | Self::Call(failure) => failure.fmt(f),
        }
    }
}
