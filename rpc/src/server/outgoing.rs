//! What goes out over one connection: at once, as far as the socket takes it, and from a queue else.

use std::{
    io::{self, ErrorKind, Write},
    time::Instant,
};

use super::{context::Context, stream::Stream};
use crate::{pieces, xdr::Parts};

/// Records that the socket did not take.
#[derive(Default)]
pub(super) struct Outgoing {
    /// They are what is behind `sent`.
    queue: Vec<u8>,
    sent: usize,
    /// How much of the queue calls the caller back.
    going_back: usize,
    /// Since when the peer has taken none of it.
    stalled: Option<Instant>,
}

/// What has become of the queue.
pub(super) enum Flushed {
    /// The socket has not taken all of it.
    Not,
    /// All of it is gone, so many bytes of it to call the caller back.
    All { gone_back: usize },
}

impl Outgoing {
    /// Whether nothing waits.
    #[inline]
    pub(super) const fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Since when the peer has taken nothing of what waits.
    pub(super) const fn stalled(&self) -> Option<Instant> {
        self.stalled
    }

    /// Has a record wait.
    pub(super) fn push(&mut self, record: Vec<u8>) {
        if self.is_empty() {
            self.queue = record;
        } else {
            self.queue.extend_from_slice(&record);
        }
    }

    /// Sends a record that lies in pieces at once, between turns; what the socket does not take waits.
    pub(super) fn push_pieces(
        &mut self,
        record: Vec<u8>,
        parts: Parts,
        socket: &Stream,
        cx: &mut Context,
    ) -> io::Result<()> {
        let out = std::mem::replace(&mut cx.out, record);
        cx.parts = parts;
        let sent = self.send(socket, cx);
        (cx.out, cx.parts) = (out, Parts::new());
        sent
    }

    /// Has records wait that call the caller back.
    pub(super) fn push_calls(&mut self, records: &[u8]) {
        self.queue.extend_from_slice(records);
        self.going_back = self.going_back.saturating_add(records.len());
    }

    /// Sends the replies in `cx.out`; what the socket does not take waits.
    pub(super) fn send(&mut self, socket: &Stream, cx: &mut Context) -> io::Result<()> {
        if cx.out.is_empty() {
            return Ok(());
        }
        let sent = if self.is_empty() { write(socket, &cx.out, &cx.parts)? } else { 0 };
        if sent < cx.out.len().saturating_add(cx.parts.len()) {
            self.keep_unsent(sent, cx);
        }
        cx.out.clear();
        cx.parts.clear();
        Ok(())
    }

    /// Has replies wait of which so much was sent.
    fn keep_unsent(&mut self, sent: usize, cx: &mut Context) {
        self.stalled = self.stalled.or(Some(cx.now));
        if !cx.parts.is_empty() {
            cx.out = pieces::joined(&cx.out, &cx.parts).into_owned();
        }
        if self.is_empty() {
            std::mem::swap(&mut self.queue, &mut cx.out);
            self.sent = sent;
        } else {
            self.queue.extend_from_slice(&cx.out);
        }
    }

    /// Sends what waits.
    pub(super) fn flush(&mut self, mut socket: &Stream, cx: &mut Context) -> io::Result<Flushed> {
        while let Some(rest) = self.queue.get(self.sent..).filter(|rest| !rest.is_empty()) {
            match socket.write(rest) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => {
                    self.sent = self.sent.saturating_add(count);
                    self.stalled = Some(cx.now);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.stalled = self.stalled.or(Some(cx.now));
                    return Ok(Flushed::Not);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        if self.queue.capacity() > cx.out.capacity() {
            // The longer buffer is of more use where every connection has it.
            self.queue.clear();
            std::mem::swap(&mut self.queue, &mut cx.out);
        }
        let Self { going_back, .. } = std::mem::take(self);
        Ok(Flushed::All { gone_back: going_back })
    }
}

/// Writes what the socket takes at once of `bytes` with `parts` in their places, and says how much.
fn write(mut socket: &Stream, bytes: &[u8], parts: &Parts) -> io::Result<usize> {
    if parts.is_empty() {
        return taken(|| socket.write(bytes));
    }
    pieces::write(bytes, parts, |pieces| taken(|| socket.write_vectored(pieces)))
}

/// What `write` takes at once: nothing, where the socket takes nothing.
fn taken(mut write: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match write() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(0),
            result => return result,
        }
    }
}
