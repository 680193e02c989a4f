//! `T *` (RFC 4506 section 4.19): an optional value, and the list that a tail of such pointers makes.

use std::marker::PhantomData;

use crate::{DecodeError, DecodeWith, EncodeError, EncodeWith, Reader, Sink};

/// `T *`: a value in codec `C` or none, in `Option<T>`.
#[derive(Clone, Copy, Debug)]
pub struct Optional<C>(PhantomData<C>);

impl<C: EncodeWith<V>, V> EncodeWith<Option<V>> for Optional<C> {
    #[inline]
    fn encode_with<S: Sink + ?Sized>(value: &Option<V>, to: &mut S) -> Result<(), EncodeError> {
        to.put(&value.is_some())?;
        value.as_ref().map_or(Ok(()), |value| C::encode_with(value, to))
    }
}

impl<'de, C: DecodeWith<'de, V>, V> DecodeWith<'de, Option<V>> for Optional<C> {
    const MIN_LEN: usize = 4;

    #[inline]
    fn decode_with(from: &mut Reader<'de>) -> Result<Option<V>, DecodeError> {
        if from.get()? { C::decode_with(from).map(Some) } else { Ok(None) }
    }
}

/// A list of nodes that each end in `node *next`, as `Vec<T>` of nodes without that pointer.
///
/// Read and written in a loop, so that a long list needs no stack.
#[derive(Clone, Copy, Debug)]
pub struct List<C>(PhantomData<C>);

impl<C: EncodeWith<V>, V> EncodeWith<[V]> for List<C> {
    #[inline]
    fn encode_with<S: Sink + ?Sized>(value: &[V], to: &mut S) -> Result<(), EncodeError> {
        for item in value {
            to.put(&true)?;
            C::encode_with(item, to)?;
        }
        to.put(&false)
    }
}

impl<C: EncodeWith<V>, V> EncodeWith<Vec<V>> for List<C> {
    #[inline]
    fn encode_with<S: Sink + ?Sized>(value: &Vec<V>, to: &mut S) -> Result<(), EncodeError> {
        <Self as EncodeWith<[V]>>::encode_with(value, to)
    }
}

impl<'de, C: DecodeWith<'de, V>, V> DecodeWith<'de, Vec<V>> for List<C> {
    const MIN_LEN: usize = 4;

    fn decode_with(from: &mut Reader<'de>) -> Result<Vec<V>, DecodeError> {
        let mut items = Vec::new();
        while from.get()? {
            if items.len() == items.capacity() {
                grow::<C, V>(from, &mut items)?;
            }
            items.push(C::decode_with(from)?);
        }
        Ok(items)
    }
}

/// Doubles the room for `items`, but never beyond what the input could still fill.
fn grow<'de, C: DecodeWith<'de, V>, V>(
    from: &mut Reader<'de>,
    items: &mut Vec<V>,
) -> Result<(), DecodeError> {
    let node = C::MIN_LEN.saturating_add(4);
    let fillable = from.remaining().checked_div(node).unwrap_or_default().max(1);
    let more = items.len().clamp(4, 1 << 20).min(fillable);
    from.charge(more.saturating_mul(size_of::<V>()))?;
    // While the items move, the old room stands beside the new.
    from.can_afford(items.capacity().saturating_mul(size_of::<V>()))?;
    items.reserve_exact(more);
    Ok(())
}
