//! What callers ask for and get, and the messages around it.

use sunrpc::{
    proto::{
        AcceptStat, AcceptedReply, CallBody, MsgBody, OpaqueAuth, ReplyBody, RpcMsg, begin_record,
    },
    xdr::{Decode, DecodeError, Encode, EncodeError, Opaque, Reader, Sink},
};
use sunrpc_tests::rng::Rng;

use crate::chance::Chance;

pub(crate) const PROGRAM: u32 = 0x2000_0999;
pub(crate) const VERSION: u32 = 1;
/// Answers an [`Order`] with a [`Receipt`].
pub(crate) const WORK: u32 = 1;
/// The same without an answer.
pub(crate) const WORK_SILENTLY: u32 = 2;

/// Work that must not be done twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) call: u64,
    /// How much the answer is to carry.
    pub(crate) answer_len: u32,
    pub(crate) load: Vec<u8>,
}

/// What the work came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Receipt {
    pub(crate) call: u64,
    /// Of all effects, the how many-th it was.
    pub(crate) number: u64,
    /// How much of the order arrived.
    pub(crate) load_len: u32,
    pub(crate) load: Vec<u8>,
}

impl Encode for Order {
    fn encode<S: Sink + ?Sized>(&self, to: &mut S) -> Result<(), EncodeError> {
        to.put(&self.call)?;
        to.put(&self.answer_len)?;
        to.put_as::<Opaque, _>(&self.load)
    }
}

impl<'de> Decode<'de> for Order {
    const MIN_LEN: usize = 16;
    fn decode(from: &mut Reader<'de>) -> Result<Self, DecodeError> {
        Ok(Self { call: from.get()?, answer_len: from.get()?, load: from.get_as::<Opaque, _>()? })
    }
}

impl Encode for Receipt {
    fn encode<S: Sink + ?Sized>(&self, to: &mut S) -> Result<(), EncodeError> {
        to.put(&self.call)?;
        to.put(&self.number)?;
        to.put(&self.load_len)?;
        to.put_as::<Opaque, _>(&self.load)
    }
}

impl<'de> Decode<'de> for Receipt {
    const MIN_LEN: usize = 24;
    fn decode(from: &mut Reader<'de>) -> Result<Self, DecodeError> {
        Ok(Self {
            call: from.get()?,
            number: from.get()?,
            load_len: from.get()?,
            load: from.get_as::<Opaque, _>()?,
        })
    }
}

impl Order {
    /// An order of any size up to `most` bytes in each direction.
    pub(crate) fn any(call: usize, most: usize, rng: &mut Rng) -> Self {
        let load = filler(call as u64, rng.length(most));
        let answer_len = u32::try_from(rng.length(most)).expect("a length");
        Self { call: call as u64, answer_len, load }
    }

    /// The call that carries it.
    pub(crate) fn message(&self, xid: u32, procedure: u32) -> Vec<u8> {
        let (cred, verf) = (OpaqueAuth::NONE, OpaqueAuth::NONE);
        let call = CallBody { program: PROGRAM, version: VERSION, procedure, cred, verf };
        let mut message = Vec::with_capacity(64 + self.load.len());
        message.put(&RpcMsg { xid, body: MsgBody::Call(call) }).expect("a header");
        message.put(self).expect("an order");
        message
    }

    /// Whether `receipt` is what this order has to give.
    pub(crate) fn is_met_by(&self, receipt: &Receipt) -> bool {
        receipt.call == self.call
            && receipt.load_len as usize == self.load.len()
            && receipt.load == filler(self.call, self.answer_len as usize)
    }
}

/// Bytes that belong to one call.
pub(crate) fn filler(call: u64, len: usize) -> Vec<u8> {
    let unit = call.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
    unit.iter().copied().cycle().take(len).collect()
}

/// The id of a reply, and what it brings; `None` where it is no success.
pub(crate) fn read_reply(message: &[u8]) -> Option<(u32, Receipt)> {
    let mut from = Reader::new(message);
    let RpcMsg { xid, body } = from.get().ok()?;
    let MsgBody::Reply(ReplyBody::Accepted(AcceptedReply { stat: AcceptStat::Success, .. })) = body
    else {
        return None;
    };
    let receipt = from.get().ok()?;
    from.finish().ok()?;
    Some((xid, receipt))
}

/// `message` as a record of fragments of any length; few enough for the server's limits.
pub(crate) fn into_fragments(message: &[u8], rng: &mut Rng, out: &mut Vec<u8>) {
    let mut rest = message;
    for _ in 0..rng.below(8) {
        let (fragment, behind) = rest.split_at(rng.below(rest.len() + 1));
        let len = u32::try_from(fragment.len()).expect("a short fragment");
        out.extend_from_slice(&len.to_be_bytes());
        out.extend_from_slice(fragment);
        rest = behind;
    }
    let start = begin_record(out);
    out.extend_from_slice(rest);
    sunrpc::proto::end_record(out, start).expect("a short record");
}
