//! A server's UDP socket. One that is bound to all addresses of the machine answers each call from the address that it
//! came to: whoever has asked one of them would not take a reply from another for his.

use std::{io, net::SocketAddr};

use mio::net::UdpSocket;

use super::packet_info::{self, Asked};
use crate::transport::canonical;

pub(super) struct Socket {
    socket: UdpSocket,
    local: Option<SocketAddr>,
    /// Where the system tells which address was asked, it is written here.
    info: Option<Vec<u8>>,
}

/// Whom to answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sender {
    pub(super) addr: SocketAddr,
    /// From where, unless that is for the system to choose.
    asked: Option<Asked>,
}

impl Socket {
    pub(super) fn new(socket: UdpSocket) -> Self {
        let local = socket.local_addr().ok();
        let is_everywhere = local.is_some_and(|local| local.ip().is_unspecified());
        let info = is_everywhere.then(|| packet_info::ask_for(&socket)).flatten();
        Self { socket, local, info }
    }

    /// The address of this socket that a sender has asked.
    pub(super) fn local(&self, sender: &Sender) -> Option<SocketAddr> {
        let asked = sender.asked.zip(self.local);
        let asked = asked.map(|(asked, local)| SocketAddr::new(asked.ip, local.port()));
        asked.or(self.local).map(canonical)
    }

    /// The next datagram's length, and whom it is from.
    #[inline]
    pub(super) fn receive(&mut self, buffer: &mut [u8]) -> io::Result<(usize, Sender)> {
        match &mut self.info {
            None => {
                let (count, addr) = self.socket.recv_from(buffer)?;
                Ok((count, Sender { addr, asked: None }))
            }
            Some(info) => {
                let (count, addr, asked) = packet_info::receive(&self.socket, buffer, info)?;
                Ok((count, Sender { addr, asked }))
            }
        }
    }

    /// Sends a datagram; one that the system has no room for is lost, as datagrams are.
    #[inline]
    pub(super) fn send(&self, to: &Sender, reply: &[u8]) {
        let sent = match to.asked {
            None => self.socket.send_to(reply, to.addr),
            Some(asked) => packet_info::send(&self.socket, reply, to.addr, asked),
        };
        if let Err(error) = sent {
            tracing::debug!(peer = %to.addr, %error, "reply lost");
        }
    }
}
