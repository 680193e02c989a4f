//! Does a program answer?

use std::net::SocketAddr;

use serde::Serialize;
use sunrpc::client::{Client, Error};
use sunrpc_portmap::{Netid, Uaddr};
use sunrpc_tools::{failure::Failure, output::Output};

use crate::{
    args::{Args, Program},
    tell,
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
        Some(port) => {
            let host = args.portmapper.resolve(host, netid)?;
            Uaddr::Inet(SocketAddr::new(host.ip(), port))
        }
        None => {
            let wanted = (program.number, program.version.unwrap_or_default());
            args.portmapper.locate(host, wanted, netid)?
        }
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
    let client = args.portmapper.reach(number, addr, netid)?;
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
