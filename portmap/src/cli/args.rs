//! What can be said on the command line.

use std::{net::IpAddr, path::PathBuf};

use clap::Parser;
use sunrpc_portmap::{PORTMAP_PORT, RegistryLimits};

/// The portmapper (RFC 1833, versions 2, 3 and 4): says where on this machine RPC programs listen.
///
/// When it is ready it prints one line on standard output; it logs on standard error, as much as RUST_LOG says. It
/// stops at SIGINT or SIGTERM.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub(super) struct Args {
    /// The port to listen on, over TCP and UDP; 0 picks a free one
    #[arg(long, value_name = "N", default_value_t = PORTMAP_PORT)]
    pub(super) port: u16,

    /// An address to listen on; may be repeated [default: the loopback addresses, 127.0.0.1 and ::1]
    #[arg(long, value_name = "ADDR")]
    pub(super) listen: Vec<IpAddr>,

    /// A socket to listen on as well, where callers are known by their user; may be repeated
    /// (libtirpc looks for /run/rpcbind.sock)
    #[arg(long, value_name = "PATH")]
    pub(super) unix: Vec<PathBuf>,

    /// Let SET and UNSET come from anywhere and name any port: whoever can reach the portmapper can redirect services
    #[arg(long, short = 'i')]
    pub(super) insecure: bool,

    /// A file to keep registrations in, so that they survive a restart (but not a reboot); its directory should be
    /// the portmapper's own
    #[arg(long, value_name = "FILE")]
    pub(super) state: Option<PathBuf>,

    /// How many registrations there may be
    #[arg(long, value_name = "N", default_value_t = RegistryLimits::default().max_registrations)]
    pub(super) max_registrations: usize,

    /// How many of them may be one owner's; root may have any number
    #[arg(long, value_name = "N", default_value_t = RegistryLimits::default().max_per_owner)]
    pub(super) max_per_owner: usize,
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
    fn port_111_of_loopback_is_the_default() {
        let args = Args::parse_from(["portmap"]);
        assert_eq!((args.port, args.listen.len(), args.unix.len()), (111, 0, 0));
    }
}
