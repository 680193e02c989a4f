//! How many connections each other machine has.

use std::{
    collections::{HashMap, hash_map::Entry},
    net::IpAddr,
};

use super::Peer;

/// Counts the connections of other machines by address. The machine's own are not counted: they are bounded with all
/// others together, and nobody else can take their place.
#[derive(Debug, Default)]
pub(super) struct Peers {
    counts: HashMap<IpAddr, usize>,
}

impl Peers {
    /// Counts one more connection of `peer`, unless he has `max` already: then false.
    pub(super) fn enter(&mut self, peer: &Peer, max: usize) -> bool {
        let Some(ip) = address(peer) else { return true };
        let count = self.counts.get(&ip).copied().unwrap_or_default();
        let has_room = count < max;
        if has_room {
            self.counts.insert(ip, count.saturating_add(1));
        }
        has_room
    }

    /// Counts one less.
    pub(super) fn leave(&mut self, peer: &Peer) {
        let Some(ip) = address(peer) else { return };
        if let Entry::Occupied(mut count) = self.counts.entry(ip) {
            *count.get_mut() = count.get().saturating_sub(1);
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

fn address(peer: &Peer) -> Option<IpAddr> {
    if peer.is_local() { None } else { peer.addr().map(|addr| addr.ip()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Transport;

    #[test]
    fn other_machines_have_their_share_and_this_one_all() {
        let mut peers = Peers::default();
        let peer = |addr: &str| Peer::inet(Transport::Tcp, addr.parse().unwrap());
        let (far, farther, near) = (peer("192.0.2.1:9"), peer("192.0.2.2:9"), peer("127.0.0.1:9"));
        assert!(peers.enter(&far, 2) && peers.enter(&far, 2) && !peers.enter(&far, 2));
        assert!(peers.enter(&farther, 2));
        assert!((0..5).all(|_| peers.enter(&near, 2)));
        peers.leave(&far);
        assert!(peers.enter(&peer("192.0.2.1:10"), 2) && !peers.enter(&far, 2));
        for _ in 0..2 {
            peers.leave(&far);
        }
        peers.leave(&farther);
        assert!(!peers.enter(&far, 0));
        assert!(peers.counts.is_empty());
    }
}
