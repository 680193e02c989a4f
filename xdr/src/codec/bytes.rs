//! Opaque data as [`Bytes`], which may be a part of the message it came in.

use bytes::Bytes;

use crate::{DecodeError, DecodeWith, EncodeError, EncodeWith, FixedOpaque, Opaque, Reader, Sink};

impl<const MAX: u32> EncodeWith<Bytes> for Opaque<MAX> {
    #[inline]
    fn encode_with<S: Sink + ?Sized>(value: &Bytes, to: &mut S) -> Result<(), EncodeError> {
        <Self as EncodeWith<[u8]>>::encode_with(value, to)
    }
}

/// Without a copy where the reader shares its input ([`Reader::sharing`]).
impl<'de, const MAX: u32> DecodeWith<'de, Bytes> for Opaque<MAX> {
    const MIN_LEN: usize = 4;

    #[inline]
    fn decode_with(from: &mut Reader<'de>) -> Result<Bytes, DecodeError> {
        let bytes: &[u8] = Self::decode_with(from)?;
        from.bytes(bytes)
    }
}

impl<const LEN: u32> EncodeWith<Bytes> for FixedOpaque<LEN> {
    #[inline]
    fn encode_with<S: Sink + ?Sized>(value: &Bytes, to: &mut S) -> Result<(), EncodeError> {
        <Self as EncodeWith<[u8]>>::encode_with(value, to)
    }
}

/// Without a copy where the reader shares its input ([`Reader::sharing`]).
impl<'de, const LEN: u32> DecodeWith<'de, Bytes> for FixedOpaque<LEN> {
    const MIN_LEN: usize = (LEN as usize).saturating_add(3) & !3;

    #[inline]
    fn decode_with(from: &mut Reader<'de>) -> Result<Bytes, DecodeError> {
        let bytes: &[u8] = Self::decode_with(from)?;
        from.bytes(bytes)
    }
}
