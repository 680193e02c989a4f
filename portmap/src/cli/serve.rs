//! Running the portmapper.

use std::{
    fmt,
    io::{self, Write as _},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use sd_notify::NotifyState;
use sunrpc_portmap::{Bound, Builder, Portmapper, Prober, Probing, RegistryLimits};

use super::{args::Args, metrics::Metrics, privileges, signals, sockets};

pub(super) fn serve(args: &Args) -> io::Result<()> {
    privileges::raise_descriptor_limit(args.max_connections);
    let mut bound = bind(args).map_err(|error| with_advice(error, args.port))?;
    let metrics = args.metrics.map(Metrics::bind).transpose()?;
    if let Some(user) = &args.user {
        privileges::become_user(user)?;
    }
    bound.recall()?;
    signals::handle(bound.stop_handle(), bound.table().clone())?;
    let line = ready(args, &bound, metrics.as_ref());
    if let Some(metrics) = metrics {
        metrics.spawn(bound.table().clone())?;
    }
    let _prober = prober(args, &bound)?;
    say(&line)?;
    notify(NotifyState::Ready);
    bound.run()
}

/// Says what else one can do.
fn with_advice(error: io::Error, port: u16) -> io::Error {
    if error.kind() != io::ErrorKind::PermissionDenied || port == 0 {
        return error;
    }
    io::Error::new(
        error.kind(),
        format!("{error}; --port 0 picks a free one that needs no privilege"),
    )
}

/// Tells systemd, where it listens.
pub(super) fn notify(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "cannot notify systemd");
    }
}

fn bind(args: &Args) -> io::Result<Bound> {
    let inherited = sockets::inherited(builder(args))?;
    let (builder, count) = (inherited.builder, inherited.count);
    if args.bind_processes && count == 0 && args.unix.is_empty() {
        let message = "--bind-processes is for what is registered over a socket in the file system: add --unix PATH";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    let builder = args.unix.iter().fold(builder, Builder::listen_unix);
    let addrs = args.listen.iter();
    let builder = addrs.fold(builder, |builder, ip| builder.listen((*ip, args.port)));
    if count > 0 {
        tracing::info!(count, "sockets taken over");
        return builder.bind();
    }
    if !args.listen.is_empty() {
        warn_if_nobody_can_register(args);
        return builder.bind();
    }
    let builder = builder.listen((Ipv4Addr::LOCALHOST, args.port));
    // libtirpc's servers register through ::1, where there is no socket in the file system. A free port would be
    // picked for each address on its own: whoever asks for one wants to hear of one.
    if args.port != 0 && has_ipv6() {
        return builder.listen((Ipv6Addr::LOCALHOST, args.port)).bind();
    }
    builder.bind()
}

fn warn_if_nobody_can_register(args: &Args) {
    let takes_local = |ip: &IpAddr| ip.is_loopback() || ip.is_unspecified();
    if args.unix.is_empty() && !args.insecure && !args.listen.iter().any(takes_local) {
        tracing::warn!(
            "nobody can register: SET and UNSET are taken over a loopback address or a socket in the file system only; \
             add --listen 127.0.0.1 or --unix PATH"
        );
    }
}

fn builder(args: &Args) -> Builder {
    let registry = RegistryLimits {
        max_registrations: args.max_registrations,
        max_per_owner: args.max_per_owner,
    };
    let mut limits = Builder::default_limits();
    limits.max_connections = args.max_connections;
    limits.max_connections_per_peer = args.max_connections_per_peer;
    let builder = Portmapper::builder()
        .limits(limits)
        .registry_limits(registry)
        .insecure(args.insecure)
        .enable_callit(args.enable_callit);
    let builder = if args.bind_processes {
        builder.bind_processes(Duration::from_secs(args.bind_interval.into()))
    } else {
        builder
    };
    match &args.state {
        Some(path) => builder.state(path),
        None => builder,
    }
}

fn prober(args: &Args, bound: &Bound) -> io::Result<Option<Prober>> {
    let spawn = |seconds: u32| {
        let interval = Duration::from_secs(seconds.into());
        let probing = Probing { interval, misses: args.probe_misses, ..Probing::default() };
        Prober::spawn(bound.table().clone(), probing)
    };
    args.probe.map(spawn).transpose()
}

/// Whether there is an IPv6 loopback address.
fn has_ipv6() -> bool {
    let any_port = SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), 0);
    std::net::UdpSocket::bind(any_port).is_ok()
}

/// The one line that whoever started us waits for.
fn ready(args: &Args, bound: &Bound, metrics: Option<&Metrics>) -> String {
    let (tcp, udp) = (shown(bound.tcp_addr()), shown(bound.udp_addr()));
    let mut line = format!("ready portmap tcp={tcp} udp={udp}");
    for path in &args.unix {
        line += &format!(" unix={}", path.display());
    }
    if let Some(metrics) = metrics {
        line += &format!(" metrics={}", metrics.addr());
    }
    line
}

/// That nobody listens is no reason not to serve.
fn say(line: &str) -> io::Result<()> {
    match writeln!(io::stdout(), "{line}").and_then(|()| io::stdout().flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}

fn shown(addr: Option<SocketAddr>) -> impl fmt::Display {
    addr.map_or_else(|| "-".to_owned(), |addr| addr.to_string())
}
