//! Running the portmapper.

use std::{
    fmt, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use sunrpc::server::stop_on_signals;
use sunrpc_portmap::{Bound, Builder, Portmapper, RegistryLimits};

use super::args::Args;

pub(super) fn serve(args: &Args) -> io::Result<()> {
    let bound = bind(args)?;
    let stop = bound.stop_handle();
    stop_on_signals(move || stop.stop())?;
    println!("ready portmap tcp={} udp={}", shown(bound.tcp_addr()), shown(bound.udp_addr()));
    bound.run()
}

fn bind(args: &Args) -> io::Result<Bound> {
    if !args.listen.is_empty() {
        return builder(args, &args.listen).bind();
    }
    let ipv4 = Ipv4Addr::LOCALHOST.into();
    // A free port is picked for each address on its own; whoever asks for one wants to hear of one.
    if args.port == 0 {
        return builder(args, &[ipv4]).bind();
    }
    // libtirpc's servers register through ::1, where there is no socket in the file system.
    match builder(args, &[ipv4, Ipv6Addr::LOCALHOST.into()]).bind() {
        Err(error) if lacks_ipv6(&error) => {
            tracing::info!(%error, "no IPv6 here");
            builder(args, &[ipv4]).bind()
        }
        result => result,
    }
}

fn builder(args: &Args, addrs: &[IpAddr]) -> Builder {
    let limits = RegistryLimits {
        max_registrations: args.max_registrations,
        max_per_owner: args.max_per_owner,
    };
    let mut builder = Portmapper::builder().insecure(args.insecure).registry_limits(limits);
    for addr in addrs {
        builder = builder.listen(SocketAddr::new(*addr, args.port));
    }
    if let Some(path) = &args.state {
        builder = builder.state(path);
    }
    args.unix.iter().fold(builder, Builder::listen_unix)
}

fn lacks_ipv6(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::AddrNotAvailable
        || error.kind() == io::ErrorKind::Unsupported
        || error.raw_os_error() == Some(EAFNOSUPPORT)
}

/// The system does not know IPv6 at all.
const EAFNOSUPPORT: i32 = 97;

fn shown(addr: Option<SocketAddr>) -> impl fmt::Display {
    addr.map_or_else(|| "-".to_owned(), |addr| addr.to_string())
}
