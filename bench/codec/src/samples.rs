//! The values that are timed: the same as in `c/codec.c`.

use sunrpc_xdr::{Array, Decode, DecodeError, Encode, EncodeError, Reader, Sink, Str};

use crate::batch::{Batch, Blob, Fixed, ITEM_NAME_MAX, Item, NUMBERS, Note, Numbers};

const ITEMS: u32 = 1000;

/// A batch that borrows from its bytes, in the shape that rpcgen gives owned types.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BorrowedBatch<'de> {
    /// As in [`Batch`].
    pub(crate) items: Vec<BorrowedItem<'de>>,
}

/// An item whose name lies in the bytes it was read from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BorrowedItem<'de> {
    /// As in [`Item`].
    pub(crate) id: i32,
    /// As in [`Item`].
    pub(crate) stamp: u64,
    /// As in [`Item`].
    pub(crate) name: &'de str,
    /// As in [`Item`].
    pub(crate) value: f64,
}

impl Encode for BorrowedItem<'_> {
    fn encode<S: Sink + ?Sized>(&self, to: &mut S) -> Result<(), EncodeError> {
        to.put(&self.id)?;
        to.put(&self.stamp)?;
        to.put_as::<Str<ITEM_NAME_MAX>, _>(&self.name)?;
        to.put(&self.value)
    }
}

impl<'de> Decode<'de> for BorrowedItem<'de> {
    const MIN_LEN: usize = 24;

    fn decode(from: &mut Reader<'de>) -> Result<Self, DecodeError> {
        Ok(Self {
            id: from.get()?,
            stamp: from.get()?,
            name: from.get_as::<Str<ITEM_NAME_MAX>, _>()?,
            value: from.get()?,
        })
    }
}

impl<'de> Decode<'de> for BorrowedBatch<'de> {
    const MIN_LEN: usize = 4;

    fn decode(from: &mut Reader<'de>) -> Result<Self, DecodeError> {
        Ok(Self { items: from.get_as::<Array<BorrowedItem<'de>>, _>()? })
    }
}

/// Names of nearly one length, as numbered things have them.
pub(crate) fn even_batch() -> Batch {
    batch(|i| format!("instrument{i}"))
}

/// Names of every length up to 63, in no order that a branch predictor learns.
pub(crate) fn mixed_batch() -> Batch {
    let mut state = 1_u32;
    batch(|i| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let letter = b'a' + u8::try_from(i % 26).unwrap_or_default();
        String::from(char::from(letter)).repeat((state >> 26) as usize)
    })
}

fn batch(mut name: impl FnMut(u32) -> String) -> Batch {
    let item = |i: u32| Item {
        id: i.cast_signed(),
        stamp: 1_700_000_000_000_000_000 + u64::from(i),
        name: name(i),
        value: f64::from(i) * 0.5,
    };
    Batch { items: (0..ITEMS).map(item).collect() }
}

/// The items of the even batch, as messages of their own.
pub(crate) fn notes() -> Vec<Note> {
    let note = |Item { id, stamp, name, value }| Note { id, stamp, name, value };
    even_batch().items.into_iter().map(note).collect()
}

/// 256 KiB of numbers, after their count.
pub(crate) fn numbers() -> Numbers {
    Numbers { values: (0..NUMBERS).map(|i| i.cast_signed() * 7).collect() }
}

/// The same without a count.
pub(crate) fn fixed() -> Fixed {
    Fixed { values: numbers().values }
}

/// 256 KiB of bytes.
pub(crate) fn blob() -> Blob {
    Blob { data: (0..NUMBERS * 4).map(|i| i.to_le_bytes()[0]).collect() }
}
