//! The types that are their own codec: numbers, bool, void (RFC 4506 sections 4.1 to 4.8, 4.16),
//! and references to them.

use crate::{
    Decode, DecodeError, DecodeErrorKind as Kind, Encode, EncodeError, Reader, Sink, codec, number,
};

/// A quadruple-precision floating-point number (RFC 4506 section 4.8), as its 16 bytes, most significant first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Quadruple(pub [u8; 16]);

macro_rules! number {
    ($($type:ty)*) => {$(
        impl Encode for $type {
            #[inline]
            fn encode<S: Sink + ?Sized>(&self, to: &mut S) -> Result<(), EncodeError> {
                to.put_bytes(&self.to_be_bytes());
                Ok(())
            }

            #[inline]
            fn encode_slice<S: Sink + ?Sized>(items: &[Self], to: &mut S) -> Result<(), EncodeError> {
                to.put_numbers(items);
                Ok(())
            }
        }

        impl<'de> Decode<'de> for $type {
            const MIN_LEN: usize = size_of::<Self>();

            #[inline]
            fn decode(from: &mut Reader<'de>) -> Result<Self, DecodeError> {
                from.take_array().map(Self::from_be_bytes)
            }

            #[inline]
            fn decode_into(from: &mut Reader<'de>, count: usize, items: &mut Vec<Self>) -> Result<(), DecodeError> {
                let bytes = from.take(count.saturating_mul(size_of::<Self>()))?;
                number::extend(items, bytes);
                Ok(())
            }

            #[inline]
            fn decode_array<const N: usize>(from: &mut Reader<'de>) -> Result<[Self; N], DecodeError> {
                from.take(N.saturating_mul(size_of::<Self>())).map(number::array)
            }
        }
    )*};
}

number! { i32 u32 i64 u64 f32 f64 }

impl Encode for Quadruple {
    #[inline]
    fn encode<S: Sink + ?Sized>(&self, to: &mut S) -> Result<(), EncodeError> {
        to.put_bytes(&self.0);
        Ok(())
    }
}

impl<'de> Decode<'de> for Quadruple {
    const MIN_LEN: usize = 16;

    #[inline]
    fn decode(from: &mut Reader<'de>) -> Result<Self, DecodeError> {
        from.take_array().map(Self)
    }

    #[inline]
    fn decode_array<const N: usize>(from: &mut Reader<'de>) -> Result<[Self; N], DecodeError> {
        codec::array_in_place::<Self, Self, N>(from)
    }
}

impl Encode for bool {
    #[inline]
    fn encode<S: Sink + ?Sized>(&self, to: &mut S) -> Result<(), EncodeError> {
        to.put(&u32::from(*self))
    }
}

impl<'de> Decode<'de> for bool {
    const MIN_LEN: usize = 4;

    #[inline]
    fn decode(from: &mut Reader<'de>) -> Result<Self, DecodeError> {
        match from.get::<u32>()? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(from.error(Kind::Bool(other))),
        }
    }

    #[inline]
    fn decode_array<const N: usize>(from: &mut Reader<'de>) -> Result<[Self; N], DecodeError> {
        codec::array_in_place::<Self, Self, N>(from)
    }
}

/// `void`: no bytes.
impl Encode for () {
    #[inline]
    fn encode<S: Sink + ?Sized>(&self, _to: &mut S) -> Result<(), EncodeError> {
        Ok(())
    }
}

impl<'de> Decode<'de> for () {
    const MIN_LEN: usize = 0;

    #[inline]
    fn decode(_from: &mut Reader<'de>) -> Result<Self, DecodeError> {
        Ok(())
    }
}

impl<T: Encode + ?Sized> Encode for &T {
    #[inline]
    fn encode<S: Sink + ?Sized>(&self, to: &mut S) -> Result<(), EncodeError> {
        (**self).encode(to)
    }
}

impl<T: Encode + ?Sized> Encode for Box<T> {
    #[inline]
    fn encode<S: Sink + ?Sized>(&self, to: &mut S) -> Result<(), EncodeError> {
        (**self).encode(to)
    }
}

impl<'de, T: Decode<'de>> Decode<'de> for Box<T> {
    const MIN_LEN: usize = T::MIN_LEN;

    #[inline]
    fn decode(from: &mut Reader<'de>) -> Result<Self, DecodeError> {
        from.charge(size_of::<T>())?;
        from.get().map(Box::new)
    }
}
