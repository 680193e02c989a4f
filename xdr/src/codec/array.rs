//! `T<MAX>` and `T[LEN]` (RFC 4506 sections 4.12 and 4.13).

use std::marker::PhantomData;

use super::{expect_len, put_len};
use crate::{
    DecodeError, DecodeErrorKind as Kind, DecodeWith, EncodeError, EncodeWith, Reader, Sink,
};

/// `T<MAX>`: at most `MAX` items in codec `C`, in `Vec<T>` or `[T]`.
#[derive(Clone, Copy, Debug)]
pub struct Array<C, const MAX: u32 = { u32::MAX }>(PhantomData<C>);

impl<C: EncodeWith<V>, V, const MAX: u32> EncodeWith<[V]> for Array<C, MAX> {
    #[inline]
    fn encode_with<S: Sink + ?Sized>(value: &[V], to: &mut S) -> Result<(), EncodeError> {
        put_len(value.len(), MAX, "array", to)?;
        C::encode_slice_with(value, to)
    }
}

impl<C: EncodeWith<V>, V, const MAX: u32> EncodeWith<Vec<V>> for Array<C, MAX> {
    #[inline]
    fn encode_with<S: Sink + ?Sized>(value: &Vec<V>, to: &mut S) -> Result<(), EncodeError> {
        <Self as EncodeWith<[V]>>::encode_with(value, to)
    }
}

impl<'de, C: DecodeWith<'de, V>, V, const MAX: u32> DecodeWith<'de, Vec<V>> for Array<C, MAX> {
    const MIN_LEN: usize = 4;

    #[inline]
    fn decode_with(from: &mut Reader<'de>) -> Result<Vec<V>, DecodeError> {
        let count = from.take_len(MAX)?;
        items::<C, V>(from, count)
    }
}

/// `T[LEN]`: exactly `LEN` items in codec `C`, in `[T; N]` (with `N` equal to `LEN`) or in `Vec<T>`.
#[derive(Clone, Copy, Debug)]
pub struct FixedArray<C, const LEN: u32>(PhantomData<C>);

impl<C: EncodeWith<V>, V, const LEN: u32> EncodeWith<[V]> for FixedArray<C, LEN> {
    #[inline]
    fn encode_with<S: Sink + ?Sized>(value: &[V], to: &mut S) -> Result<(), EncodeError> {
        expect_len(value.len(), LEN)?;
        C::encode_slice_with(value, to)
    }
}

impl<C: EncodeWith<V>, V, const LEN: u32, const N: usize> EncodeWith<[V; N]>
    for FixedArray<C, LEN>
{
    #[inline]
    fn encode_with<S: Sink + ?Sized>(value: &[V; N], to: &mut S) -> Result<(), EncodeError> {
        <Self as EncodeWith<[V]>>::encode_with(value, to)
    }
}

impl<C: EncodeWith<V>, V, const LEN: u32> EncodeWith<Vec<V>> for FixedArray<C, LEN> {
    #[inline]
    fn encode_with<S: Sink + ?Sized>(value: &Vec<V>, to: &mut S) -> Result<(), EncodeError> {
        <Self as EncodeWith<[V]>>::encode_with(value, to)
    }
}

impl<'de, C: DecodeWith<'de, V>, V, const LEN: u32> DecodeWith<'de, Vec<V>> for FixedArray<C, LEN> {
    const MIN_LEN: usize = C::MIN_LEN.saturating_mul(LEN as usize);

    #[inline]
    fn decode_with(from: &mut Reader<'de>) -> Result<Vec<V>, DecodeError> {
        items::<C, V>(from, LEN as usize)
    }
}

impl<'de, C: DecodeWith<'de, V>, V, const LEN: u32, const N: usize> DecodeWith<'de, [V; N]>
    for FixedArray<C, LEN>
{
    const MIN_LEN: usize = C::MIN_LEN.saturating_mul(N);

    #[inline]
    fn decode_with(from: &mut Reader<'de>) -> Result<[V; N], DecodeError> {
        const { assert!(N == LEN as usize, "the array is not as long as its codec") };
        C::decode_array_with(from)
    }
}

/// Reads exactly `N` items, of a type that has no value to fill an array with before they are read.
pub(crate) fn array_by_vec<'de, C: DecodeWith<'de, V> + ?Sized, V, const N: usize>(
    from: &mut Reader<'de>,
) -> Result<[V; N], DecodeError> {
    let items = items::<C, V>(from, N)?;
    items.try_into().map_err(|short: Vec<V>| {
        from.error(Kind::Truncated {
            needed: N.saturating_sub(short.len()),
            remaining: from.remaining(),
        })
    })
}

/// Reads exactly `N` items in place, of a type that has a value to fill an array with before they are read.
#[inline]
pub(crate) fn array_in_place<
    'de,
    C: DecodeWith<'de, V> + ?Sized,
    V: Copy + Default,
    const N: usize,
>(
    from: &mut Reader<'de>,
) -> Result<[V; N], DecodeError> {
    from.require(C::MIN_LEN.saturating_mul(N))?;
    let mut items = [V::default(); N];
    for item in &mut items {
        *item = C::decode_with(from)?;
    }
    Ok(items)
}

/// Reads `count` items.
#[inline]
fn items<'de, C: DecodeWith<'de, V> + ?Sized, V>(
    from: &mut Reader<'de>,
    count: usize,
) -> Result<Vec<V>, DecodeError> {
    let mut items = from.vec(count, C::MIN_LEN)?;
    C::decode_into_with(from, count, &mut items)?;
    Ok(items)
}
