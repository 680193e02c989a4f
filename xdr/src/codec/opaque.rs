//! `opaque<MAX>` and `opaque[LEN]` (RFC 4506 sections 4.9 and 4.10).

use super::{array_in_place, expect_len, put_len};
use crate::{DecodeError, DecodeWith, EncodeError, EncodeWith, Reader, Sink};

/// `opaque<MAX>`: at most `MAX` bytes, in `Vec<u8>`, `[u8]` or, borrowed, `&[u8]`; with the feature `bytes` in `Bytes`.
#[derive(Clone, Copy, Debug)]
pub struct Opaque<const MAX: u32 = { u32::MAX }>;

impl<const MAX: u32> EncodeWith<[u8]> for Opaque<MAX> {
    #[inline]
    fn encode_with<S: Sink + ?Sized>(value: &[u8], to: &mut S) -> Result<(), EncodeError> {
        put_len(value.len(), MAX, "opaque", to)?;
        to.put_padded(value);
        Ok(())
    }
}

impl<const MAX: u32> EncodeWith<Vec<u8>> for Opaque<MAX> {
    #[inline]
    fn encode_with<S: Sink + ?Sized>(value: &Vec<u8>, to: &mut S) -> Result<(), EncodeError> {
        <Self as EncodeWith<[u8]>>::encode_with(value, to)
    }
}

impl<const MAX: u32> EncodeWith<&[u8]> for Opaque<MAX> {
    #[inline]
    fn encode_with<S: Sink + ?Sized>(value: &&[u8], to: &mut S) -> Result<(), EncodeError> {
        <Self as EncodeWith<[u8]>>::encode_with(value, to)
    }
}

impl<'de, const MAX: u32> DecodeWith<'de, &'de [u8]> for Opaque<MAX> {
    const MIN_LEN: usize = 4;

    #[inline]
    fn decode_with(from: &mut Reader<'de>) -> Result<&'de [u8], DecodeError> {
        let len = from.take_len(MAX)?;
        from.take_padded(len)
    }

    #[inline]
    fn decode_array_with<const N: usize>(
        from: &mut Reader<'de>,
    ) -> Result<[&'de [u8]; N], DecodeError> {
        array_in_place::<Self, &'de [u8], N>(from)
    }
}

impl<'de, const MAX: u32> DecodeWith<'de, Vec<u8>> for Opaque<MAX> {
    const MIN_LEN: usize = 4;

    #[inline]
    fn decode_with(from: &mut Reader<'de>) -> Result<Vec<u8>, DecodeError> {
        let bytes: &[u8] = Self::decode_with(from)?;
        from.charge(bytes.len())?;
        Ok(bytes.to_vec())
    }
}

/// `opaque[LEN]`: exactly `LEN` bytes, in `[u8; N]` (with `N` equal to `LEN`), in `Vec<u8>` or, borrowed,
/// in `&[u8]`; with the feature `bytes` in `Bytes`.
#[derive(Clone, Copy, Debug)]
pub struct FixedOpaque<const LEN: u32>;

impl<const LEN: u32, const N: usize> EncodeWith<[u8; N]> for FixedOpaque<LEN> {
    #[inline]
    fn encode_with<S: Sink + ?Sized>(value: &[u8; N], to: &mut S) -> Result<(), EncodeError> {
        <Self as EncodeWith<[u8]>>::encode_with(value, to)
    }
}

impl<const LEN: u32> EncodeWith<[u8]> for FixedOpaque<LEN> {
    #[inline]
    fn encode_with<S: Sink + ?Sized>(value: &[u8], to: &mut S) -> Result<(), EncodeError> {
        expect_len(value.len(), LEN)?;
        to.put_padded(value);
        Ok(())
    }
}

impl<const LEN: u32> EncodeWith<Vec<u8>> for FixedOpaque<LEN> {
    #[inline]
    fn encode_with<S: Sink + ?Sized>(value: &Vec<u8>, to: &mut S) -> Result<(), EncodeError> {
        <Self as EncodeWith<[u8]>>::encode_with(value, to)
    }
}

impl<const LEN: u32> EncodeWith<&[u8]> for FixedOpaque<LEN> {
    #[inline]
    fn encode_with<S: Sink + ?Sized>(value: &&[u8], to: &mut S) -> Result<(), EncodeError> {
        <Self as EncodeWith<[u8]>>::encode_with(value, to)
    }
}

impl<'de, const LEN: u32> DecodeWith<'de, &'de [u8]> for FixedOpaque<LEN> {
    const MIN_LEN: usize = (LEN as usize).saturating_add(3) & !3;

    #[inline]
    fn decode_with(from: &mut Reader<'de>) -> Result<&'de [u8], DecodeError> {
        from.take_padded(LEN as usize)
    }

    #[inline]
    fn decode_array_with<const N: usize>(
        from: &mut Reader<'de>,
    ) -> Result<[&'de [u8]; N], DecodeError> {
        array_in_place::<Self, &'de [u8], N>(from)
    }
}

impl<'de, const LEN: u32, const N: usize> DecodeWith<'de, [u8; N]> for FixedOpaque<LEN> {
    const MIN_LEN: usize = N.saturating_add(3) & !3;

    #[inline]
    fn decode_with(from: &mut Reader<'de>) -> Result<[u8; N], DecodeError> {
        const { assert!(N == LEN as usize, "the array is not as long as its codec") };
        let mut value = [0; N];
        value.copy_from_slice(from.take_padded(N)?);
        Ok(value)
    }
}

impl<'de, const LEN: u32> DecodeWith<'de, Vec<u8>> for FixedOpaque<LEN> {
    const MIN_LEN: usize = (LEN as usize).saturating_add(3) & !3;

    #[inline]
    fn decode_with(from: &mut Reader<'de>) -> Result<Vec<u8>, DecodeError> {
        let bytes: &[u8] = Self::decode_with(from)?;
        from.charge(bytes.len())?;
        Ok(bytes.to_vec())
    }
}
