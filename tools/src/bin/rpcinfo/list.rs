//! What is registered.

use std::collections::BTreeMap;

use serde::Serialize;
use sunrpc::{Transport, client};
use sunrpc_portmap::{Error, Netid, Portmap, pmap::Mapping, rpcb::Rpcb};
use sunrpc_tools::{failure::Failure, output::Output, text::shown};

use crate::{NOTHING, args::Args};

/// The widest netid, address and owner in a table.
const WIDTHS: (usize, usize, usize) = (9, 46, 20);
/// The longest text of a portmapper in JSON.
const LONGEST: usize = 256;

/// One registration.
#[derive(Serialize)]
struct Row<'a> {
    program: u32,
    version: u32,
    netid: String,
    address: String,
    service: Option<&'a str>,
    owner: String,
}

/// One program, with all its versions and transports.
#[derive(Serialize)]
struct Concise<'a> {
    program: u32,
    versions: Vec<u32>,
    netids: Vec<String>,
    service: Option<&'a str>,
    owner: String,
}

/// One port.
#[derive(Serialize)]
struct Port<'a> {
    program: u32,
    version: u32,
    protocol: String,
    port: u32,
    service: Option<&'a str>,
}

/// Without an option: everything.
pub(crate) fn list(args: &Args, host: Option<&str>, output: &Output) -> Result<(), Failure> {
    let entries = dump(args, host)?;
    if output.json {
        let rows: Vec<Row<'_>> = entries.iter().map(|entry| row(entry, LONGEST, output)).collect();
        return output.json(&rows);
    }
    if entries.is_empty() {
        return output.line(NOTHING);
    }
    output.line("   program version netid     address                service    owner")?;
    for entry in &entries {
        let Row { program, version, netid, address, service, owner } = row(entry, WIDTHS.1, output);
        let service = service.unwrap_or("-");
        let netid = shown(&netid, WIDTHS.0);
        let owner = shown(&owner, WIDTHS.2);
        output.line(&format!(
            "{program:>10}{version:>5}    {netid:<9} {address:<22} {service:<10.10} {owner}"
        ))?;
    }
    Ok(())
}

/// `-s`: a line for each program.
pub(crate) fn concise(args: &Args, host: Option<&str>, output: &Output) -> Result<(), Failure> {
    let entries = dump(args, host)?;
    let programs = by_program(&entries, output);
    if output.json {
        return output.json(&programs);
    }
    if programs.is_empty() {
        return output.line(NOTHING);
    }
    output.line("   program version(s) netid(s)                         service     owner")?;
    for Concise { program, versions, netids, service, owner } in programs {
        let versions: Vec<String> = versions.iter().map(u32::to_string).collect();
        let versions = shown(&versions.join(","), WIDTHS.1);
        let netids = shown(&netids.join(","), WIDTHS.1);
        let service = service.unwrap_or("-");
        let owner = shown(&owner, WIDTHS.2);
        output.line(&format!("{program:>10}  {versions:<10}{netids:<32} {service:<11} {owner}"))?;
    }
    Ok(())
}

/// `-p`: ports, by version 2.
pub(crate) fn ports(args: &Args, host: Option<&str>, output: &Output) -> Result<(), Failure> {
    let portmap = args.portmapper.connect(host, Transport::Tcp)?;
    let entries = portmap.dump().map_err(|error| args.portmapper.no_answer(host, &error))?;
    if output.json {
        let rows: Vec<Port<'_>> = entries.iter().map(|entry| port(entry, output)).collect();
        return output.json(&rows);
    }
    if entries.is_empty() {
        return output.line(NOTHING);
    }
    output.line("   program vers proto   port  service")?;
    for entry in &entries {
        let Port { program, version, protocol, port, service } = port(entry, output);
        let service = service.unwrap_or_default();
        output.line(&format!("{program:>10}{version:>5}{protocol:>6}{port:>7}  {service}"))?;
    }
    Ok(())
}

/// Everything, in the newest version that the portmapper has.
fn dump(args: &Args, host: Option<&str>) -> Result<Vec<Rpcb>, Failure> {
    let portmap = args.portmapper.connect(host, Transport::Tcp)?;
    match portmap.dump_all() {
        Err(Error::Portmap { source: client::Error::ProgMismatch { .. }, .. }) => {
            dump_ports(&portmap)
        }
        result => result,
    }
    .map_err(|error| args.portmapper.no_answer(host, &error))
}

/// What version 2 tells, in the form of the others.
fn dump_ports(portmap: &Portmap) -> Result<Vec<Rpcb>, Error> {
    let entries = portmap.dump()?;
    Ok(entries
        .into_iter()
        .map(|entry| Rpcb {
            r_prog: entry.prog,
            r_vers: entry.vers,
            r_netid: protocol(entry.prot),
            r_addr: format!("0.0.0.0.{}.{}", entry.port >> 8, entry.port & 0xff),
            r_owner: "unknown".to_owned(),
        })
        .collect())
}

fn row<'o>(entry: &Rpcb, longest: usize, output: &'o Output) -> Row<'o> {
    Row {
        program: entry.r_prog,
        version: entry.r_vers,
        netid: shown(&entry.r_netid, longest),
        address: shown(&entry.r_addr, longest),
        service: output.names.name(entry.r_prog),
        owner: shown(&entry.r_owner, longest),
    }
}

fn port<'o>(entry: &Mapping, output: &'o Output) -> Port<'o> {
    Port {
        program: entry.prog,
        version: entry.vers,
        protocol: protocol(entry.prot),
        port: entry.port,
        service: output.names.name(entry.prog),
    }
}

/// A protocol by its name, or else by its number.
fn protocol(number: u32) -> String {
    Netid::from_protocol(number).map_or_else(|| number.to_string(), |netid| netid.to_string())
}

/// Programs in the order in which they are first named.
fn by_program<'o>(entries: &[Rpcb], output: &'o Output) -> Vec<Concise<'o>> {
    let mut programs: Vec<Concise<'o>> = Vec::new();
    let mut places: BTreeMap<u32, usize> = BTreeMap::new();
    for entry in entries {
        let place = *places.entry(entry.r_prog).or_insert_with(|| {
            programs.push(Concise {
                program: entry.r_prog,
                versions: Vec::new(),
                netids: Vec::new(),
                service: output.names.name(entry.r_prog),
                owner: shown(&entry.r_owner, LONGEST),
            });
            programs.len().saturating_sub(1)
        });
        let Some(program) = programs.get_mut(place) else { continue };
        program.versions.push(entry.r_vers);
        let netid = shown(&entry.r_netid, WIDTHS.0);
        if !program.netids.contains(&netid) {
            program.netids.insert(0, netid);
        }
    }
    for program in &mut programs {
        program.versions.sort_unstable();
        program.versions.dedup();
    }
    programs
}
