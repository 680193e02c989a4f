//! Taking a registration back.

use sunrpc::{Transport, client};
use sunrpc_portmap::{Error, pmap::PMAP_PROG};
use sunrpc_tools::{failure::Failure, words::Program};

use crate::args::Args;

/// `-d`: asks the portmapper for it.
pub(crate) fn ask(args: &Args, program: Program) -> Result<(), Failure> {
    let version = program.version.unwrap_or_default();
    let portmap = args.portmapper.connect(None, Transport::Tcp)?;
    match portmap.unset_addr(program.number, version, args.netid) {
        Ok(true) => Ok(()),
        Ok(false) => {
            let number = program.number;
            let why = if number == PMAP_PROG {
                "the program is the portmapper's own, which nobody takes back"
            } else {
                "there is none, or it is somebody else's"
            };
            Err(Failure::new(format!(
                "could not delete registration for prog {number} version {version}: {why}"
            )))
        }
        Err(Error::Portmap { source: client::Error::Auth(_), .. }) => Err(Failure::new(format!(
            "the portmapper at {} lets registrations be taken back over its loopback address or its socket only (--unix)",
            portmap.client().server()
        ))),
        Err(error) => Err(args.portmapper.no_answer(None, &error)),
    }
}
