//! The clients, one for each service.

pub(super) mod daytime;
pub(super) mod doctor;
pub(super) mod passcheck;

use sunrpc::{
    client::{self, Error, ProgramClient},
    proto::AuthStat,
};
use sunrpc_portmap::{self as portmap, Address};

use super::{args::Client, failure::Failure};

/// A service's client, looked up as the command line says.
fn connect<P: ProgramClient>(name: &'static str, args: &Client) -> Result<(P, Asked), Failure> {
    let portmap = args.portmap.address()?;
    let asked = Asked { name, portmap, transport: args.transport.into() };
    let patience = client::Client::builder().timeout(args.timeout).connect_timeout(args.timeout);
    let client = portmap::connect_with(&asked.portmap, asked.transport, patience)
        .map_err(|error| asked.not_found(&error))?;
    Ok((client, asked))
}

/// What was asked, for messages.
struct Asked {
    name: &'static str,
    portmap: Address,
    transport: sunrpc::Transport,
}

impl Asked {
    fn not_found(&self, error: &portmap::Error) -> Failure {
        let Self { name, portmap, .. } = self;
        let (why, next) = match error {
            portmap::Error::Portmap { source, .. } => (
                source.to_string(),
                "start a portmapper (`portmap`), or say where one is with --portmap HOST:PORT"
                    .into(),
            ),
            portmap::Error::NotRegistered { .. } => (
                "it is not registered there".into(),
                format!("start it: services serve {name} --portmap {portmap}"),
            ),
            portmap::Error::Program { source, .. } => return self.gone(source),
            other => (other.to_string(), String::new()),
        };
        self.looked_for(why, next)
    }

    /// Its port refuses: over TCP that is known once it is connected to, over UDP once it is called.
    fn gone(&self, error: &Error) -> Failure {
        let Self { name, portmap, .. } = self;
        self.looked_for(
            format!("it is registered there, but does not answer: {error}"),
            format!(
                "it may have been killed; start it again: services serve {name} --portmap {portmap}"
            ),
        )
    }

    fn looked_for(&self, why: String, next: String) -> Failure {
        let Self { name, portmap, transport } = self;
        let what =
            format!("looked for {name} over {transport} with the portmapper at {portmap}: {why}");
        Failure::new(what, next)
    }

    fn failed(&self, error: &Error) -> Failure {
        let Self { name, transport, .. } = self;
        let next = match error {
            Error::Connect { .. } => return self.gone(error),
            Error::Timeout(_) => "wait longer with --timeout S, or try the other --transport",
            Error::SystemErr => "the log of its server says why",
            Error::Auth(AuthStat::TooWeak) => {
                "it takes passwords from its own machine only; ask there, or have it served with \
                 --allow-remote"
            }
            Error::ProgMismatch { .. } | Error::ProgUnavail | Error::ProcUnavail => {
                "another server answers at its port; start the service again"
            }
            _ => "try again",
        };
        Failure::new(format!("called {name} over {transport}: {error}"), next)
    }
}
