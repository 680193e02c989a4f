//! The portmapper's statistics.

use serde::Serialize;
use sunrpc::{Transport, client::ProgramClient as _};
use sunrpc_portmap::{
    Error,
    rpcb::{RpcbStat, RpcbV4Client},
};
use sunrpc_tools::{failure::Failure, output::Output, text::shown};

use crate::args::Args;

/// The procedures of versions 2, 3 and 4, and how many the first line shows.
const PROCEDURES: [&[&str]; 3] = [
    &["NULL", "SET", "UNSET", "GETPORT", "DUMP", "CALLIT"],
    &["NULL", "SET", "UNSET", "GETADDR", "DUMP", "CALLIT", "TIME", "U2T", "T2U"],
    &[
        "NULL", "SET", "UNSET", "GETADDR", "DUMP", "CALLIT", "TIME", "U2T", "T2U", "VERADDR",
        "INDRECT", "GETLIST", "GETSTAT",
    ],
];
const FIRST_LINE: usize = 9;
/// Where a count of successes stands beside the count of calls.
const SET: usize = 1;
const UNSET: usize = 2;
const LOOKUP: usize = 3;
const CALLIT: usize = 5;
/// The longest netid in a table.
const NETID: usize = 9;

#[derive(Serialize)]
struct Version {
    version: usize,
    calls: Vec<(&'static str, i32)>,
    sets: i32,
    unsets: i32,
    lookups: Vec<Lookup>,
    calls_passed_on: Vec<PassedOn>,
}

#[derive(Serialize)]
struct Lookup {
    program: u32,
    version: u32,
    netid: String,
    success: i32,
    failure: i32,
}

#[derive(Serialize)]
struct PassedOn {
    program: u32,
    version: u32,
    procedure: u32,
    netid: String,
    success: i32,
    failure: i32,
    indirect: i32,
}

/// `-m`
pub(crate) fn show(args: &Args, host: Option<&str>, output: &Output) -> Result<(), Failure> {
    let portmap = args.portmapper.connect(host, Transport::Tcp)?;
    let stats = RpcbV4Client::new(portmap.client().clone())
        .getstat()
        .map_err(|source| Error::Portmap { portmap: portmap.client().server().into(), source })
        .map_err(|error| args.portmapper.no_answer(host, &error))?;
    let versions: Vec<Version> = stats
        .iter()
        .zip(PROCEDURES)
        .zip(2_usize..)
        .map(|((stat, procedures), version)| understood(stat, procedures, version))
        .collect();
    if output.json {
        return output.json(&versions);
    }
    versions.iter().try_for_each(|version| table(version, output))
}

fn understood(stat: &RpcbStat, procedures: &[&'static str], version: usize) -> Version {
    Version {
        version,
        calls: procedures.iter().copied().zip(stat.info).collect(),
        sets: stat.setinfo,
        unsets: stat.unsetinfo,
        lookups: stat
            .addrinfo
            .iter()
            .map(|lookup| Lookup {
                program: lookup.prog,
                version: lookup.vers,
                netid: shown(&lookup.netid, NETID),
                success: lookup.success,
                failure: lookup.failure,
            })
            .collect(),
        calls_passed_on: stat
            .rmtinfo
            .iter()
            .map(|call| PassedOn {
                program: call.prog,
                version: call.vers,
                procedure: call.proc,
                netid: shown(&call.netid, NETID),
                success: call.success,
                failure: call.failure,
                indirect: call.indirect,
            })
            .collect(),
    }
}

fn table(version: &Version, output: &Output) -> Result<(), Failure> {
    let name = if version.version == 2 { "PORTMAP" } else { "RPCBIND" };
    output.line(&format!("{name} (version {}) statistics", version.version))?;
    for (line, calls) in version.calls.chunks(FIRST_LINE).enumerate() {
        let head: String = calls.iter().map(|(name, _)| format!("{name:<8}")).collect();
        let counts: String = calls
            .iter()
            .zip(line.saturating_mul(FIRST_LINE)..)
            .map(|((_, count), procedure)| format!("{:<8}", counted(version, procedure, *count)))
            .collect();
        output.line(&head)?;
        output.line(&counts)?;
    }
    output.line("")?;
    if !version.lookups.is_empty() {
        let what = match version.version {
            2 => "PMAP_GETPORT call statistics".to_owned(),
            other => format!("RPCB_GETADDR (version {other}) call statistics"),
        };
        output.line(&what)?;
        output.line("prog            vers    netid     success failure")?;
    }
    for Lookup { program, version, netid, success, failure } in &version.lookups {
        let name = output.names.name(*program).map_or_else(|| program.to_string(), str::to_owned);
        output.line(&format!("{name:<16}{version:<8}{netid:<10}{success:<8}{failure}"))?;
    }
    if !version.lookups.is_empty() {
        output.line("")?;
    }
    Ok(())
}

/// A count, with the count of successes where there is one.
fn counted(version: &Version, procedure: usize, count: i32) -> String {
    let found = || version.lookups.iter().fold(0_i32, |sum, l| sum.saturating_add(l.success));
    let passed =
        || version.calls_passed_on.iter().fold(0_i32, |sum, c| sum.saturating_add(c.success));
    match procedure {
        SET => format!("{count}/{}", version.sets),
        UNSET => format!("{count}/{}", version.unsets),
        LOOKUP => format!("{count}/{}", found()),
        CALLIT => format!("{count}/{}", passed()),
        _ => count.to_string(),
    }
}
