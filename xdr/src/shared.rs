//! A reader that knows who owns its input, and hands out parts of it as [`Bytes`].

use bytes::Bytes;

use crate::{DecodeError, Reader};

impl<'de> Reader<'de> {
    /// Reads from `bytes`, and shares them, under the default [`Limits`](crate::Limits); see [`Reader::sharing`].
    ///
    /// ```
    /// use sunrpc_xdr::{Opaque, Reader, bytes::Bytes};
    ///
    /// let message = Bytes::from_static(&[0, 0, 0, 3, b'a', b'b', b'c', 0]);
    /// let mut from = Reader::shared(&message);
    /// let data: Bytes = from.get_as::<Opaque<16>, _>()?;
    /// assert_eq!(data.as_ptr(), message[4..].as_ptr());
    /// # Ok::<(), sunrpc_xdr::DecodeError>(())
    /// ```
    #[inline]
    #[must_use]
    pub fn shared(bytes: &'de Bytes) -> Self {
        Self::new(bytes).sharing(bytes)
    }

    /// From here on `Bytes` are parts of `owner` where they lie within it: they take no heap and are not copied.
    ///
    /// The input may be any part of `owner`. Such a part keeps the memory of all of `owner` in use, however short it
    /// is: who stores it for long should store a copy.
    #[inline]
    #[must_use]
    pub const fn sharing(mut self, owner: &'de Bytes) -> Self {
        self.owner = Some(owner);
        self
    }

    /// What was taken of the input, as a part of its owner or as a copy that is charged.
    #[inline]
    pub(crate) fn bytes(&mut self, taken: &'de [u8]) -> Result<Bytes, DecodeError> {
        match self.owner.and_then(|owner| part(owner, taken)) {
            Some(part) => Ok(part),
            None => {
                self.charge(taken.len())?;
                Ok(Bytes::copy_from_slice(taken))
            }
        }
    }
}

/// `taken` as a part of `owner`, if it is one; a part of no length keeps nothing in use.
fn part(owner: &Bytes, taken: &[u8]) -> Option<Bytes> {
    let start = taken.as_ptr().addr().checked_sub(owner.as_ptr().addr())?;
    let end = start.checked_add(taken.len())?;
    (end <= owner.len()).then(|| owner.slice(start..end))
}
