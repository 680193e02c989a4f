//! Choices out of bytes.

/// Takes choices from the front of an input; one that has ended gives zeros.
#[derive(Debug)]
pub(crate) struct Input<'a>(pub(crate) &'a [u8]);

impl<'a> Input<'a> {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.chunk(1).first().copied().unwrap_or_default()
    }

    pub(crate) fn short(&mut self) -> u16 {
        u16::from_be_bytes([self.byte(), self.byte()])
    }

    /// At most so many bytes.
    pub(crate) fn chunk(&mut self, len: usize) -> &'a [u8] {
        let (chunk, rest) = self.0.split_at(len.min(self.0.len()));
        self.0 = rest;
        chunk
    }

    /// Cuts `bytes` into pieces, none of which is empty. Without choices left, it is one piece.
    pub(crate) fn pieces<'b>(&mut self, mut bytes: &'b [u8]) -> Vec<&'b [u8]> {
        let mut pieces = Vec::new();
        while !bytes.is_empty() {
            let wanted =
                if self.is_empty() { bytes.len() } else { usize::from(self.byte()).max(1) };
            let (piece, rest) = bytes.split_at(wanted.min(bytes.len()));
            pieces.push(piece);
            bytes = rest;
        }
        pieces
    }
}
