//! The codecs that a `.x` declaration names: one for each way a Rust type may travel.

mod array;
#[cfg(feature = "bytes")]
mod bytes;
mod opaque;
mod optional;
mod raw;
mod small;
mod string;

pub use array::{Array, FixedArray};
pub(crate) use array::{array_by_vec, array_in_place};
pub use opaque::{FixedOpaque, Opaque};
pub use optional::{List, Optional};
pub use raw::Raw;
pub use small::Small;
pub use string::Str;

use crate::{EncodeError, Sink};

/// Appends a length after checking it against its bound.
#[inline]
fn put_len<S: Sink + ?Sized>(
    len: usize,
    max: u32,
    what: &'static str,
    to: &mut S,
) -> Result<(), EncodeError> {
    match u32::try_from(len) {
        Ok(short) if short <= max => to.put(&short),
        _ => Err(EncodeError::TooLong { what, len, max }),
    }
}

/// Checks a fixed length.
#[inline]
fn expect_len(len: usize, expected: u32) -> Result<(), EncodeError> {
    match u32::try_from(len) {
        Ok(short) if short == expected => Ok(()),
        _ => Err(EncodeError::WrongLength { len, expected }),
    }
}
