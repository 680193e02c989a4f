//! What is encoded already, or stays encoded.

use crate::{DecodeError, DecodeWith, EncodeError, EncodeWith, Reader, Sink};

/// The codec of bytes that are XDR themselves, for whoever passes on what others have encoded: they are written as they
/// are, so their length has to be a multiple of four; and read, they are all that is left of the input.
///
/// ```
/// use sunrpc_xdr::{EncodeWith, Raw, Reader};
///
/// let mut bytes = Vec::new();
/// Raw::encode_with(&[0, 0, 0, 7][..], &mut bytes)?;
/// assert_eq!(Reader::new(&bytes).get_as::<Raw, Vec<u8>>().unwrap(), [0, 0, 0, 7]);
/// # Ok::<(), sunrpc_xdr::EncodeError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Raw;

impl EncodeWith<[u8]> for Raw {
    fn encode_with<S: Sink + ?Sized>(value: &[u8], to: &mut S) -> Result<(), EncodeError> {
        to.put_bytes(value);
        Ok(())
    }
}

impl EncodeWith<Vec<u8>> for Raw {
    fn encode_with<S: Sink + ?Sized>(value: &Vec<u8>, to: &mut S) -> Result<(), EncodeError> {
        Self::encode_with(value.as_slice(), to)
    }
}

impl<'de> DecodeWith<'de, Vec<u8>> for Raw {
    const MIN_LEN: usize = 0;

    fn decode_with(from: &mut Reader<'de>) -> Result<Vec<u8>, DecodeError> {
        let len = from.remaining();
        from.charge(len)?;
        from.take(len).map(<[u8]>::to_vec)
    }
}
