//! Where encoded bytes go: a buffer, or a counter that measures them first.

#[cfg(feature = "bytes")]
use bytes::Bytes;

#[cfg(feature = "bytes")]
use crate::parts::LONG;
use crate::{
    Encode, EncodeError, EncodeWith,
    number::{self, Number},
};

/// From how many bytes on a piece is large.
const BULK: usize = 512;

/// A place for encoded bytes. `Vec<u8>` keeps them, [`Counter`] counts them.
pub trait Sink {
    /// Appends raw bytes, without length or padding.
    fn put_bytes(&mut self, bytes: &[u8]);

    /// Appends numbers, each with its most significant byte first, as an array has them.
    fn put_numbers<T: Number>(&mut self, items: &[T]) {
        for item in items {
            self.put_bytes(item.to_wire().as_ref());
        }
    }

    /// Appends raw bytes that may be kept instead of being copied.
    #[cfg(feature = "bytes")]
    #[inline]
    fn put_shared(&mut self, bytes: &Bytes) {
        self.put_bytes(bytes);
    }

    /// Appends the zeros that fill `len` up to a multiple of four (RFC 4506 section 3).
    #[inline]
    fn put_padding(&mut self, len: usize) {
        self.put_bytes([0; 3].get(..padding(len)).unwrap_or_default());
    }

    /// Appends raw bytes and their padding.
    #[inline]
    fn put_padded(&mut self, bytes: &[u8]) {
        self.put_bytes(bytes);
        self.put_padding(bytes.len());
    }

    /// Appends a value that is its own codec.
    ///
    /// # Errors
    ///
    /// A declared bound that the value exceeds.
    #[inline]
    fn put<T: Encode + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        value.encode(self)
    }

    /// Appends a value in codec `C`.
    ///
    /// # Errors
    ///
    /// A declared bound that the value exceeds.
    #[inline]
    fn put_as<C: EncodeWith<V> + ?Sized, V: ?Sized>(
        &mut self,
        value: &V,
    ) -> Result<(), EncodeError> {
        C::encode_with(value, self)
    }
}

impl Sink for Vec<u8> {
    #[inline]
    fn put_bytes(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }

    #[inline]
    fn put_numbers<T: Number>(&mut self, items: &[T]) {
        number::append(items, self);
    }

    /// Four zeros, of which as many stay as are padding: how many that is has then no branch to mispredict.
    #[inline]
    fn put_padding(&mut self, len: usize) {
        let end = self.len().wrapping_add(padding(len));
        if self.capacity().wrapping_sub(self.len()) < 4 {
            return self.resize(end, 0);
        }
        self.extend_from_slice(&[0; 4]);
        self.truncate(end);
    }
}

/// Counts the bytes instead of keeping them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counter {
    /// Wide enough on any machine, so that adding needs no check: what does not fit was never in memory.
    len: u64,
    /// How many of them came in large pieces.
    bulk: u64,
    /// How many of them may be shared.
    #[cfg(feature = "bytes")]
    shared: u64,
}

impl Counter {
    /// The number of bytes appended so far.
    #[must_use]
    pub fn len(&self) -> usize {
        usize::try_from(self.len).unwrap_or(usize::MAX)
    }

    /// Whether nothing was appended yet.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether most bytes come in large pieces: what is done for each piece counts little then.
    pub(crate) const fn is_bulk(&self) -> bool {
        self.bulk > self.len / 2
    }

    /// How many bytes long pieces have that may be shared.
    #[cfg(feature = "bytes")]
    pub(crate) fn shared(&self) -> usize {
        usize::try_from(self.shared).unwrap_or(usize::MAX)
    }

    /// Counts what may be a large piece.
    #[inline]
    const fn add_bulk(&mut self, len: usize) {
        self.add(len);
        if len >= BULK {
            self.bulk = self.bulk.wrapping_add(len as u64);
        }
    }

    #[inline]
    const fn add(&mut self, len: usize) {
        self.len = self.len.wrapping_add(len as u64);
    }
}

impl Sink for Counter {
    #[inline]
    fn put_bytes(&mut self, bytes: &[u8]) {
        self.add_bulk(bytes.len());
    }

    #[inline]
    fn put_numbers<T: Number>(&mut self, items: &[T]) {
        self.add_bulk(size_of_val(items));
    }

    #[cfg(feature = "bytes")]
    #[inline]
    fn put_shared(&mut self, bytes: &Bytes) {
        self.add_bulk(bytes.len());
        if bytes.len() >= LONG {
            self.shared = self.shared.wrapping_add(bytes.len() as u64);
        }
    }

    #[inline]
    fn put_padding(&mut self, len: usize) {
        self.add(padding(len));
    }
}

/// How many bytes fill `len` up to a multiple of four.
#[inline]
pub(crate) const fn padding(len: usize) -> usize {
    len.wrapping_neg() & 3
}
