//! What can be said on the command line.

use std::{
    net::{AddrParseError, IpAddr, SocketAddr},
    path::PathBuf,
};

use clap::Parser;
use sunrpc_portmap::{Builder, PORTMAP_PORT, RegistryLimits};

/// The portmapper (RFC 1833, versions 2, 3 and 4): says where on this machine RPC programs listen.
///
/// When it is ready it prints one line on standard output; it logs on standard error, as much as RUST_LOG says. It
/// stops at SIGINT or SIGTERM. Where systemd has opened sockets for it, it takes those, and opens of its own only what
/// --listen and --unix name.
#[derive(Debug, Parser)]
#[command(name = "portmap", version, max_term_width = 100)]
pub(super) struct Args {
    /// The port to listen on, over TCP and UDP; 0 picks a free one
    #[arg(long, value_name = "N", default_value_t = PORTMAP_PORT)]
    pub(super) port: u16,

    /// An address to listen on; may be repeated [default: the loopback addresses, 127.0.0.1 and ::1]
    #[arg(long, value_name = "ADDR", value_parser = ip_address)]
    pub(super) listen: Vec<IpAddr>,

    /// A socket to listen on as well, where callers are known by their user; may be repeated
    /// (libtirpc looks for /run/rpcbind.sock)
    #[arg(long, value_name = "PATH")]
    pub(super) unix: Vec<PathBuf>,

    /// Become this user once the sockets are open, and keep no privileges
    #[arg(long, value_name = "NAME")]
    pub(super) user: Option<String>,

    /// A file to keep registrations in, so that they survive a restart (but not a reboot); its directory should be
    /// the portmapper's own. SIGHUP reads it again
    #[arg(long, value_name = "FILE")]
    pub(super) state: Option<PathBuf>,

    /// Serve statistics for Prometheus at http://ADDR/metrics
    #[arg(long, value_name = "ADDR:PORT")]
    pub(super) metrics: Option<SocketAddr>,

    /// Every so many seconds, call each program that is registered, and drop those that have died [default: never]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) probe: Option<u32>,

    /// How often in a row a program may not answer before it is dropped
    #[arg(long, value_name = "N", default_value_t = 3, requires = "probe",
        value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) probe_misses: u32,

    /// Drop what was registered over a socket in the file system (--unix) once the process that registered it has
    /// ended; not for servers that fork after they have registered, as libtirpc's daemons do
    #[arg(long)]
    pub(super) bind_processes: bool,

    /// How many seconds pass before it is seen that such a process has ended
    #[arg(long, value_name = "SECONDS", default_value_t = 1, requires = "bind_processes",
        value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub(super) bind_interval: u32,

    /// Pass calls on to services of this machine (CALLIT, BCAST, INDIRECT), but not to NFS, YP and the like
    #[arg(long)]
    pub(super) enable_callit: bool,

    /// Let SET and UNSET come from anywhere and name any port: whoever can reach the portmapper can redirect services
    #[arg(long, short = 'i')]
    pub(super) insecure: bool,

    /// How many registrations there may be
    #[arg(long, value_name = "N", default_value_t = RegistryLimits::default().max_registrations)]
    pub(super) max_registrations: usize,

    /// How many of them may be one owner's; root may have any number
    #[arg(long, value_name = "N", default_value_t = RegistryLimits::default().max_per_owner)]
    pub(super) max_per_owner: usize,

    /// How many connections there may be
    #[arg(long, value_name = "N", default_value_t = Builder::default_limits().max_connections)]
    pub(super) max_connections: usize,

    /// How many of them may come from one other machine
    #[arg(long, value_name = "N", default_value_t = Builder::default_limits().max_connections_per_peer)]
    pub(super) max_connections_per_peer: usize,
}

fn ip_address(text: &str) -> Result<IpAddr, String> {
    text.parse().map_err(|error: AddrParseError| match text.parse::<SocketAddr>() {
        Ok(at) => format!("the port goes elsewhere: --listen {} --port {}", at.ip(), at.port()),
        Err(_) => error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn an_interval_is_bounded_and_needs_what_it_is_for() {
        let parse = |args: &[&str]| Args::try_parse_from([&["portmap"], args].concat());
        let args = parse(&["--bind-processes"]).unwrap();
        assert_eq!((args.bind_processes, args.bind_interval), (true, 1));
        assert!(parse(&["--bind-processes", "--bind-interval", "3600"]).is_ok());
        for seconds in ["0", "3601"] {
            assert!(parse(&["--bind-processes", "--bind-interval", seconds]).is_err());
        }
        assert!(parse(&["--bind-interval", "2"]).is_err());
        assert!(parse(&["--probe", "1", "--probe-misses", "2"]).is_ok());
        assert!(parse(&["--probe-misses", "2"]).is_err());
        assert!(!parse(&[]).unwrap().bind_processes);
    }

    #[test]
    fn a_port_behind_an_address_is_told_where_to_go() {
        let refused = |text: &str| ip_address(text).expect_err(text);
        assert!(refused("127.0.0.1:5555").ends_with(": --listen 127.0.0.1 --port 5555"));
        assert!(refused("[::1]:5555").ends_with(": --listen ::1 --port 5555"));
        assert_eq!(refused("here"), "invalid IP address syntax");
    }

    #[test]
    fn port_111_of_loopback_is_the_default() {
        let args = Args::parse_from(["portmap"]);
        assert_eq!((args.port, args.listen.len(), args.unix.len()), (111, 0, 0));
    }
}
