//! The input side: a slice that is taken apart under limits.

use ascii::AsciiStr;
#[cfg(feature = "bytes")]
use bytes::Bytes;

use crate::{Decode, DecodeError, DecodeErrorKind as Kind, DecodeWith, sink::padding};

/// Up to how many bytes a text is first looked at as ASCII.
const SHORT: usize = 128;

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
    /// Who owns the input, where that is known.
    #[cfg(feature = "bytes")]
    pub(crate) owner: Option<&'de Bytes>,
}

impl<'de> Reader<'de> {
    /// Reads from `bytes` under the default [`Limits`].
    #[inline]
    #[must_use]
    pub fn new(bytes: &'de [u8]) -> Self {
        Self::with_limits(bytes, Limits::default())
    }

    /// Reads from `bytes` under `limits`.
    #[inline]
    #[must_use]
    pub fn with_limits(bytes: &'de [u8], limits: Limits) -> Self {
        let heap = bytes.len().saturating_mul(limits.heap_factor).max(limits.heap_floor);
        Self {
            rest: bytes,
            total: bytes.len(),
            depth: limits.max_depth,
            heap,
            #[cfg(feature = "bytes")]
            owner: None,
        }
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
    #[inline]
    #[must_use]
    pub const fn rest(&self) -> &'de [u8] {
        self.rest
    }

    /// The number of bytes not read yet.
    #[inline]
    #[must_use]
    pub const fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// The number of bytes read so far.
    #[inline]
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.total.saturating_sub(self.rest.len())
    }

    /// Ends the reading.
    ///
    /// # Errors
    ///
    /// Bytes are left over.
    #[inline]
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
        let Some((taken, rest)) = split_padded(self.rest, len) else {
            return Err(error_padded(self.clone(), len));
        };
        self.rest = rest;
        Ok(taken)
    }

    /// Takes a length of at most `max`, that many bytes of UTF-8, and their padding. Or nothing: whatever is wrong,
    /// reading one after the other finds out.
    #[inline]
    pub(crate) fn take_text(&mut self, max: u32) -> Option<&'de str> {
        let len = u32::from_be_bytes(*self.rest.first_chunk()?);
        if len > max {
            return None;
        }
        let (text, rest) = split_text(self.rest, usize::try_from(len).ok()?)?;
        self.rest = rest;
        Some(text)
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
    #[inline]
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

    /// Reads `count` times.
    ///
    /// On a copy, which the compiler keeps in registers where it sees all of `decode`.
    #[inline]
    pub(crate) fn each(
        &mut self,
        count: usize,
        mut decode: impl FnMut(&mut Self) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        let mut from = self.clone();
        for _ in 0..count {
            if let Err(error) = decode(&mut from) {
                *self = from;
                return Err(error);
            }
        }
        *self = from;
        Ok(())
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
        self.require(count.saturating_mul(min_len))?;
        // Values of no length on the wire cost a step each all the same: the heap limit bounds them too.
        self.charge(count.saturating_mul(size_of::<T>().max(1)))?;
        Ok(Vec::with_capacity(count))
    }

    /// Whether at least `needed` bytes are left.
    #[inline]
    pub(crate) fn require(&self, needed: usize) -> Result<(), DecodeError> {
        if needed > self.rest.len() { Err(self.truncated(needed)) } else { Ok(()) }
    }

    /// The error of an enum value that is not declared; the four bytes just read are its place.
    #[inline]
    #[must_use]
    pub fn invalid_enum(&self, name: &'static str, value: i32) -> DecodeError {
        self.error(Kind::Enum { name, value })
    }

    /// The error of a discriminant for which a union has no arm; the four bytes just read are its place.
    #[inline]
    #[must_use]
    pub fn invalid_discriminant(&self, union: &'static str, value: i64) -> DecodeError {
        self.error(Kind::Discriminant { union, value })
    }

    /// An error about the bytes just read.
    ///
    /// Errors are made of copies: a reader whose address no call gets to see stays in registers while it reads.
    #[inline]
    pub(crate) fn error(&self, kind: Kind) -> DecodeError {
        error_behind(kind, self.offset())
    }

    #[inline]
    fn truncated(&self, needed: usize) -> DecodeError {
        error_truncated(needed, self.remaining(), self.offset())
    }
}

