//! Opaque data as [`Bytes`], which may be a part of the message it came in.

use bytes::Bytes;

use super::{expect_len, put_len};
use crate::{DecodeError, DecodeWith, EncodeError, EncodeWith, FixedOpaque, Opaque, Reader, Sink};

/// Without a copy where the sink shares it ([`encode_into_parts`](crate::encode_into_parts)).
impl<const MAX: u32> EncodeWith<Bytes> for Opaque<MAX> {
    #[inline]
    fn encode_with<S: Sink + ?Sized>(value: &Bytes, to: &mut S) -> Result<(), EncodeError> {
        put_len(value.len(), MAX, "opaque", to)?;
        put(value, to);
        Ok(())
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

/// Without a copy where the sink shares it ([`encode_into_parts`](crate::encode_into_parts)).
impl<const LEN: u32> EncodeWith<Bytes> for FixedOpaque<LEN> {
    #[inline]
    fn encode_with<S: Sink + ?Sized>(value: &Bytes, to: &mut S) -> Result<(), EncodeError> {
        expect_len(value.len(), LEN)?;
        put(value, to);
        Ok(())
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

#[inline]
fn put<S: Sink + ?Sized>(value: &Bytes, to: &mut S) {
    to.put_shared(value);
    to.put_padding(value.len());
}
