//! Collections of types that are their own codec are theirs too: `Vec<i32>` is `int<>`, `Option<T>` is `T *`,
//! `[T; N]` is `T[N]`, `String` is `string<>`. Bounds need a codec by name.

use crate::{
    Array, Decode, DecodeError, DecodeWith, Encode, EncodeError, EncodeWith, Optional, Reader,
    Sink, Str,
};

/// `impl Encode` and `impl Decode` for `$type` by way of `$codec`.
macro_rules! natural {
    (encode $type:ty, $codec:ty $(, $param:ident)?) => {
        impl<$($param: Encode)?> Encode for $type {
            #[inline]
            fn encode<S: Sink + ?Sized>(&self, to: &mut S) -> Result<(), EncodeError> {
                <$codec as EncodeWith<Self>>::encode_with(self, to)
            }
        }
    };
    (decode $type:ty, $codec:ty $(, $param:ident)?) => {
        impl<'de $(, $param: Decode<'de>)?> Decode<'de> for $type {
            const MIN_LEN: usize = 4;

            #[inline]
            fn decode(from: &mut Reader<'de>) -> Result<Self, DecodeError> {
                <$codec as DecodeWith<'de, Self>>::decode_with(from)
            }
        }
    };
}

natural!(encode str, Str);
natural!(encode String, Str);
natural!(decode String, Str);
natural!(decode &'de str, Str);
natural!(encode[T], Array<T>, T);
natural!(encode Vec<T>, Array<T>, T);
natural!(decode Vec<T>, Array<T>, T);
natural!(encode Option<T>, Optional<T>, T);
natural!(decode Option<T>, Optional<T>, T);

impl<T: Encode, const N: usize> Encode for [T; N] {
    #[inline]
    fn encode<S: Sink + ?Sized>(&self, to: &mut S) -> Result<(), EncodeError> {
        T::encode_slice(self, to)
    }
}

impl<'de, T: Decode<'de>, const N: usize> Decode<'de> for [T; N] {
    const MIN_LEN: usize = T::MIN_LEN.saturating_mul(N);

    #[inline]
    fn decode(from: &mut Reader<'de>) -> Result<Self, DecodeError> {
        T::decode_array(from)
    }
}
