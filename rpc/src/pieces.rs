//! Messages in pieces: what was encoded, and what was not copied for that.

use std::{
    borrow::Cow,
    io::{self, IoSlice},
    os::fd::AsFd,
};

use rustix::net::{SendAncillaryBuffer, SendFlags, sendmsg};

use crate::xdr::{self, EncodeError, EncodeWith, Parts};

/// How many pieces are written at a time.
const AT_ONCE: usize = 16;

/// Appends a value; what of it may be shared goes to `parts`, if there is such a place.
#[inline]
pub(crate) fn encode<C: EncodeWith<V> + ?Sized, V: ?Sized>(
    value: &V,
    bytes: &mut Vec<u8>,
    parts: Option<&mut Parts>,
) -> Result<(), EncodeError> {
    match parts {
        Some(parts) => xdr::encode_into_parts::<C, V>(value, bytes, parts),
        None => xdr::encode_into::<C, V>(value, bytes),
    }
}

/// Has `write` write what it takes of `bytes` with `parts` in their places, and says how much that was.
pub(crate) fn write(
    bytes: &[u8],
    parts: &Parts,
    mut write: impl FnMut(&[IoSlice<'_>]) -> io::Result<usize>,
) -> io::Result<usize> {
    let mut pieces = parts.between(bytes).peekable();
    let mut total = 0_usize;
    while pieces.peek().is_some() {
        let mut slices = [IoSlice::new(&[]); AT_ONCE];
        let count = slices
            .iter_mut()
            .zip(&mut pieces)
            .map(|(slice, piece)| *slice = IoSlice::new(piece))
            .count();
        let slices = slices.get(..count).unwrap_or_default();
        let asked = slices.iter().map(|slice| slice.len()).sum();
        let written = write(slices)?;
        total = total.saturating_add(written);
        if written < asked {
            break;
        }
    }
    Ok(total)
}

/// Sends what a socket takes of pieces. (The standard library's vectored write may raise SIGPIPE.)
pub(crate) fn send(socket: impl AsFd, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
    let mut nothing_else = SendAncillaryBuffer::default();
    Ok(sendmsg(socket, pieces, &mut nothing_else, SendFlags::NOSIGNAL)?)
}

/// `bytes` with `parts` in their places, one behind the other.
pub(crate) fn joined<'b>(bytes: &'b [u8], parts: &Parts) -> Cow<'b, [u8]> {
    if parts.is_empty() {
        return bytes.into();
    }
    let mut joined = Vec::with_capacity(bytes.len().saturating_add(parts.len()));
    parts.between(bytes).for_each(|piece| joined.extend_from_slice(piece));
    joined.into()
}

#[cfg(all(test, feature = "bytes"))]
mod tests {
    use super::*;
    use crate::xdr::{Array, Opaque, bytes::Bytes};

    #[test]
    fn nothing_is_written_behind_what_was_not_taken_whole() {
        let (mut bytes, mut parts) = (Vec::new(), Parts::new());
        let many = vec![Bytes::from(vec![0; 20_000]); 2 * AT_ONCE];
        encode::<Array<Opaque>, _>(&many, &mut bytes, Some(&mut parts)).unwrap();
        let mut writes = 0;
        let written = write(&bytes, &parts, |_| {
            writes += 1;
            Ok(7)
        });
        assert_eq!((written.unwrap(), writes), (7, 1));
    }
}
