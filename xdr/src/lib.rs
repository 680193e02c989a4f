//! XDR (RFC 4506): a bounded codec over byte slices.
//!
//! A type that has one wire form implements [`Encode`] and [`Decode`] and is *its own codec*: `i32`, `bool`,
//! every struct, enum and union that `rpcgen` emits. Where one Rust type has several wire forms (a `Vec<u8>`
//! may be `opaque<16>` or `opaque<>`), a *codec* says which: [`Str`], [`Opaque`], [`FixedOpaque`], [`Array`],
//! [`FixedArray`], [`Optional`], [`List`], [`Small`], [`Raw`]. Codecs nest: `Array<Str<64>, 10>` reads and writes a
//! `Vec<String>`, at most ten strings of at most 64 bytes each.
//!
//! ```
//! use sunrpc_xdr::{Array, Reader, Sink, Str};
//!
//! let names = vec!["ada".to_owned(), "grace".to_owned()];
//! let mut bytes = Vec::new();
//! bytes.put_as::<Array<Str<64>, 10>, _>(&names)?;
//! assert_eq!(bytes.len(), 4 + (4 + 4) + (4 + 8));
//!
//! let mut from = Reader::new(&bytes);
//! let back: Vec<String> = from.get_as::<Array<Str<64>, 10>, _>()?;
//! from.finish()?;
//! assert_eq!(back, names);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Without a copy
//!
//! Text and opaque data may be borrowed from the input: `&str` and `&[u8]` are values of [`Str`] and [`Opaque`] too,
//! and types that `rpcgen` emits may hold those; [`IntoOwned`] makes them own what they hold.
//! With the feature `bytes`, opaque data may also be `bytes::Bytes`; what a `Reader::shared` reads is then a part of
//! its input, and stays when the input goes; [`encode_into_parts`] goes the other way. The feature `serde` is for
//! [`Quadruple`] and `Bytes`.
//!
//! # What it refuses
//!
//! A decoder here allocates nothing that the bytes present cannot fill, never recurses deeper than
//! [`Limits::max_depth`], never uses more heap than [`Limits::heap_factor`] times the input, and accepts only the
//! canonical form: a bool is 0 or 1, an enum has a declared value, padding is zero, a declared bound holds, and
//! [`decode`] leaves no byte over.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

mod codec;
mod error;
mod natural;
mod number;
mod owned;
mod parts;
mod primitive;
mod reader;
#[cfg(feature = "bytes")]
mod shared;
mod sink;
mod window;

#[cfg(feature = "bytes")]
pub use bytes;
pub use codec::{Array, FixedArray, FixedOpaque, List, Opaque, Optional, Raw, Small, Str};
pub use error::{DecodeError, DecodeErrorKind, EncodeError};
pub use number::Number;
pub use owned::{IntoOwned, owned};
pub use parts::{Parts, encode_into_parts};
pub use primitive::Quadruple;
pub use reader::{Limits, Reader};
pub use sink::{Counter, Sink};

/// A value that has one XDR form and can be written in it.
pub trait Encode {
    /// Appends the value to `to`: always a multiple of four bytes.
    ///
    /// # Errors
    ///
    /// A declared bound that the value exceeds. What was appended until then stays; [`encode_into`] takes it back.
    fn encode<S: Sink + ?Sized>(&self, to: &mut S) -> Result<(), EncodeError>;

    /// Appends every item in order; number types do it in bulk.
    ///
    /// # Errors
    ///
    /// The first item's that cannot be encoded.
    fn encode_slice<S: Sink + ?Sized>(items: &[Self], to: &mut S) -> Result<(), EncodeError>
    where
        Self: Sized,
    {
        items.iter().try_for_each(|item| item.encode(to))
    }
}

/// A value that has one XDR form and can be read from it; `'de` is how long the input lives, for what borrows from it.
pub trait Decode<'de>: Sized {
    /// The least number of bytes a value takes: what bounds an array's count before anything is allocated.
    const MIN_LEN: usize;

    /// Reads one value.
    ///
    /// # Errors
    ///
    /// See [`DecodeErrorKind`].
    fn decode(from: &mut Reader<'de>) -> Result<Self, DecodeError>;

    /// Appends `count` values to `items`, which has room for them; number types do it in bulk.
    ///
    /// # Errors
    ///
    /// The first item's that cannot be decoded.
    fn decode_into(
        from: &mut Reader<'de>,
        count: usize,
        items: &mut Vec<Self>,
    ) -> Result<(), DecodeError> {
        from.each(count, |from| Self::decode(from).map(|item| items.push(item)))
    }

    /// Reads exactly `N` values; numbers and bools do it in place, without a vector.
    ///
    /// # Errors
    ///
    /// The first item's that cannot be decoded.
    #[inline]
    fn decode_array<const N: usize>(from: &mut Reader<'de>) -> Result<[Self; N], DecodeError> {
        codec::array_by_vec::<Self, Self, N>(from)
    }
}

/// A type that decodes without borrowing from its input.
pub trait DecodeOwned: for<'de> Decode<'de> {}
impl<T: for<'de> Decode<'de>> DecodeOwned for T {}

