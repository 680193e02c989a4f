//! The calls that come over one UDP socket.

use std::{io, sync::Arc};

use mio::net::UdpSocket;

use super::{
    Peer, Results,
    context::Context,
    exchange::{Exchange, Plan},
    pool::{Job, Origin},
    programs::{Arrival, Route, Way},
    tie::Presence,
    udp::{Sender, Socket},
};
use crate::{
    Transport,
    proto::{DuplicateLimits, Ticket},
};

/// Datagrams answered in one turn.
const TURN: usize = 64;

pub(super) struct Datagram {
    number: usize,
    socket: Socket,
    exchange: Exchange,
    /// Calls in a pool.
    under_way: usize,
    presence: Presence,
}

impl Datagram {
    pub(super) fn new(number: usize, socket: UdpSocket, limits: DuplicateLimits) -> Self {
        Self {
            number,
            socket: Socket::new(socket),
            exchange: Exchange::new(limits),
            under_way: 0,
            presence: Presence::default(),
        }
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

    /// Takes what a pool has made of a call, or that it has not run it.
    pub(super) fn deliver(
        &mut self,
        peer: Sender,
        ticket: Option<Ticket>,
        reply: Option<&[u8]>,
        ran: bool,
    ) {
        self.under_way = self.under_way.saturating_sub(1);
        self.conclude(peer, ticket, reply, ran);
    }

    fn answer_waiting(&mut self, scratch: &mut [u8], cx: &mut Context) -> bool {
        for _ in 0..TURN {
            match self.socket.receive(scratch) {
                Ok((count, peer)) => {
                    self.answer(scratch.get(..count).unwrap_or_default(), peer, cx)
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return false,
                // Somebody we answered is gone: an ICMP error that has nothing to do with the next datagram.
                Err(error) => tracing::debug!(%error, "UDP error"),
            }
        }
        true
    }

    /// Answers one call, hands it to its pool, or sends again what it was answered before.
    fn answer(&mut self, message: &[u8], peer: Sender, cx: &mut Context) {
        let deadline = cx.deadline;
        let Context { shared, lane, out, now, .. } = cx;
        let request = shared.programs.parse(message.into());
        let Some(request) = &request else { return };
        let ticket = match self.exchange.consider(request, peer.addr, message, *now) {
            Plan::Drop => return,
            Plan::Replay(reply) => return self.socket.send(&peer, reply),
            Plan::Run(ticket) => ticket,
        };
        let route =
            Route { peer: Peer::inet(Transport::Udp, peer.addr), local: self.socket.local(&peer) };
        let workers = request.pool().and_then(|pool| shared.workers(pool));
        let arrival = Arrival { route: &route, deadline, tie: None };
        let Some(workers) = workers else {
            let mut results = Results::new(out);
            let answered = shared.programs.answer(request, &arrival, Way::Dispatch, &mut results);
            let ran = results.ran;
            self.conclude(peer, ticket, answered.then_some(&out[..]), ran);
            return out.clear();
        };
        let origin = Origin::Datagram { socket: self.number, peer, ticket };
        let tie = Arc::clone(self.presence.tie(|| None));
        let job = || Job {
            lane: *lane,
            origin,
            route,
            deadline,
            tie,
            ticket: None,
            message: message.to_vec().into(),
        };
        if workers.submit(job) {
            self.under_way = self.under_way.saturating_add(1);
        } else {
            let answered =
                shared.programs.answer(request, &arrival, Way::Overloaded, &mut Results::new(out));
            self.conclude(peer, ticket, answered.then_some(&out[..]), false);
            out.clear();
        }
    }

    /// Sends a reply, if there is one, and remembers it where it has a ticket and was `ran`.
    fn conclude(&mut self, peer: Sender, ticket: Option<Ticket>, reply: Option<&[u8]>, ran: bool) {
        if let Some(reply) = self.exchange.conclude(ticket, reply, ran) {
            self.socket.send(&peer, &reply);
        }
    }
}
