//! What waits to be sent over a stream: calls that were started but that nobody has waited for yet, so that many
//! go out in one write, and what the stream has not taken yet.

/// Above this many bytes the outbox is sent, as far as the stream takes it.
const FULL: usize = 64 << 10;
/// Above this many bytes nothing is added.
const OVERFULL: usize = 1 << 20;

/// Messages that were not sent yet, in their order.
#[derive(Default)]
pub(super) struct Outbox {
    waiting: Batch,
    /// Somebody is sending a batch, and does not hold the lock.
    pub(super) writing: bool,
    /// How many wait for him.
    pub(super) waiters: usize,
    /// How many bytes he was handed.
    handed: usize,
    /// The calls among them that have ended meanwhile: what he has not sent of those need not go out.
    ended: Vec<u32>,
}

/// Messages one behind the other.
#[derive(Default)]
pub(super) struct Batch {
    bytes: Vec<u8>,
    /// How many of the bytes have been sent.
    gone: usize,
    /// Each message's id and length.
    messages: Vec<(u32, usize)>,
}

impl Outbox {
    /// Whether a message may be sent at once.
    pub(super) const fn is_idle(&self) -> bool {
        !self.writing && self.waiting.bytes.is_empty()
    }

    /// Whether a message is gone; without one, whether all are. While somebody is sending that cannot be told: false.
    pub(super) fn has_sent(&self, xid: Option<u32>) -> bool {
        !self.writing && xid.map_or(self.waiting.bytes.is_empty(), |xid| !self.waiting.holds(xid))
    }

    pub(super) fn is_full(&self) -> bool {
        self.rest().len() >= FULL
    }

    pub(super) fn is_overfull(&self) -> bool {
        self.rest().len().saturating_add(self.handed) >= OVERFULL
    }

    /// Adds a message, of which `gone` bytes have been sent: where any have, nothing else waits.
    pub(super) fn push(&mut self, xid: u32, message: &[u8], gone: usize) {
        self.waiting.bytes.extend_from_slice(message);
        self.waiting.gone = self.waiting.gone.max(gone);
        self.waiting.messages.push((xid, message.len()));
    }

    /// What is to be sent next.
    pub(super) fn rest(&self) -> &[u8] {
        self.waiting.rest()
    }

    /// Notes that so many bytes have been sent.
    pub(super) fn sent(&mut self, count: usize) {
        self.waiting.sent(count);
        self.waiting.forget_sent();
    }

    /// Hands all messages to whoever is going to send them without holding the lock.
    pub(super) fn take(&mut self) -> Batch {
        self.writing = true;
        self.handed = self.rest().len();
        std::mem::take(&mut self.waiting)
    }

    /// Takes back what has not been sent of them.
    pub(super) fn put_back(&mut self, mut batch: Batch) {
        (self.writing, self.handed) = (false, 0);
        batch.forget_sent();
        for xid in self.ended.drain(..) {
            batch.take_back(xid);
        }
        if !self.waiting.bytes.is_empty() {
            batch.bytes.append(&mut self.waiting.bytes);
            batch.messages.append(&mut self.waiting.messages);
        }
        self.waiting = batch;
    }

    /// Takes one message back; false where it was sent, if only in part, or is being sent.
    pub(super) fn take_back(&mut self, xid: u32) -> bool {
        let taken = self.waiting.take_back(xid);
        if self.writing && !taken {
            self.ended.push(xid);
        }
        taken
    }

    pub(super) fn clear(&mut self) {
        self.waiting = Batch::default();
    }
}

impl Batch {
    pub(super) fn rest(&self) -> &[u8] {
        self.bytes.get(self.gone..).unwrap_or_default()
    }

    pub(super) fn sent(&mut self, count: usize) {
        self.gone = self.gone.saturating_add(count).min(self.bytes.len());
    }

    /// Where a message ends; without one, where all do.
    pub(super) fn end_of(&self, xid: Option<u32>) -> usize {
        let place = xid.and_then(|xid| self.messages.iter().position(|message| message.0 == xid));
        let count = place.map_or(self.messages.len(), |place| place.saturating_add(1));
        self.messages.iter().take(count).map(|message| message.1).sum()
    }

    /// Whether something before `end` has not been sent.
    pub(super) const fn left_to(&self, end: usize) -> bool {
        self.gone < end
    }

    fn holds(&self, xid: u32) -> bool {
        self.messages.iter().any(|message| message.0 == xid)
    }

    /// Drops the messages that have been sent whole.
    fn forget_sent(&mut self) {
        if self.gone == self.bytes.len() {
            self.bytes.clear();
            self.messages.clear();
            self.gone = 0;
            return;
        }
        let (mut messages, mut bytes) = (0_usize, 0_usize);
        for (_, len) in &self.messages {
            let end = bytes.saturating_add(*len);
            if end > self.gone {
                break;
            }
            (messages, bytes) = (messages.saturating_add(1), end);
        }
        self.messages.drain(..messages);
        self.bytes.drain(..bytes);
        self.gone = self.gone.saturating_sub(bytes);
    }

    fn take_back(&mut self, xid: u32) -> bool {
        let Some(place) = self.messages.iter().position(|message| message.0 == xid) else {
            return false;
        };
        let start: usize = self.messages.iter().take(place).map(|message| message.1).sum();
        if start < self.gone {
            return false;
        }
        let (_, len) = self.messages.remove(place);
        self.bytes.drain(start..start.saturating_add(len).min(self.bytes.len()));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::Outbox;

    /// Three messages of three bytes, of which so many were sent.
    fn sent(count: usize) -> Outbox {
        let mut outbox = Outbox::default();
        for xid in [1, 2, 3] {
            outbox.push(xid, &[u8::try_from(xid).unwrap(); 3], 0);
        }
        outbox.sent(count);
        outbox
    }

    #[test]
    fn what_was_sent_in_part_is_not_taken_back() {
        for (count, left) in
            [(0, [true, true, true]), (1, [false, true, true]), (3, [false, true, true])]
        {
            let mut outbox = sent(count);
            assert_eq!([1, 2, 3].map(|xid| outbox.take_back(xid)), left, "{count} bytes");
        }
        assert!(!sent(9).take_back(3));
    }

    #[test]
    fn what_was_sent_whole_is_known_to_the_byte() {
        for (count, gone) in [(2, [false, false]), (3, [true, false]), (6, [true, true])] {
            let outbox = sent(count);
            assert_eq!([1, 2].map(|xid| outbox.has_sent(Some(xid))), gone, "{count} bytes");
            assert!(!outbox.has_sent(None));
        }
        assert!(sent(9).has_sent(None));
    }

    #[test]
    fn what_is_left_of_a_batch_goes_before_what_came_since() {
        let mut outbox = sent(2);
        let mut batch = outbox.take();
        outbox.push(4, &[4; 3], 0);
        batch.sent(2);
        outbox.put_back(batch);
        assert_eq!(outbox.rest(), [2, 2, 3, 3, 3, 4, 4, 4]);
        assert_eq!([2, 4].map(|xid| outbox.take_back(xid)), [false, true]);
        assert_eq!(outbox.rest(), [2, 2, 3, 3, 3]);
        outbox.sent(5);
        assert!(outbox.is_idle());
    }
}
