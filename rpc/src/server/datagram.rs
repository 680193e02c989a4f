//! One UDP socket.

use std::{io, net::SocketAddr};

use mio::net::UdpSocket;

use super::{
    Peer,
    pool::{Job, Origin},
    programs::{Route, Way, system_err},
    reactor::Context,
};
use crate::{
    Transport,
    proto::{DuplicateLimits, Duplicates, Seen, Ticket},
};

/// Datagrams answered in one turn.
const TURN: usize = 64;
/// The longest datagram that UDP over IPv4 can carry.
const MAX_DATAGRAM: usize = 65_507;

pub(super) struct Datagram {
    number: usize,
    socket: UdpSocket,
    local: Option<SocketAddr>,
    duplicates: Duplicates,
    /// Calls in a pool.
    under_way: usize,
}

impl Datagram {
    pub(super) fn new(number: usize, socket: UdpSocket, limits: DuplicateLimits) -> Self {
        let local = socket.local_addr().ok();
        Self { number, socket, local, duplicates: Duplicates::new(limits), under_way: 0 }
    }

    /// Nothing under way.
    pub(super) const fn is_quiet(&self) -> bool {
        self.under_way == 0
    }

    /// One turn: answers the datagrams that wait; true where more may.
    pub(super) fn serve(&mut self, cx: &mut Context) -> bool {
        let mut scratch = std::mem::take(&mut cx.scratch);
        let more = self.answer_waiting(&mut scratch, cx);
        cx.scratch = scratch;
        more
    }

    /// Takes what a pool has made of a call.
    pub(super) fn deliver(
        &mut self,
        peer: SocketAddr,
        ticket: Option<Ticket>,
        reply: Option<&[u8]>,
    ) {
        self.under_way = self.under_way.saturating_sub(1);
        self.conclude(peer, ticket, reply);
    }

    fn answer_waiting(&mut self, scratch: &mut [u8], cx: &mut Context) -> bool {
        for _ in 0..TURN {
            match self.socket.recv_from(scratch) {
                Ok((count, addr)) => {
                    self.answer(scratch.get(..count).unwrap_or_default(), addr, cx)
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return false,
                // Somebody we answered is gone: an ICMP error that has nothing to do with the next datagram.
                Err(error) => tracing::debug!(%error, "UDP error"),
            }
        }
        true
    }

    /// Answers one call, hands it to its pool, or sends again what it was answered before.
    fn answer(&mut self, message: &[u8], addr: SocketAddr, cx: &mut Context) {
        let Context { shared, out, now, .. } = cx;
        let Some(request) = shared.programs.parse(message) else { return };
        let ticket = if request.may_repeat() {
            None
        } else {
            match self.duplicates.look(addr, request.xid(), message, *now) {
                Seen::New(ticket) => Some(ticket),
                Seen::UnderWay => return,
                Seen::Answered(reply) => return send(&self.socket, addr, reply),
            }
        };
        let route = Route { peer: Peer::inet(Transport::Udp, addr), local: self.local };
        let workers =
            request.entry().and_then(|entry| entry.pool).and_then(|pool| shared.workers(pool));
        match workers {
            Some(workers) if workers.has_room() => {
                let origin = Origin::Datagram { socket: self.number, peer: addr, ticket };
                workers.submit(Job { origin, route, message: message.to_vec() });
                self.under_way = self.under_way.saturating_add(1);
            }
            Some(_) => {
                let answered = shared.programs.answer(request, route, Way::Overloaded, out);
                self.conclude(addr, None, answered.then_some(&out[..]));
                // A copy of this call that comes later may find room.
                if let Some(ticket) = ticket {
                    self.duplicates.finish(ticket, None);
                }
            }
            None => {
                let answered = shared.programs.answer(request, route, Way::Dispatch, out);
                self.conclude(addr, ticket, answered.then_some(&out[..]));
            }
        }
        out.clear();
    }

    /// Sends a reply, if there is one, and remembers it where it has a ticket.
    fn conclude(&mut self, peer: SocketAddr, ticket: Option<Ticket>, reply: Option<&[u8]>) {
        let failure;
        let reply = match reply {
            Some(long) if long.len() > MAX_DATAGRAM => {
                tracing::warn!(%peer, bytes = long.len(), "reply too long for UDP; the caller should use TCP");
                failure = system_err(long);
                Some(&failure[..])
            }
            fitting => fitting,
        };
        if let Some(reply) = reply {
            send(&self.socket, peer, reply);
        }
        if let Some(ticket) = ticket {
            self.duplicates.finish(ticket, reply);
        }
    }
}

/// Sends a datagram; one that the system has no room for is lost, as datagrams are.
fn send(socket: &UdpSocket, peer: SocketAddr, reply: &[u8]) {
    if let Err(error) = socket.send_to(reply, peer) {
        tracing::debug!(%peer, %error, "reply lost");
    }
}
