//! What must hold of any value in any codec.

use std::fmt::Debug;

use sunrpc_xdr::{
    DecodeError, DecodeErrorKind, DecodeWith, EncodeWith, Reader, encode_into, encoded_len,
};

/// The bytes of `value` in codec `C`.
pub(crate) fn bytes_of<C, V>(value: &V) -> Vec<u8>
where
    C: EncodeWith<V>,
    V: Debug,
{
    let mut bytes = Vec::new();
    encode_into::<C, V>(value, &mut bytes).unwrap_or_else(|error| panic!("{value:?}: {error}"));
    assert_eq!(encoded_len::<C, V>(value), Ok(bytes.len()), "the length of {value:?}");
    assert_eq!(bytes.len() % 4, 0, "{value:?} is not a whole number of units");
    bytes
}

/// Reads one value that takes all of `bytes`.
pub(crate) fn read<'de, C, V>(bytes: &'de [u8]) -> Result<V, DecodeError>
where
    C: DecodeWith<'de, V>,
{
    let mut from = Reader::new(bytes);
    let value = from.get_as::<C, V>()?;
    from.finish()?;
    Ok(value)
}

/// `value` comes back from its bytes, and from no beginning of them, and not with bytes left over.
pub(crate) fn roundtrip<C, V>(value: &V)
where
    C: EncodeWith<V> + for<'de> DecodeWith<'de, V>,
    V: Debug + PartialEq,
{
    let bytes = bytes_of::<C, V>(value);
    assert!(bytes.len() >= <C as DecodeWith<'_, V>>::MIN_LEN, "{value:?} is shorter than MIN_LEN");
    assert_eq!(read::<C, V>(&bytes).as_ref(), Ok(value));
    truncations::<C, V>(&bytes);

    let mut longer = bytes.clone();
    longer.extend([0; 4]);
    let error = read::<C, V>(&longer).expect_err("bytes left over");
    assert_eq!(*error.kind(), DecodeErrorKind::Trailing(4));
    assert_eq!(error.offset(), bytes.len());
}

/// No beginning of `bytes` is a value, and the error lies within it.
pub(crate) fn truncations<C, V>(bytes: &[u8])
where
    C: for<'de> DecodeWith<'de, V>,
    V: Debug,
{
    for cut in 0..bytes.len() {
        let error = read::<C, V>(&bytes[..cut]).expect_err("a truncated value");
        assert!(
            matches!(*error.kind(), DecodeErrorKind::Truncated { remaining, needed } if needed > remaining),
            "cut at {cut} of {}: {error}",
            bytes.len()
        );
        assert!(error.offset() <= cut, "cut at {cut}: {error}");
    }
}

/// Whatever value `bytes` begin with is written back as the very same bytes. Says whether there was one.
pub(crate) fn canonical<C, V>(bytes: &[u8]) -> bool
where
    C: EncodeWith<V> + for<'de> DecodeWith<'de, V>,
    V: Debug,
{
    let mut from = Reader::new(bytes);
    match from.get_as::<C, V>() {
        Ok(value) => {
            assert_eq!(bytes_of::<C, V>(&value), bytes[..from.offset()], "{value:?}");
            true
        }
        Err(error) => {
            assert!(error.offset() <= bytes.len(), "{error} of {} bytes", bytes.len());
            false
        }
    }
}
