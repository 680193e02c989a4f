//! Encoded bytes whose long opaque data is not copied but shared.

#[cfg(feature = "bytes")]
use bytes::Bytes;

use crate::{EncodeError, EncodeWith, encode_measured, measure};
#[cfg(feature = "bytes")]
use crate::{Sink, number, number::Number};

/// From how many bytes on opaque data is shared: copying fewer costs less than one more piece to write.
#[cfg(feature = "bytes")]
pub(crate) const LONG: usize = 16 << 10;

/// Opaque data that belongs between encoded bytes without lying among them. Only `bytes::Bytes` of 16 KiB or more
/// do that, so without the feature `bytes` there never is any.
///
/// ```
/// use sunrpc_xdr::{Opaque, Parts, bytes::Bytes, encode_into_parts};
///
/// let file = Bytes::from(vec![7; 20_000]);
/// let (mut bytes, mut parts) = (Vec::new(), Parts::default());
/// encode_into_parts::<Opaque, Bytes>(&file, &mut bytes, &mut parts)?;
/// assert_eq!((bytes.len(), parts.len()), (4, 20_000));
/// let pieces: Vec<&[u8]> = parts.between(&bytes).collect();
/// assert_eq!(pieces[1].as_ptr(), file.as_ptr());
/// # Ok::<(), sunrpc_xdr::EncodeError>(())
/// ```
#[derive(Debug, Default)]
pub struct Parts {
    /// Each with how many of the encoded bytes stand before it, in their order.
    #[cfg(feature = "bytes")]
    list: Vec<(usize, Bytes)>,
}

impl Parts {
    /// None.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            #[cfg(feature = "bytes")]
            list: Vec::new(),
        }
    }

    /// Whether there is none: then the encoded bytes are all there is.
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        #[cfg(feature = "bytes")]
        return self.list.is_empty();
        #[cfg(not(feature = "bytes"))]
        true
    }

    /// How many bytes they have together.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.iter().map(|(_, part)| part.len()).sum()
    }

    /// Lets go of them.
    #[inline]
    pub fn clear(&mut self) {
        #[cfg(feature = "bytes")]
        self.list.clear();
    }

    /// The pieces of what was encoded into `bytes` and these, in their order.
    pub fn between<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        let ends = self.iter().map(|(at, _)| at).chain([bytes.len()]);
        let mut start = 0;
        let pieces = ends
            .map(move |end| bytes.get(std::mem::replace(&mut start, end)..end).unwrap_or_default());
        let parts = self.iter().map(|(_, part)| part).chain([&[][..]]);
        pieces.zip(parts).flat_map(<[&[u8]; 2]>::from).filter(|piece| !piece.is_empty())
    }

    #[cfg(feature = "bytes")]
    fn iter(&self) -> impl Iterator<Item = (usize, &[u8])> {
        self.list.iter().map(|(at, part)| (*at, &part[..]))
    }

    #[cfg(not(feature = "bytes"))]
    fn iter(&self) -> impl Iterator<Item = (usize, &[u8])> {
        std::iter::empty()
    }
}

/// Appends `value` in codec `C`, but for long opaque data that can be shared: that goes to `parts`. On an error both
/// are as they were.
///
/// # Errors
///
/// A declared bound that the value exceeds.
#[inline]
pub fn encode_into_parts<C: EncodeWith<V> + ?Sized, V: ?Sized>(
    value: &V,
    bytes: &mut Vec<u8>,
    parts: &mut Parts,
) -> Result<(), EncodeError> {
    let counter = measure::<C, V>(value)?;
    #[cfg(feature = "bytes")]
    if counter.shared() > 0 {
        return share::<C, V>(value, counter.len().saturating_sub(counter.shared()), bytes, parts);
    }
    let _ = parts;
    encode_measured::<C, V>(value, &counter, bytes)
}

/// Appends a value that has `room` bytes besides what is shared.
#[cfg(feature = "bytes")]
fn share<C: EncodeWith<V> + ?Sized, V: ?Sized>(
    value: &V,
    room: usize,
    bytes: &mut Vec<u8>,
    parts: &mut Parts,
) -> Result<(), EncodeError> {
    bytes.reserve(room);
    let (start, before) = (bytes.len(), parts.list.len());
    C::encode_with(value, &mut Sharing { bytes, list: &mut parts.list }).inspect_err(|_| {
        bytes.truncate(start);
        parts.list.truncate(before);
    })
}

/// Copies what is short, and shares what is long.
#[cfg(feature = "bytes")]
struct Sharing<'a> {
    bytes: &'a mut Vec<u8>,
    list: &'a mut Vec<(usize, Bytes)>,
}

#[cfg(feature = "bytes")]
impl Sink for Sharing<'_> {
    #[inline]
    fn put_bytes(&mut self, bytes: &[u8]) {
        self.bytes.put_bytes(bytes);
    }

    #[inline]
    fn put_numbers<T: Number>(&mut self, items: &[T]) {
        number::append(items, self.bytes);
    }

    fn put_shared(&mut self, bytes: &Bytes) {
        if bytes.len() < LONG {
            self.bytes.put_bytes(bytes);
        } else {
            self.list.push((self.bytes.len(), bytes.clone()));
        }
    }
}
