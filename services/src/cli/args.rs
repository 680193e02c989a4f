//! The command line.

use std::{
    net::{AddrParseError, IpAddr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use clap::{Parser, Subcommand, ValueEnum};
use sunrpc_portmap::{Address, InvalidAddress};

/// Services over ONC RPC: the time of day, the doctor, and the check of a password.
///
/// Exit status: 0 done or granted, 1 denied, 2 could not.
#[derive(Debug, Parser)]
#[command(name = "services", version, max_term_width = 100)]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Serve over TCP and UDP, registered with the portmapper, until SIGINT or SIGTERM
    Serve(Serve),
    /// Show everything: a portmapper, the services, a call to each, and how long calls take
    Demo,
    /// Ask what time it is
    Daytime(Client),
    /// Talk to the doctor; an empty line or the end of input ends it
    Doctor(Client),
    /// Check a name and a password, or keep the accounts
    Passcheck(Passcheck),
}

#[derive(Debug, clap::Args)]
pub(super) struct Serve {
    /// What to serve; everything when nothing is named
    #[arg(value_enum)]
    pub(super) services: Vec<Service>,
    #[command(flatten)]
    pub(super) portmap: Portmap,
    /// The address to serve on
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1", value_parser = ip_address)]
    pub(super) listen: IpAddr,
    /// The port of a service served alone, for TCP and UDP; 0 lets the system choose
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub(super) port: u16,
    #[command(flatten)]
    pub(super) passwords: Passwords,
    /// Let passwords, which travel as clear text, come from other machines
    #[arg(long)]
    pub(super) allow_remote: bool,
}

/// One of the services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(super) enum Service {
    Daytime,
    Doctor,
    Passcheck,
}

impl Service {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Daytime => "daytime",
            Self::Doctor => "doctor",
            Self::Passcheck => "passcheck",
        }
    }
}

#[derive(Clone, Debug, clap::Args)]
pub(super) struct Client {
    #[command(flatten)]
    pub(super) portmap: Portmap,
    /// How to call
    #[arg(long, value_enum, default_value = "tcp", global = true)]
    pub(super) transport: Transport,
    /// How long to wait for an answer, in seconds
    #[arg(long, value_name = "S", default_value = "10", value_parser = seconds, global = true)]
    pub(super) timeout: Duration,
}

#[derive(Clone, Debug, clap::Args)]
pub(super) struct Portmap {
    /// Where the portmapper is [default: where $PORTMAP says, or else 127.0.0.1:111]
    #[arg(long, value_name = "HOST:PORT", global = true)]
    portmap: Option<Address>,
}

impl Portmap {
    /// Where the command line says it is, else where the environment does.
    pub(super) fn address(&self) -> Result<Address, InvalidAddress> {
        self.portmap.clone().map_or_else(Address::from_env, Ok)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Transport {
    Tcp,
    Udp,
}

impl From<Transport> for sunrpc::Transport {
    fn from(transport: Transport) -> Self {
        match transport {
            Transport::Tcp => Self::Tcp,
            Transport::Udp => Self::Udp,
        }
    }
}

#[derive(Debug, clap::Args)]
pub(super) struct Passcheck {
    #[command(subcommand)]
    pub(super) action: Option<PasscheckAction>,
    /// The account; asked for when it is not given
    pub(super) name: Option<String>,
    #[command(flatten)]
    pub(super) client: Client,
}

#[derive(Debug, Subcommand)]
pub(super) enum PasscheckAction {
    /// Ask the service about a name and a password (the same without `check`)
    Check {
        /// The account; asked for when it is not given
        name: Option<String>,
    },
    /// Add an account, or give it a new password; read without echo, or from standard input
    Add(Account),
    /// Remove an account
    Remove(Account),
    /// Deny an account until it is unlocked
    Lock(Account),
    /// Let an account in again
    Unlock(Account),
}

#[derive(Debug, clap::Args)]
pub(super) struct Account {
    /// The account
    pub(super) name: String,
    #[command(flatten)]
    pub(super) passwords: Passwords,
}

#[derive(Clone, Debug, clap::Args)]
pub(super) struct Passwords {
    /// The file of the accounts
    /// [default: sunrpc/passwords in $XDG_CONFIG_HOME or ~/.config]
    #[arg(long, value_name = "FILE", env = "PASSCHECK_FILE")]
    pub(super) passwords: Option<PathBuf>,
}

fn ip_address(text: &str) -> Result<IpAddr, String> {
    text.parse().map_err(|error: AddrParseError| match text.parse::<SocketAddr>() {
        Ok(at) => format!("the port goes elsewhere: --listen {} --port {}", at.ip(), at.port()),
        Err(_) => error.to_string(),
    })
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "expected a number of seconds")?;
    if (0.001..=86_400.0).contains(&seconds) {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err("expected between 0.001 and 86400 seconds".into())
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(line: &str) -> Result<Args, clap::Error> {
        Args::try_parse_from(line.split_whitespace())
    }

    fn passcheck(line: &str) -> Passcheck {
        match parse(line).expect(line).command {
            Command::Passcheck(passcheck) => passcheck,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn the_definition_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn passcheck_reads_in_every_order() {
        let bare = passcheck("services passcheck --portmap h:1 --transport udp --timeout 0.5");
        assert!(bare.action.is_none() && bare.name.is_none());
        assert_eq!(bare.client.transport, Transport::Udp);
        assert_eq!(bare.client.timeout, Duration::from_millis(500));
        let named = passcheck("services passcheck alice --portmap h:1");
        assert_eq!((named.action.is_none(), named.name.as_deref()), (true, Some("alice")));
        for line in [
            "services passcheck --portmap h:1 check alice",
            "services passcheck check alice --portmap h:1",
            "services passcheck check --portmap h:1 alice",
        ] {
            let check = passcheck(line);
            assert_eq!(check.client.portmap.address().expect(line).to_string(), "h:1", "{line}");
            let Some(PasscheckAction::Check { name }) = check.action else { panic!("{line}") };
            assert_eq!(name.as_deref(), Some("alice"), "{line}");
        }
        let add = passcheck("services passcheck add alice --passwords f");
        let Some(PasscheckAction::Add(account)) = add.action else { panic!("{add:?}") };
        assert_eq!(account.passwords.passwords, Some("f".into()));
    }

    #[test]
    fn serve_takes_any_of_the_services() {
        let line = "services serve doctor daytime --portmap [::1]:111 --listen ::1";
        let Command::Serve(serve) = parse(line).expect(line).command else { panic!("{line}") };
        assert_eq!(serve.services, [Service::Doctor, Service::Daytime]);
        assert_eq!(serve.portmap.address(), Ok(Address::Inet { host: "::1".into(), port: 111 }));
        assert!(parse("services serve time").is_err());
        let error = parse("services serve daytime --listen [::1]:5555").expect_err("a port");
        assert!(error.to_string().contains(": --listen ::1 --port 5555"), "{error}");
    }

    #[test]
    fn a_timeout_is_within_reason() {
        for bad in ["0", "-1", "inf", "NaN", "1e9", "x"] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }
}
