//! Does a program answer?

use serde::Serialize;
use sunrpc::client::Client;
use sunrpc_portmap::{Netid, Uaddr};
use sunrpc_tools::{failure::Failure, output::Output, words::Program};

use crate::{args::Args, tell};

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
        Some(port) => args.portmapper.at_port(host, port, netid)?,
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
    let versions = program.versions(&client).map_err(unavailable)?;
    let answers: Vec<Answer> =
        bounded(versions).map(|version| ask(&client, number, version)).collect();
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

/// The versions to try: not any number of them, whatever the program says it has.
fn bounded((low, high): (u32, u32)) -> impl Iterator<Item = u32> {
    let most = low.saturating_add(MAX_VERSIONS.saturating_sub(1));
    if high > most {
        let versions = format_args!("it says it has versions {low} to {high}");
        tell(&format_args!("{versions}; {low} to {most} are tried"));
    }
    low..=high.min(most)
}

fn ask(client: &Client, program: u32, version: u32) -> Answer {
    let error = client.call::<(), ()>(program, version, 0, &()).err();
    Answer { program, version, ready: error.is_none(), error: error.map(|error| error.to_string()) }
}
