//! Who may change the table.

use sunrpc::server::Peer;

use crate::{Owner, Uaddr};

/// The first port that everybody may listen on.
const FIRST_UNPRIVILEGED: u16 = 1024;

/// What an operator has relaxed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Policy {
    /// SET and UNSET from anywhere, for any port.
    pub(super) insecure: bool,
}

impl Policy {
    /// Who changes the table by this call; `None` where he may not: only somebody on this machine may, and what he
    /// says of himself does not count.
    pub(super) fn changer(self, peer: &Peer) -> Option<Owner> {
        (self.insecure || peer.is_local()).then(|| owner(peer))
    }

    /// Whether `peer` may register this address.
    pub(super) fn allows_port(self, peer: &Peer, addr: &Uaddr) -> bool {
        self.insecure
            || addr.port().is_none_or(|port| port >= FIRST_UNPRIVILEGED)
            || owner(peer) == Owner::ROOT
            || has_privileged_port(peer)
    }
}

/// The user as the kernel names him.
fn owner(peer: &Peer) -> Owner {
    peer.uid().map_or(Owner::Unknown, Owner::User)
}

/// Whether a local caller holds a port that only root may take; libtirpc's callers do where they can.
fn has_privileged_port(peer: &Peer) -> bool {
    peer.is_local() && peer.addr().is_some_and(|addr| addr.port() < FIRST_UNPRIVILEGED)
}
