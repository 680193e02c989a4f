//! The differences that are meant. Each has its number in `docs/INTEROP.md`.

use sunrpc::Transport;
use sunrpc_portmap::Netid;

use crate::operation::{Ask, Kind, Operation};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rule {
    /// rpcbind says TRUE to an UNSET of what is not there.
    AbsentUnset,
    /// rpcbind registers what cannot be an address.
    Nonsense,
    /// rpcbind lets root unregister rpcbind.
    Itself,
    /// rpcbind registers a port below 1024 for anybody on the machine.
    PrivilegedPort,
    /// rpcbind stops an UNSET at the first registration of somebody else, and says FALSE to what it has done.
    TwoOwners,
    /// rpcbind finds no way to a program over AF_UNIX.
    LocalWays,
    /// rpcbind fails where an answer over UDP gets long.
    LongDatagram,
}

impl Rule {
    pub(crate) const ALL: [Self; 7] = [
        Self::AbsentUnset,
        Self::Nonsense,
        Self::Itself,
        Self::PrivilegedPort,
        Self::TwoOwners,
        Self::LocalWays,
        Self::LongDatagram,
    ];

    /// The rule by which both answers are right.
    pub(crate) fn that_explains(operation: &Operation, theirs: &str, ours: &str) -> Option<Self> {
        let Operation { over, kind, ask, .. } = operation;
        let over = *over;
        let is_unset = matches!(ask, Ask::Unset(_) | Ask::UnsetPort(_));
        match (theirs, ours) {
            // What the one has left of such registrations the other has not.
            _ if *kind == Kind::Mixed => Some(Self::TwoOwners),
            ("true", "false") if *kind == Kind::Privileged => {
                (over != Netid::Local).then_some(Self::PrivilegedPort)
            }
            ("true", "false") if *kind == Kind::Itself => Some(Self::Itself),
            ("true", "false") if *kind == Kind::Nonsense => Some(Self::Nonsense),
            ("true", "false") if is_unset => Some(Self::AbsentUnset),
            ("", _) if over == Netid::Local && matches!(ask, Ask::GetAddrList(_)) => {
                Some(Self::LocalWays)
            }
            (theirs, _) if theirs.contains("SYSTEM_ERR") && over.transport() == Transport::Udp => {
                matches!(ask, Ask::Dump | Ask::DumpPorts).then_some(Self::LongDatagram)
            }
            _ => None,
        }
    }

    /// Its number in the document.
    pub(crate) fn number(self) -> usize {
        1 + Self::ALL.iter().position(|rule| *rule == self).expect("it is in the list")
    }
}
