//! What waits to be sent over a stream: calls that were started but that nobody has waited for yet, so that many
//! go out in one write.

use std::io;

use super::link::Link;

/// Above this many bytes the outbox sends itself.
const FULL: usize = 64 << 10;

/// Messages that were not sent yet, in their order.
#[derive(Default)]
pub(super) struct Outbox {
    bytes: Vec<u8>,
    /// Each message's id and length.
    messages: Vec<(u32, usize)>,
}

impl Outbox {
    /// Adds a message, to be sent with the next one that must go at once.
    pub(super) fn queue(&mut self, xid: u32, message: &[u8], link: &Link) -> io::Result<()> {
        self.bytes.extend_from_slice(message);
        self.messages.push((xid, message.len()));
        if self.bytes.len() >= FULL { self.flush(link) } else { Ok(()) }
    }

    /// Sends a message behind all that wait.
    pub(super) fn send(&mut self, message: &[u8], link: &Link) -> io::Result<()> {
        if self.bytes.is_empty() {
            return link.send(message);
        }
        self.bytes.extend_from_slice(message);
        self.flush(link)
    }

    /// Sends all that wait.
    pub(super) fn flush(&mut self, link: &Link) -> io::Result<()> {
        if self.bytes.is_empty() {
            return Ok(());
        }
        let sent = link.send(&self.bytes);
        self.bytes.clear();
        self.messages.clear();
        sent
    }

    /// Takes a message back, unless it was sent.
    pub(super) fn take_back(&mut self, xid: u32) {
        let Some(place) = self.messages.iter().position(|message| message.0 == xid) else { return };
        let start: usize = self.messages.iter().take(place).map(|message| message.1).sum();
        let (_, len) = self.messages.remove(place);
        self.bytes.drain(start..start.saturating_add(len).min(self.bytes.len()));
    }
}