/// A codec that writes values of type `V`. Every [`Encode`] type is the codec of itself.
pub trait EncodeWith<V: ?Sized> {
    /// Appends `value` to `to`.
    ///
    /// # Errors
    ///
    /// A declared bound that the value exceeds.
    fn encode_with<S: Sink + ?Sized>(value: &V, to: &mut S) -> Result<(), EncodeError>;

    /// Appends every item in order.
    ///
    /// # Errors
    ///
    /// The first item's that cannot be encoded.
    fn encode_slice_with<S: Sink + ?Sized>(items: &[V], to: &mut S) -> Result<(), EncodeError>
    where
        V: Sized,
    {
        items.iter().try_for_each(|item| Self::encode_with(item, to))
    }
}

/// A codec that reads values of type `V`. Every [`Decode`] type is the codec of itself.
pub trait DecodeWith<'de, V> {
    /// The least number of bytes a value takes.
    const MIN_LEN: usize;

    /// Reads one value.
    ///
    /// # Errors
    ///
    /// See [`DecodeErrorKind`].
    fn decode_with(from: &mut Reader<'de>) -> Result<V, DecodeError>;

    /// Appends `count` values to `items`, which has room for them.
    ///
    /// # Errors
    ///
    /// The first item's that cannot be decoded.
    fn decode_into_with(
        from: &mut Reader<'de>,
        count: usize,
        items: &mut Vec<V>,
    ) -> Result<(), DecodeError> {
        from.each(count, |from| Self::decode_with(from).map(|item| items.push(item)))
    }

    /// Reads exactly `N` values.
    ///
    /// # Errors
    ///
    /// The first item's that cannot be decoded.
    #[inline]
    fn decode_array_with<const N: usize>(from: &mut Reader<'de>) -> Result<[V; N], DecodeError> {
        codec::array_by_vec::<Self, V, N>(from)
    }
}

impl<T: Encode + ?Sized> EncodeWith<T> for T {
    #[inline]
    fn encode_with<S: Sink + ?Sized>(value: &T, to: &mut S) -> Result<(), EncodeError> {
        value.encode(to)
    }

    #[inline]
    fn encode_slice_with<S: Sink + ?Sized>(items: &[T], to: &mut S) -> Result<(), EncodeError>
    where
        T: Sized,
    {
        T::encode_slice(items, to)
    }
}

impl<'de, T: Decode<'de>> DecodeWith<'de, T> for T {
    const MIN_LEN: usize = T::MIN_LEN;

    #[inline]
    fn decode_with(from: &mut Reader<'de>) -> Result<T, DecodeError> {
        T::decode(from)
    }

    #[inline]
    fn decode_into_with(
        from: &mut Reader<'de>,
        count: usize,
        items: &mut Vec<T>,
    ) -> Result<(), DecodeError> {
        T::decode_into(from, count, items)
    }

    #[inline]
    fn decode_array_with<const N: usize>(from: &mut Reader<'de>) -> Result<[T; N], DecodeError> {
        T::decode_array(from)
    }
}

/// The XDR form of `value`, in a buffer of exactly its length.
///
/// # Errors
///
/// A declared bound that the value exceeds.
pub fn encode<T: Encode + ?Sized>(value: &T) -> Result<Vec<u8>, EncodeError> {
    let mut bytes = Vec::new();
    encode_into::<T, T>(value, &mut bytes)?;
    Ok(bytes)
}

/// Appends `value` in codec `C`; on an error `bytes` is as it was.
///
/// The value is measured first, so the buffer grows at most once.
///
/// # Errors
///
/// A declared bound that the value exceeds.
pub fn encode_into<C: EncodeWith<V> + ?Sized, V: ?Sized>(
    value: &V,
    bytes: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    encode_measured::<C, V>(value, &measure::<C, V>(value)?, bytes)
}

/// The number of bytes `value` takes in codec `C`.
///
/// # Errors
///
/// A declared bound that the value exceeds.
pub fn encoded_len<C: EncodeWith<V> + ?Sized, V: ?Sized>(value: &V) -> Result<usize, EncodeError> {
    Ok(measure::<C, V>(value)?.len())
}

#[inline]
fn measure<C: EncodeWith<V> + ?Sized, V: ?Sized>(value: &V) -> Result<Counter, EncodeError> {
    let mut counter = Counter::default();
    C::encode_with(value, &mut counter)?;
    Ok(counter)
}

/// Appends a value that was measured; on an error `bytes` is as it was.
#[inline]
fn encode_measured<C: EncodeWith<V> + ?Sized, V: ?Sized>(
    value: &V,
    counter: &Counter,
    bytes: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let start = bytes.len();
    bytes.reserve(counter.len());
    if window::encode::<C, V>(value, counter, bytes) {
        return Ok(());
    }
    bytes.truncate(start);
    C::encode_with(value, bytes).inspect_err(|_| bytes.truncate(start))
}

/// Reads one value that takes all of `bytes`, under the default [`Limits`].
///
/// # Errors
///
/// See [`DecodeErrorKind`]; bytes left over are one of them.
pub fn decode<'de, T: Decode<'de>>(bytes: &'de [u8]) -> Result<T, DecodeError> {
    let mut from = Reader::new(bytes);
    let value = from.get()?;
    from.finish()?;
    Ok(value)
}
