//! `services serve`: servers, until a signal.

use std::{
    net::SocketAddr,
    path::Path,
    sync::mpsc::{self, Sender},
};

use sunrpc::server;
use sunrpc_portmap::{Address, Timing};

use super::{
    Outcome, accounts,
    args::{Serve, Service},
    failure::Failure,
    print,
};
use crate::{
    daytime::Daytime,
    doctor::SessionLimits,
    hosting::{self, Ended, Host, Ready},
    passcheck::{Checker, Cost, Hasher, Passcheck, Store, ThrottleLimits},
};

pub(super) fn serve(args: &Serve) -> Result<Outcome, Failure> {
    let services = chosen(args)?;
    let portmap = args.portmap.address()?;
    // All sockets are open before anything is registered: who can't serve all serves nothing.
    let hosts =
        services.iter().map(|service| bind(*service, args)).collect::<Result<Vec<_>, _>>()?;
    let (ended, ends) = mpsc::channel();
    stop_on_signals(ended.clone())?;
    let mut ready = Vec::new();
    for host in hosts {
        let host = start(host, &portmap, ended.clone())?;
        announce(&host)?;
        ready.push(host);
    }
    match ends.recv() {
        Ok(Event::Stop) | Err(_) => Ok(Outcome::Done),
        Ok(Event::Ended(Ended { name, result })) => {
            let why = result.err().map_or("it ended by itself".into(), |error| error.to_string());
            Err(Failure::new(format!("{name} serves no more: {why}"), "start it again"))
        }
    }
    // Those that are ready unregister and stop as they are dropped.
}

enum Event {
    Stop,
    Ended(Ended),
}

fn chosen(args: &Serve) -> Result<Vec<Service>, Failure> {
    let mut services = args.services.clone();
    if services.is_empty() {
        services = vec![Service::Daytime, Service::Doctor, Service::Passcheck];
    }
    services.sort_unstable();
    services.dedup();
    if args.port != 0 && services.len() > 1 {
        return Err(Failure::new(
            format!("--port {} is for one service, and {} would serve", args.port, services.len()),
            "name one service, or leave the ports to the system",
        ));
    }
    Ok(services)
}

fn bind(service: Service, args: &Serve) -> Result<Host, Failure> {
    let at = SocketAddr::new(args.listen, args.port);
    match service {
        Service::Daytime => hosting::daytime(Daytime::default(), at),
        Service::Doctor => hosting::doctor(SessionLimits::default(), at),
        Service::Passcheck => hosting::passcheck(passcheck(args)?, at, hosting::passcheck_pool()),
    }
    .map_err(|error| {
        Failure::new(
            format!("could not serve {}: {error}", service.name()),
            "choose another address with --listen or another port with --port",
        )
    })
}

fn passcheck(args: &Serve) -> Result<Passcheck, Failure> {
    let path = accounts::path(&args.passwords)?;
    let checker = checker(&path, Cost::default())?;
    Ok(Passcheck::new(checker, args.allow_remote))
}

/// A checker over that file; it may be missing, but not be in disorder.
pub(super) fn checker(path: &Path, cost: Cost) -> Result<Checker, Failure> {
    let store = Store::open(path).map_err(|error| Failure::new(error, ""))?;
    match store.accounts() {
        Ok(accounts) if accounts.is_empty() => tracing::warn!(
            path = %path.display(),
            "there are no accounts yet, everybody is denied; add one: services passcheck add NAME"
        ),
        _ => {}
    }
    Hasher::new(cost)
        .and_then(|hasher| Checker::new(store, hasher, ThrottleLimits::default()))
        .map_err(|error| Failure::new(error, "try again"))
}

/// Forwards both kinds of end to one channel.
fn stop_on_signals(events: Sender<Event>) -> Result<(), Failure> {
    server::stop_on_signals(move || {
        let _ = events.send(Event::Stop);
    })
    .map_err(|error| Failure::new(format!("could not listen for signals: {error}"), "try again"))
}

fn start(host: Host, portmap: &Address, events: Sender<Event>) -> Result<Ready, Failure> {
    host.start(portmap, Timing::default(), move |ended| {
        let _ = events.send(Event::Ended(ended));
    })
    .map_err(|error| Failure::new(format!("could not start a thread: {error}"), "try again"))
}

/// The one line that whoever started us waits for.
fn announce(ready: &Ready) -> Result<(), Failure> {
    print(&ready.to_string())
}
