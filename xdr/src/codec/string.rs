//! `string<MAX>` (RFC 4506 section 4.11).

use super::{array_in_place, put_len};
use crate::{
    DecodeError, DecodeErrorKind as Kind, DecodeWith, EncodeError, EncodeWith, Reader, Sink,
};

/// `string<MAX>`: at most `MAX` bytes of UTF-8, in `String`, `str` or, borrowed, `&str`.
///
/// RFC 4506 says ASCII; the field sends UTF-8, of which ASCII is part. Anything else is an error, not a guess.
#[derive(Clone, Copy, Debug)]
pub struct Str<const MAX: u32 = { u32::MAX }>;

impl<const MAX: u32> EncodeWith<str> for Str<MAX> {
    #[inline]
    fn encode_with<S: Sink + ?Sized>(value: &str, to: &mut S) -> Result<(), EncodeError> {
        put_len(value.len(), MAX, "string", to)?;
        to.put_padded(value.as_bytes());
        Ok(())
    }
}

impl<const MAX: u32> EncodeWith<String> for Str<MAX> {
    #[inline]
    fn encode_with<S: Sink + ?Sized>(value: &String, to: &mut S) -> Result<(), EncodeError> {
        <Self as EncodeWith<str>>::encode_with(value, to)
    }
}

impl<const MAX: u32> EncodeWith<&str> for Str<MAX> {
    #[inline]
    fn encode_with<S: Sink + ?Sized>(value: &&str, to: &mut S) -> Result<(), EncodeError> {
        <Self as EncodeWith<str>>::encode_with(value, to)
    }
}

impl<'de, const MAX: u32> DecodeWith<'de, &'de str> for Str<MAX> {
    const MIN_LEN: usize = 4;

    #[inline]
    fn decode_with(from: &mut Reader<'de>) -> Result<&'de str, DecodeError> {
        match from.take_text(MAX) {
            Some(text) => Ok(text),
            None => Err(error(from.clone(), MAX)),
        }
    }

    #[inline]
    fn decode_array_with<const N: usize>(
        from: &mut Reader<'de>,
    ) -> Result<[&'de str; N], DecodeError> {
        array_in_place::<Self, &'de str, N>(from)
    }
}

/// What is wrong with a text: reading it step by step finds out.
#[cold]
fn error(mut from: Reader<'_>, max: u32) -> DecodeError {
    let bytes = from.take_len(max).and_then(|len| from.take_padded(len));
    bytes.map_or_else(|error| error, |_| from.error(Kind::Utf8))
}

impl<'de, const MAX: u32> DecodeWith<'de, String> for Str<MAX> {
    const MIN_LEN: usize = 4;

    #[inline]
    fn decode_with(from: &mut Reader<'de>) -> Result<String, DecodeError> {
        let text: &str = Self::decode_with(from)?;
        from.charge(text.len())?;
        Ok(text.to_owned())
    }
}
