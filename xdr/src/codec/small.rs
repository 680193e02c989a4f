//! `char` and `short`, which travel as an `int` or `unsigned int` (a dialect of C's rpcgen).

use crate::{
    DecodeError, DecodeErrorKind as Kind, DecodeWith, EncodeError, EncodeWith, Reader, Sink,
};

/// `char`, `short` and their unsigned kin: `i8`, `i16`, `u8`, `u16` in four bytes each.
#[derive(Clone, Copy, Debug)]
pub struct Small;

macro_rules! small {
    ($($type:ty as $wide:ty;)*) => {$(
        impl EncodeWith<$type> for Small {
            #[inline]
            fn encode_with<S: Sink + ?Sized>(value: &$type, to: &mut S) -> Result<(), EncodeError> {
                to.put(&<$wide>::from(*value))
            }
        }

        impl<'de> DecodeWith<'de, $type> for Small {
            const MIN_LEN: usize = 4;

            #[inline]
            fn decode_with(from: &mut Reader<'de>) -> Result<$type, DecodeError> {
                let wide: $wide = from.get()?;
                <$type>::try_from(wide).map_err(|_| from.error(Kind::OutOfRange(i64::from(wide))))
            }

            #[inline]
            fn decode_array_with<const N: usize>(from: &mut Reader<'de>) -> Result<[$type; N], DecodeError> {
                super::array_in_place::<Self, $type, N>(from)
            }
        }
    )*};
}

small! {
    i8 as i32;
    i16 as i32;
    u8 as u32;
    u16 as u32;
}
