//! A message as it came, and who owns its bytes: with the feature `bytes`, opaque data may be handed out of one that
//! has an owner instead of being copied.

#[cfg(feature = "bytes")]
use crate::xdr::bytes::Bytes;
use crate::{
    proto::RecordReader,
    xdr::{Limits, Reader},
};

/// Of a shorter reply that lies in the table nothing is handed out: owning it costs more than a copy.
const WORTH_SHARING: usize = 4096;

/// So many times as long as a message its buffer may be, where parts of it are handed out: each keeps all of the buffer.
#[cfg(feature = "bytes")]
const PINNED: usize = 8;

/// A message.
#[derive(Clone, Copy)]
pub(crate) struct Incoming<'a> {
    bytes: &'a [u8],
    #[cfg(feature = "bytes")]
    owner: Option<&'a Bytes>,
}

/// The owner of a message.
#[derive(Default)]
pub(crate) struct Held {
    #[cfg(feature = "bytes")]
    bytes: Bytes,
    /// Whether parts are handed out.
    #[cfg(feature = "bytes")]
    shares: bool,
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
    pub(crate) const fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// The same message to be kept: a copy only where it has no owner.
    pub(crate) fn to_held(self) -> Held {
        #[cfg(feature = "bytes")]
        if let Some(owner) = self.owner {
            return Held { bytes: owner.clone(), shares: true };
        }
        self.bytes.to_vec().into()
    }

    #[inline]
    pub(crate) fn reader(self, limits: Limits) -> Reader<'a> {
        let reader = Reader::with_limits(self.bytes, limits);
        #[cfg(feature = "bytes")]
        if let Some(owner) = self.owner {
            return reader.sharing(owner);
        }
        reader
    }
}

/// A buffer for long messages that is used again, unless somebody has a part of what was in it.
#[derive(Default)]
pub(crate) struct Spare {
    /// Whatever is in it is of no meaning.
    free: Vec<u8>,
    /// The last message that somebody had a part of when it was done with.
    lent: Held,
}

impl Held {
    pub(crate) fn message(&self) -> Incoming<'_> {
        Incoming {
            bytes: &self.bytes,
            #[cfg(feature = "bytes")]
            owner: self.shares.then_some(&self.bytes),
        }
    }

    /// The buffer, to be used again, unless somebody has kept a part of the message.
    fn into_buffer(self) -> Result<Vec<u8>, Self> {
        #[cfg(feature = "bytes")]
        return if self.bytes.is_unique() { Ok(self.bytes.into()) } else { Err(self) };
        #[cfg(not(feature = "bytes"))]
        Ok(self.bytes)
    }
}

/// Has `decode` read a message, and gives the buffer back: an empty one where what was decoded has a part of it.
pub(crate) fn read<R>(message: Vec<u8>, decode: impl FnOnce(Incoming<'_>) -> R) -> (R, Vec<u8>) {
    if message.len() < WORTH_SHARING {
        return (decode((&*message).into()), message);
    }
    let message = Held::from(message);
    let result = decode(message.message());
    (result, message.into_buffer().unwrap_or_default())
}

impl From<Vec<u8>> for Held {
    #[allow(clippy::useless_conversion, reason = "it is none with the feature `bytes`")]
    fn from(message: Vec<u8>) -> Self {
        Self {
            #[cfg(feature = "bytes")]
            shares: message.capacity() / PINNED <= message.len(),
            bytes: message.into(),
        }
    }
}

impl Spare {
    /// The buffer, where there is one that is free.
    pub(crate) fn buffer(&mut self) -> &mut Vec<u8> {
        if self.free.capacity() == 0 {
            match std::mem::take(&mut self.lent).into_buffer() {
                Ok(buffer) => self.free = buffer,
                Err(lent) => self.lent = lent,
            }
        }
        &mut self.free
    }

    /// Takes back a message that `records` has put together: its buffer is for what they put together next.
    pub(crate) fn take_back(&mut self, message: Held, records: &mut RecordReader) {
        match message.into_buffer() {
            Ok(mut buffer) => records.lend(&mut buffer),
            Err(lent) => self.lent = lent,
        }
    }
}
