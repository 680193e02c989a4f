//! The ways to reach a program.

use serde::Serialize;
use sunrpc_portmap::{Netid, rpcb::RpcbEntry};
use sunrpc_tools::{failure::Failure, output::Output, text::shown, words::Program};

use crate::{NOTHING, args::Args};

/// The longest address and the longest of the other texts.
const WIDTHS: (usize, usize) = (46, 12);

#[derive(Serialize)]
struct Way<'a> {
    program: u32,
    version: u32,
    family: String,
    protocol: String,
    semantics: &'static str,
    netid: String,
    address: String,
    service: Option<&'a str>,
}

/// `-l`
pub(crate) fn show(
    args: &Args,
    host: &str,
    program: Program,
    output: &Output,
) -> Result<(), Failure> {
    let version = program.version.unwrap_or_default();
    let transport = args.netid.unwrap_or(Netid::Tcp).transport();
    let portmap = args.portmapper.connect(Some(host), transport)?;
    let list = portmap
        .get_addr_list(program.number, version)
        .map_err(|error| args.portmapper.no_answer(Some(host), &error))?;
    let ways: Vec<Way<'_>> =
        list.iter().map(|entry| way(entry, program.number, version, output)).collect();
    if output.json {
        return output.json(&ways);
    }
    if ways.is_empty() {
        return output.line(NOTHING);
    }
    output.line("   program vers  tp_family/name/class    address                 service")?;
    for Way { family, protocol, semantics, address, .. } in &ways {
        let class = format!("{family}/{protocol}/{semantics}");
        let (number, service) = (program.number, output.name(program.number, "-"));
        output.line(&format!("{number:>10}  {version:<3}  {class:<23} {address:<23} {service}"))?;
    }
    Ok(())
}

fn way<'o>(entry: &RpcbEntry, program: u32, version: u32, output: &'o Output) -> Way<'o> {
    Way {
        program,
        version,
        family: shown(&entry.r_nc_protofmly, WIDTHS.1),
        protocol: shown(&entry.r_nc_proto, WIDTHS.1),
        semantics: match entry.r_nc_semantics {
            1 => "clts",
            2 => "cots",
            3 => "cots_ord",
            _ => "unknown",
        },
        netid: shown(&entry.r_nc_netid, WIDTHS.1),
        address: shown(&entry.r_maddr, WIDTHS.0),
        service: output.names.name(program),
    }
}
