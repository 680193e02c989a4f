//! A message as it came, and who owns its bytes: with the feature `bytes`, opaque data may be handed out of one that
//! has an owner instead of being copied.

#[cfg(feature = "bytes")]
use crate::xdr::bytes::Bytes;
use crate::xdr::{Limits, Reader};

/// A message.
#[derive(Clone, Copy)]
pub(super) struct Incoming<'a> {
    bytes: &'a [u8],
    #[cfg(feature = "bytes")]
    owner: Option<&'a Bytes>,
}

/// The owner of a message.
pub(super) struct Held {
    #[cfg(feature = "bytes")]
    bytes: Bytes,
    #[cfg(not(feature = "bytes"))]
    bytes: Vec<u8>,
}

impl<'a> From<&'a [u8]> for Incoming<'a> {
    /// One that lies in a buffer which is used again.
    #[inline]
    fn from(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            #[cfg(feature = "bytes")]
            owner: None,
        }
    }
}

impl<'a> Incoming<'a> {
    #[inline]
    pub(super) const fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    #[inline]
    pub(super) fn reader(self, limits: Limits) -> Reader<'a> {
        let reader = Reader::with_limits(self.bytes, limits);
        #[cfg(feature = "bytes")]
        if let Some(owner) = self.owner {
            return reader.sharing(owner);
        }
        reader
    }
}

impl Held {
    pub(super) fn message(&self) -> Incoming<'_> {
        Incoming {
            bytes: &self.bytes,
            #[cfg(feature = "bytes")]
            owner: Some(&self.bytes),
        }
    }

    /// The buffer, to be used again; an empty one where a handler has kept a part of the message.
    pub(super) fn into_buffer(self) -> Vec<u8> {
        #[cfg(feature = "bytes")]
        return if self.bytes.is_unique() { self.bytes.into() } else { Vec::new() };
        #[cfg(not(feature = "bytes"))]
        self.bytes
    }
}

impl From<Vec<u8>> for Held {
    #[allow(clippy::useless_conversion, reason = "it is none with the feature `bytes`")]
    fn from(message: Vec<u8>) -> Self {
        Self { bytes: message.into() }
    }
}