#[cold]
fn error_behind(kind: Kind, offset: usize) -> DecodeError {
    let last = match kind {
        Kind::Padding => 1,
        Kind::Trailing(_) | Kind::TooDeep | Kind::HeapLimit | Kind::Utf8 => 0,
        _ => 4,
    };
    DecodeError::new(kind, offset.saturating_sub(last))
}

#[cold]
fn error_truncated(needed: usize, remaining: usize, offset: usize) -> DecodeError {
    DecodeError::new(Kind::Truncated { needed, remaining }, offset)
}

/// What is wrong with `len` bytes and their padding.
#[cold]
fn error_padded(mut from: Reader<'_>, len: usize) -> DecodeError {
    match from.take(len).and_then(|_| from.take(padding(len))) {
        Ok(_) => from.error(Kind::Padding),
        Err(error) => error,
    }
}

/// The first `len` bytes, and what is behind the zeros that fill them up to a multiple of four.
#[inline]
fn split_padded(bytes: &[u8], len: usize) -> Option<(&[u8], &[u8])> {
    let (taken, rest) = bytes.split_at_checked(len.checked_add(padding(len))?)?;
    is_padded(taken, len).then_some((taken.get(..len)?, rest))
}

/// Whether `bytes` end in zeros where `len` bytes of text or data end before them.
#[inline]
fn is_padded(bytes: &[u8], len: usize) -> bool {
    /// The bytes of the last four that are padding: none, the last, the last two, the last three.
    const PADDING: [u32; 4] = [0, 0xff, 0xffff, 0x00ff_ffff];
    let last = bytes.last_chunk().map_or(0, |last| u32::from_be_bytes(*last));
    PADDING.get(padding(len)).is_some_and(|padding| last & padding == 0)
}

/// The `len` bytes of UTF-8 behind their length, and what is behind their padding.
#[inline]
fn split_text(bytes: &[u8], len: usize) -> Option<(&str, &[u8])> {
    let (taken, rest) = bytes.split_at_checked(len.checked_add(4)?.checked_add(padding(len))?)?;
    if !is_padded(taken, len) {
        return None;
    }
    Some((text(taken.get(4..)?, len)?, rest))
}

/// The first `len` bytes, of which the others are padding, as text.
///
/// `from_utf8` looks at short texts byte by byte. Most of them are ASCII, which whole words at once show, and padding
/// is ASCII too.
#[inline]
fn text(padded: &[u8], len: usize) -> Option<&str> {
    if len <= SHORT
        && let Ok(text) = AsciiStr::from_ascii(padded)
    {
        return text.as_str().get(..len);
    }
    str::from_utf8(padded.get(..len)?).ok()
}

#[cfg(test)]
mod tests {
    use super::{SHORT, text};

    /// The short way says what the long way says.
    #[test]
    fn text_of_any_length() {
        for len in 0..2 * SHORT {
            let ascii = "x".repeat(len);
            for (place, other) in [(len, "ä"), (len / 2, "ä"), (0, "ä"), (len, ""), (len / 3, "€")]
            {
                let good = [&ascii[..place], other, &ascii[place..]].concat();
                let padded = [good.as_bytes(), &[0; 3]].concat();
                assert_eq!(text(&padded, good.len()), Some(good.as_str()));
                // A character that is cut short, at the end and within, and the same with zeros behind it.
                let cut = good.len() - (ascii.len() - place);
                if let Some(cut) = cut.checked_sub(1).filter(|cut| !good.is_char_boundary(*cut)) {
                    assert_eq!(text(&padded[..cut], cut), None);
                    assert_eq!(text(&[&padded[..cut], &[0; 3]].concat(), cut), None);
                    assert_eq!(text(&[&padded[..cut], b"xyz"].concat(), cut + 3), None);
                }
            }
        }
    }
}
