//! Why a program is not found, or not registered.

use std::fmt;

use sunrpc::{Transport, client};

use crate::Address;

/// Why a program cannot be reached through its portmapper, or not be registered there.
///
/// Shown by `{:?}` as by `{}`, so that a `main` that returns it says what is wrong.
#[non_exhaustive]
pub enum Error {
    /// The portmapper cannot be reached, or does not answer as one.
    Portmap {
        /// Where it was looked for.
        portmap: Address,
        /// Why not.
        source: client::Error,
    },
    /// The portmapper knows nothing of the program over this transport.
    NotRegistered {
        /// The portmapper that was asked.
        portmap: Address,
        /// What it was asked for.
        wanted: Wanted,
    },
    /// The portmapper says that the program is where nothing can be.
    BadAddress {
        /// The portmapper that was asked.
        portmap: Address,
        /// What it was asked for.
        wanted: Wanted,
        /// The address or the port that it gave, or how it begins.
        found: String,
    },
    /// The program is registered but cannot be reached.
    Program {
        /// The portmapper that was asked.
        portmap: Address,
        /// What it was asked for.
        wanted: Wanted,
        /// Why not.
        source: client::Error,
    },
    /// The portmapper refuses to register the program.
    Refused {
        /// The portmapper that was asked.
        portmap: Address,
        /// What was to be registered.
        wanted: Wanted,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Portmap { portmap, source: source @ client::Error::Auth(_) } => write!(
                f,
                "the portmapper at {portmap} refuses the call: {source}; it takes registrations over its loopback address or its socket in the file system only"
            ),
            Self::Portmap { portmap, source } => {
                write!(f, "the portmapper at {portmap} cannot be asked: {source}")?;
                if says_enough(source) {
                    return Ok(());
                }
                f.write_str(
                    "; is one running there? (start `portmap`, or say where another is: HOST:PORT)",
                )
            }
            Self::NotRegistered { portmap, wanted } => write!(
                f,
                "{wanted} is not registered with the portmapper at {portmap}; is it running, and registered there? (`rpcinfo -p` lists what is)"
            ),
            Self::BadAddress { portmap, wanted, found } => write!(
                f,
                "the portmapper at {portmap} has {wanted} at {found:?}, which is no address (`rpcinfo -d` takes the registration back)"
            ),
            Self::Program { portmap, wanted, source } => write!(
                f,
                "{wanted} is registered with the portmapper at {portmap}, but does not answer: {source}; it may have ended without taking its registration back (start it again)"
            ),
            Self::Refused { portmap, wanted } => write!(
                f,
                "the portmapper at {portmap} refuses to register {wanted}; most often another registration is in the way (`rpcinfo` says whose)"
            ),
        }
    }
}

/// Whether a portmapper has answered so, or its host does not exist.
const fn says_enough(error: &client::Error) -> bool {
    use client::Error::{GarbageArgs, ProcUnavail, ProgMismatch, Resolve, SystemErr};
    matches!(error, GarbageArgs | ProcUnavail | ProgMismatch { .. } | Resolve(_) | SystemErr)
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Without a source: the text says it already.
impl std::error::Error for Error {}

/// What is looked for, or registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The program's number.
    pub program: u32,
    /// The program's version.
    pub version: u32,
    /// How it is to be reached.
    pub transport: Transport,
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { program, version, transport } = self;
        write!(f, "program {program} version {version} over {transport}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whether_one_is_running_is_asked_of_hosts_that_there_are() {
        let told = |source| {
            let portmap = "nowhere:111".parse().unwrap();
            Error::Portmap { portmap, source }.to_string()
        };
        let unknown = std::io::Error::other("unknown host");
        assert!(!told(client::Error::Resolve(unknown)).contains("running"));
        assert!(told(client::Error::Disconnected).contains("is one running there?"));
    }
}
