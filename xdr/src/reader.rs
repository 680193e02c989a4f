//! The input side: a slice that is taken apart under limits.

use crate::{Decode, DecodeError, DecodeErrorKind as Kind, DecodeWith, sink::padding};

/// How much a [`Reader`] may spend on one input.
///
/// # Defaults
///
/// `max_depth` 64; `heap_factor` 8, with `heap_floor` 64 KiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How deep values of recursive types may nest. Worst case: that many stack frames of one `decode`.
    pub max_depth: u32,
    /// Heap that decoded values may take, as a multiple of the input's length.
    pub heap_factor: usize,
    /// Heap in bytes that is allowed however short the input is.
    pub heap_floor: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_depth: 64, heap_factor: 8, heap_floor: 64 << 10 }
    }
}

/// Takes XDR values from the front of a byte slice.
#[derive(Clone, Debug)]
pub struct Reader<'de> {
    rest: &'de [u8],
    total: usize,
    depth: u32,
    heap: usize,
}

impl<'de> Reader<'de> {
    /// Reads from `bytes` under the default [`Limits`].
    #[must_use]
    pub fn new(bytes: &'de [u8]) -> Self {
        Self::with_limits(bytes, Limits::default())
    }

    /// Reads from `bytes` under `limits`.
    #[must_use]
    pub fn with_limits(bytes: &'de [u8], limits: Limits) -> Self {
        let heap = bytes.len().saturating_mul(limits.heap_factor).max(limits.heap_floor);
        Self { rest: bytes, total: bytes.len(), depth: limits.max_depth, heap }
    }

    /// Reads a value that is its own codec.
    ///
    /// # Errors
    ///
    /// See [`DecodeErrorKind`](crate::DecodeErrorKind).
    #[inline]
    pub fn get<T: Decode<'de>>(&mut self) -> Result<T, DecodeError> {
        T::decode(self)
    }

    /// Reads a value in codec `C`.
    ///
    /// # Errors
    ///
    /// See [`DecodeErrorKind`](crate::DecodeErrorKind).
    #[inline]
    pub fn get_as<C: DecodeWith<'de, V>, V>(&mut self) -> Result<V, DecodeError> {
        C::decode_with(self)
    }

    /// The bytes not read yet.
    #[must_use]
    pub const fn rest(&self) -> &'de [u8] {
        self.rest
    }

    /// The number of bytes not read yet.
    #[must_use]
    pub const fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// The number of bytes read so far.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.total.saturating_sub(self.rest.len())
    }

    /// Ends the reading.
    ///
    /// # Errors
    ///
    /// Bytes are left over.
    pub fn finish(self) -> Result<(), DecodeError> {
        match self.rest.len() {
            0 => Ok(()),
            left => Err(self.error(Kind::Trailing(left))),
        }
    }

    /// Takes `len` raw bytes.
    ///
    /// # Errors
    ///
    /// Fewer are left.
    #[inline]
    pub fn take(&mut self, len: usize) -> Result<&'de [u8], DecodeError> {
        let Some((taken, rest)) = self.rest.split_at_checked(len) else {
            return Err(self.truncated(len));
        };
        self.rest = rest;
        Ok(taken)
    }

    /// Takes exactly `N` raw bytes.
    ///
    /// # Errors
    ///
    /// Fewer are left.
    #[inline]
    pub fn take_array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let Some((taken, rest)) = self.rest.split_first_chunk::<N>() else {
            return Err(self.truncated(N));
        };
        self.rest = rest;
        Ok(*taken)
    }

    /// Takes `len` raw bytes and the zeros that fill them up to a multiple of four.
    ///
    /// # Errors
    ///
    /// Fewer are left, or the padding is not zero.
    #[inline]
    pub fn take_padded(&mut self, len: usize) -> Result<&'de [u8], DecodeError> {
        let taken = self.take(len)?;
        if self.take(padding(len))?.iter().any(|byte| *byte != 0) {
            return Err(self.error(Kind::Padding));
        }
        Ok(taken)
    }

    /// Takes a length that must not exceed `max`.
    ///
    /// # Errors
    ///
    /// It does, or fewer than four bytes are left.
    #[inline]
    pub fn take_len(&mut self, max: u32) -> Result<usize, DecodeError> {
        let len: u32 = self.get()?;
        if len > max {
            return Err(self.error(Kind::TooLong { len, max }));
        }
        usize::try_from(len).map_err(|_| self.error(Kind::TooLong { len, max }))
    }

    /// Runs `decode` one level deeper; rpcgen wraps the types in it that can contain themselves.
    ///
    /// # Errors
    ///
    /// The limit of depth is reached, or what `decode` reports.
    pub fn nested<T>(
        &mut self,
        decode: impl FnOnce(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        let outer = self.depth;
        self.depth = outer.checked_sub(1).ok_or_else(|| self.error(Kind::TooDeep))?;
        let value = decode(self);
        self.depth = outer;
        value
    }

    /// Charges `bytes` of heap to this input.
    ///
    /// # Errors
    ///
    /// The input is too short to justify them; see [`Limits::heap_factor`].
    #[inline]
    pub fn charge(&mut self, bytes: usize) -> Result<(), DecodeError> {
        self.heap = self.heap.checked_sub(bytes).ok_or_else(|| self.error(Kind::HeapLimit))?;
        Ok(())
    }

    /// Whether `bytes` of heap could still be charged: for what is needed only for a moment.
    pub(crate) fn can_afford(&self, bytes: usize) -> Result<(), DecodeError> {
        if bytes > self.heap { Err(self.error(Kind::HeapLimit)) } else { Ok(()) }
    }

    /// An empty vector with room for `count` values of at least `min_len` bytes each on the wire.
    ///
    /// # Errors
    ///
    /// The bytes that are left cannot hold that many, or the heap limit is reached.
    #[inline]
    pub fn vec<T>(&mut self, count: usize, min_len: usize) -> Result<Vec<T>, DecodeError> {
        let needed = count.saturating_mul(min_len);
        if needed > self.rest.len() {
            return Err(self.truncated(needed));
        }
        // Values of no length on the wire cost a step each all the same: the heap limit bounds them too.
        self.charge(count.saturating_mul(size_of::<T>().max(1)))?;
        Ok(Vec::with_capacity(count))
    }

    /// The error of an enum value that is not declared; the four bytes just read are its place.
    #[cold]
    #[must_use]
    pub fn invalid_enum(&self, name: &'static str, value: i32) -> DecodeError {
        self.error(Kind::Enum { name, value })
    }

    /// The error of a discriminant for which a union has no arm; the four bytes just read are its place.
    #[cold]
    #[must_use]
    pub fn invalid_discriminant(&self, union: &'static str, value: i64) -> DecodeError {
        self.error(Kind::Discriminant { union, value })
    }

    /// An error about the bytes just read.
    #[cold]
    pub(crate) fn error(&self, kind: Kind) -> DecodeError {
        let last = match kind {
            Kind::Padding => 1,
            Kind::Trailing(_) | Kind::TooDeep | Kind::HeapLimit | Kind::Utf8 => 0,
            _ => 4,
        };
        DecodeError::new(kind, self.offset().saturating_sub(last))
    }

    #[cold]
    fn truncated(&self, needed: usize) -> DecodeError {
        DecodeError::new(Kind::Truncated { needed, remaining: self.rest.len() }, self.offset())
    }
}
