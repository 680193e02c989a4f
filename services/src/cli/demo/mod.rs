//! `services demo`: everything at once, on ports of its own, and nothing left behind.

mod calls;
mod latency;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use sunrpc_portmap::{Address, Portmapper, Timing};

use super::{Outcome, failure::Failure, print, serve};
use crate::{
    daytime::Daytime,
    doctor::SessionLimits,
    hosting::{self, Host, Ready},
    passcheck::{Account, Cost, Hasher, Passcheck, Store},
};

/// The account that is made for the demonstration.
const NAME: &str = "weizenbaum";
const PASSWORD: &str = "young ladies";

const ANY_PORT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

pub(super) fn show() -> Result<Outcome, Failure> {
    print("A portmapper and three services, each on a port that the system chose:")?;
    print("")?;
    let portmapper = Portmapper::bind(ANY_PORT).map_err(could_not("start a portmapper"))?;
    let (Some(tcp), Some(udp)) = (portmapper.tcp_addr(), portmapper.udp_addr()) else {
        return Err(Failure::new("the portmapper has no address", ""));
    };
    let portmap = Address::from(tcp);
    print(&format!("ready portmap tcp={tcp} udp={udp}"))?;
    // The file goes as this directory is dropped.
    let directory = tempfile::tempdir().map_err(could_not("make a directory for the passwords"))?;
    let passwords = directory.path().join("passwords");
    add_account(&passwords)?;
    let passcheck = Passcheck::new(serve::checker(&passwords, Cost::default())?, false);
    let ready = [
        start(hosting::daytime(Daytime::default(), ANY_PORT), &portmap)?,
        start(hosting::doctor(SessionLimits::default(), ANY_PORT), &portmap)?,
        start(hosting::passcheck(passcheck, ANY_PORT, hosting::passcheck_pool()), &portmap)?,
    ];
    for transport in sunrpc::Transport::INET {
        calls::show(&portmap, transport)?;
    }
    latency::show(&portmap)?;
    drop(ready);
    Ok(Outcome::Done)
}

fn add_account(passwords: &std::path::Path) -> Result<(), Failure> {
    let account = Hasher::new(Cost::default())
        .and_then(|hasher| hasher.hash(PASSWORD))
        .map_err(could_not("hash a password"))
        .and_then(|hash| Account::new(NAME, hash).map_err(could_not("make an account")))?;
    Store::update(passwords, |accounts| accounts.put(account))
        .map_err(could_not("keep an account"))?;
    Ok(())
}

fn start(host: std::io::Result<Host>, portmap: &Address) -> Result<Ready, Failure> {
    let ready = host
        .and_then(|host| host.start(portmap, Timing::default(), |_| {}))
        .map_err(could_not("start a service"))?;
    print(&ready.to_string())?;
    Ok(ready)
}

fn could_not<E: std::fmt::Display>(what: &str) -> impl FnOnce(E) -> Failure {
    move |error| Failure::new(format!("could not {what}: {error}"), "")
}
