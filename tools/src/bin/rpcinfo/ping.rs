//! Does a program answer?

use std::net::SocketAddr;

use serde::Serialize;
use sunrpc::{
    Transport,
    client::{Client, Error},
};
use sunrpc_portmap::{Address, Netid, Portmap, Uaddr};

use crate::{
    args::{Args, Program},
    failure::Failure,
    output::{Output, tell},
    target::{builder, no_answer, portmapper, resolve},
};

/// Versions that are tried of a program that says it has more.
const MAX_VERSIONS: u32 = 64;

/// What became of one version.
#[derive(Serialize)]
struct Answer {
    program: u32,
    version: u32,
    ready: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// `-T`, `-t`, `-u`: asks the portmapper where the program is, then the program.
pub(crate) fn by_name(
    args: &Args,
    host: &str,
    program: Program,
    netid: Netid,
    output: &Output,
) -> Result<(), Failure> {
    let addr = match args.program_port {
        Some(port) => Uaddr::Inet(SocketAddr::new(resolve(args, host, netid)?.ip(), port)),
        None => locate(args, host, program, netid)?,
    };
    at(args, &addr, netid, program, output)
}

/// `-a`: asks the program.
pub(crate) fn at(
    args: &Args,
    addr: &Uaddr,
    netid: Netid,
    program: Program,
    output: &Output,
) -> Result<(), Failure> {
    let number = program.number;
    let client = match addr {
        Uaddr::Inet(addr) if netid == Netid::Local => {
            return Err(Failure::new(format!(
                "{addr} cannot be reached over local: -T local goes with the path of a socket (-a PATH), a port or an IP \
                 address with -T tcp or -T udp"
            )));
        }
        Uaddr::Inet(addr) => builder(args).connect(netid.transport(), *addr),
        Uaddr::Local(path) => builder(args).connect_unix(path),
    }
    .map_err(|error| Failure::new(format!("program {number} is not available: {error}")))?;
    let server = client.server();
    let unavailable =
        |error| Failure::new(format!("program {number} at {server} is not available: {error}"));
    let answers: Vec<Answer> = versions(&client, program)
        .map_err(unavailable)?
        .map(|version| ask(&client, number, version))
        .collect();
    show(&answers, output)?;
    match answers.iter().find(|answer| !answer.ready) {
        None => Ok(()),
        Some(Answer { version, error, .. }) => Err(Failure::new(format!(
            "program {number} version {version} at {server} is not available: {}",
            error.as_deref().unwrap_or_default()
        ))),
    }
}

fn show(answers: &[Answer], output: &Output) -> Result<(), Failure> {
    if output.json {
        return output.json(&answers);
    }
    answers.iter().filter(|answer| answer.ready).try_for_each(
        |Answer { program, version, .. }| {
            output.line(&format!("program {program} version {version} ready and waiting"))
        },
    )
}

fn locate(args: &Args, host: &str, program: Program, netid: Netid) -> Result<Uaddr, Failure> {
    let version = program.version.unwrap_or_default();
    // Of another host no socket in the file system is known.
    let host = Some(host).filter(|host| netid != Netid::Local || host.starts_with('/'));
    let portmap = match host {
        Some(host) if netid != Netid::Local => {
            let address = Address::from(resolve(args, host, netid)?);
            Portmap::connect_with(&address, netid.transport(), builder(args))
                .map_err(|error| no_answer(args, Some(host), &error))?
        }
        path => portmapper(args, path, Transport::Unix)?,
    };
    let refused = |error| no_answer(args, host, &error);
    let found = match portmap.get_addr(program.number, version) {
        Err(sunrpc_portmap::Error::Portmap { source: Error::ProgMismatch { .. }, .. }) => {
            by_port(&portmap, program.number, version, netid)
        }
        found => found,
    };
    found.map_err(refused)?.ok_or_else(|| {
        let number = program.number;
        Failure::new(format!(
            "program {number} is not registered over {netid} with the portmapper at {}",
            portmap.client().server()
        ))
    })
}

/// The address, of a portmapper that has version 2 only.
fn by_port(
    portmap: &Portmap,
    program: u32,
    version: u32,
    netid: Netid,
) -> Result<Option<Uaddr>, sunrpc_portmap::Error> {
    let port = portmap.get_port(program, version, netid.transport())?;
    let server = portmap.client().server().addr();
    Ok(port.zip(server).map(|(port, server)| Uaddr::Inet(SocketAddr::new(server.ip(), port))))
}

/// The version asked for, or all that the program says it has: it tells when called with one that does not exist.
fn versions(client: &Client, program: Program) -> Result<impl Iterator<Item = u32> + use<>, Error> {
    let (low, high) = match program.version {
        Some(version) => (version, version),
        None => match range(client, program.number, 0)? {
            Some(range) => range,
            None => range(client, program.number, u32::MAX)?.unwrap_or((0, 0)),
        },
    };
    let most = low.saturating_add(MAX_VERSIONS.saturating_sub(1));
    if high > most {
        let versions = format_args!("it says it has versions {low} to {high}");
        tell(&format_args!("{versions}; {low} to {most} are tried"));
    }
    Ok(low..=high.min(most))
}

/// The versions that the program names when it is called with one that it does not have; `None` where it has it.
fn range(client: &Client, program: u32, version: u32) -> Result<Option<(u32, u32)>, Error> {
    match client.call::<(), ()>(program, version, 0, &()) {
        Ok(()) => Ok(None),
        Err(Error::ProgMismatch { low, high }) => Ok(Some((low, high))),
        Err(error) => Err(error),
    }
}

fn ask(client: &Client, program: u32, version: u32) -> Answer {
    let error = client.call::<(), ()>(program, version, 0, &()).err();
    Answer { program, version, ready: error.is_none(), error: error.map(|error| error.to_string()) }
}
