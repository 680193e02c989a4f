//! Where encoded bytes go: a buffer, or a counter that measures them first.

use crate::{Encode, EncodeError, EncodeWith};

/// The size in bytes of the stack buffer through which numbers are converted in bulk.
const BULK: usize = 2048;
/// The same for a few numbers, whose buffer should not cost more to clear than they do to convert.
const SMALL: usize = 64;

/// A place for encoded bytes. `Vec<u8>` keeps them, [`Counter`] counts them.
pub trait Sink {
    /// Appends raw bytes, without length or padding.
    fn put_bytes(&mut self, bytes: &[u8]);

    /// Appends `items.len() * size` bytes, which `write` produces from as many items at a time as fit its output.
    fn put_bulk<T>(&mut self, items: &[T], size: usize, write: impl Fn(&[T], &mut [u8]));

    /// Appends the zeros that fill `len` up to a multiple of four (RFC 4506 section 3).
    #[inline]
    fn put_padding(&mut self, len: usize) {
        self.put_bytes([0; 3].get(..padding(len)).unwrap_or_default());
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

    fn put_bulk<T>(&mut self, items: &[T], size: usize, write: impl Fn(&[T], &mut [u8])) {
        let len = items.len().saturating_mul(size);
        if len <= SMALL {
            return put_staged::<T, SMALL>(self, items, size, write);
        }
        self.reserve(len);
        put_staged::<T, BULK>(self, items, size, write);
    }
}

/// Converts as many items at a time as `N` bytes hold.
#[inline]
fn put_staged<T, const N: usize>(
    to: &mut Vec<u8>,
    items: &[T],
    size: usize,
    write: impl Fn(&[T], &mut [u8]),
) {
    let mut stage = [0; N];
    for chunk in items.chunks(N.checked_div(size).unwrap_or(1).max(1)) {
        if let Some(out) = stage.get_mut(..chunk.len().saturating_mul(size)) {
            write(chunk, out);
            to.extend_from_slice(out);
        }
    }
}

/// Counts the bytes instead of keeping them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counter {
    len: usize,
}

impl Counter {
    /// The number of bytes appended so far.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing was appended yet.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl Sink for Counter {
    #[inline]
    fn put_bytes(&mut self, bytes: &[u8]) {
        self.len = self.len.saturating_add(bytes.len());
    }

    #[inline]
    fn put_bulk<T>(&mut self, items: &[T], size: usize, _write: impl Fn(&[T], &mut [u8])) {
        self.len = self.len.saturating_add(items.len().saturating_mul(size));
    }

    #[inline]
    fn put_padding(&mut self, len: usize) {
        self.len = self.len.saturating_add(padding(len));
    }
}

/// How many bytes fill `len` up to a multiple of four.
#[inline]
pub(crate) const fn padding(len: usize) -> usize {
    len.wrapping_neg() & 3
}
