//! Who has a program?

use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, SocketAddr},
};

use nix::ifaddrs::getifaddrs;
use serde::Serialize;
use sunrpc_portmap::{
    PORTMAP_PORT,
    pmap::{CallArgs, CallResult, PMAP_PROG, PMAP_VERS, PMAPPROC_CALLIT},
};
use sunrpc_tools::{failure::Failure, output::Output, words::Program};

use crate::{args::Args, tell};

/// How many answers are shown.
const MAX_ANSWERS: usize = 1024;

#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
struct Answer {
    address: String,
    port: u32,
}

/// `-b`: asks every portmapper of the networks this machine is in (version 2, CALLIT of procedure 0). Those that have
/// the program answer, unless they do not pass calls on.
pub(crate) fn ask(args: &Args, program: Program, output: &Output) -> Result<(), Failure> {
    let question = CallArgs {
        prog: program.number,
        vers: program.version.unwrap_or_default(),
        proc: 0,
        args: Vec::new(),
    };
    let callit = (PMAP_PROG, PMAP_VERS, PMAPPROC_CALLIT);
    let networks = networks(args.portmapper.port.unwrap_or(PORTMAP_PORT))?;
    let mut answers = BTreeSet::new();
    let mut failure = None;
    args.portmapper
        .client()
        .broadcast(&networks, callit, &question, |from, result: CallResult| {
            let shown = show(from, result.port, &mut answers, output);
            failure = shown.err();
            failure.is_some() || answers.len() >= MAX_ANSWERS
        })
        .map_err(|error| Failure::new(format!("broadcast failed: {error}")))?;
    match failure {
        Some(failure) => Err(failure),
        None if output.json => output.json(&answers),
        None => {
            if answers.is_empty() {
                tell(&format_args!("nobody answered within {:?}", args.portmapper.timeout));
            }
            Ok(())
        }
    }
}

/// Shows who answers, each once.
fn show(
    from: SocketAddr,
    port: u32,
    answers: &mut BTreeSet<Answer>,
    output: &Output,
) -> Result<(), Failure> {
    let address = format!("{}.{}.{}", from.ip(), (port >> 8) & 0xff, port & 0xff);
    let line = format!("{address}\t{}", from.ip());
    if answers.insert(Answer { address, port }) && !output.json {
        output.line(&line)?;
    }
    Ok(())
}

/// Where to send so that each of this machine's networks hears it.
fn networks(port: u16) -> Result<Vec<SocketAddr>, Failure> {
    let failed = |error| Failure::new(format!("cannot list this machine's networks: {error}"));
    let addresses: BTreeSet<Ipv4Addr> = getifaddrs()
        .map_err(failed)?
        .filter_map(|interface| interface.broadcast?.as_sockaddr_in().map(|addr| addr.ip()))
        .filter(|address| !address.is_loopback() && !address.is_unspecified())
        .collect();
    if addresses.is_empty() {
        let message = "broadcast failed: this machine is in no network that can be asked";
        return Err(Failure::new(message));
    }
    Ok(addresses.into_iter().map(|address| SocketAddr::from((address, port))).collect())
}
