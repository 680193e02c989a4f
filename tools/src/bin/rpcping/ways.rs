//! Where the program is, over each transport.

use sunrpc::Transport;
use sunrpc_portmap::{Netid, Uaddr};
use sunrpc_tools::{
    failure::Failure,
    portmapper::{self, NotLocated},
    words::Program,
};

use crate::{
    args::Args,
    row::{Row, Way},
    tell,
};

/// A row for each transport, with the reason where the program is not found.
pub(crate) fn find(args: &Args, host: Option<&str>, program: Program) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for &netid in args.netids() {
        let found = match address(args, host, program, netid) {
            Err(NotLocated::Unregistered(failure)) if args.takes_what_there_is() => {
                tell(&failure);
                continue;
            }
            found => found.map_err(Failure::from),
        };
        let found = found.and_then(|addr| {
            let client = args.portmapper.reach(program.number, &addr, netid)?;
            Ok(Way { addr, client })
        });
        let fresh = found.as_ref().ok().filter(|_| args.connect).cloned();
        rows.push(Row::new(netid, false, found)?);
        if let Some(way) = fresh.filter(|_| netid.transport() != Transport::Udp) {
            rows.push(Row::new(netid, true, Ok(way))?);
        }
    }
    if rows.is_empty() {
        return Err(Failure::new("there is nothing to measure (rpcinfo lists what is registered)"));
    }
    Ok(rows)
}

fn address(
    args: &Args,
    host: Option<&str>,
    program: Program,
    netid: Netid,
) -> Result<Uaddr, NotLocated> {
    if let Some(addr) = &args.addr {
        return Ok(portmapper::address(addr, netid)?);
    }
    let host = host.unwrap_or_default();
    if let Some(port) = args.program_port {
        return Ok(args.portmapper.at_port(host, port, netid)?);
    }
    args.portmapper.locate(host, (program.number, program.version.unwrap_or_default()), netid)
}

/// The version to call: where none was named, the highest of the first transport over which the program says what it has.
pub(crate) fn highest_version(rows: &mut [Row], program: Program) -> Option<u32> {
    for row in rows {
        let Some(way) = &row.way else { continue };
        match program.versions(&way.client) {
            Ok((_, highest)) => return Some(highest),
            Err(error) => {
                row.failure = Some(Failure::new(format!(
                    "program {} at {} is not available: {error}",
                    program.number,
                    way.client.server()
                )));
            }
        }
    }
    None
}
