//! From a reply to results.

use super::Error;
use crate::{
    proto::{AcceptStat, AcceptedReply, AuthFlavor, MsgBody, RejectedReply, ReplyBody, RpcMsg},
    xdr::{self, DecodeWith, Reader},
};

/// The transaction id of a message.
#[inline]
pub(super) fn xid(message: &[u8]) -> Option<u32> {
    message.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
}

/// The results in a reply, in codec `D`.
pub(super) fn results<D, R>(message: &[u8], limits: xdr::Limits) -> Result<R, Error>
where
    D: for<'de> DecodeWith<'de, R>,
{
    let mut from = Reader::with_limits(message, limits);
    let msg: RpcMsg<'_> = from.get().map_err(Error::Decode)?;
    match msg.body {
        MsgBody::Reply(ReplyBody::Accepted(reply)) => accepted(&reply)?,
        MsgBody::Reply(ReplyBody::Denied(RejectedReply::RpcMismatch { low, high })) => {
            return Err(Error::RpcMismatch { low, high });
        }
        MsgBody::Reply(ReplyBody::Denied(RejectedReply::AuthError(stat))) => {
            return Err(Error::Auth(stat));
        }
        MsgBody::Call(_) => return Err(Error::Decode(from.invalid_enum("msg_type", 0))),
    }
    let value = from.get_as::<D, R>().map_err(Error::Decode)?;
    from.finish().map_err(Error::Decode)?;
    Ok(value)
}

fn accepted(reply: &AcceptedReply<'_>) -> Result<(), Error> {
    // Calls of AUTH_NONE and AUTH_SYS are answered with AUTH_NONE or AUTH_SHORT (RFC 5531 appendix A).
    if !matches!(reply.verf.flavor, AuthFlavor::NONE | AuthFlavor::SHORT) {
        return Err(Error::Verifier(reply.verf.flavor));
    }
    Err(match reply.stat {
        AcceptStat::Success => return Ok(()),
        AcceptStat::ProgUnavail => Error::ProgUnavail,
        AcceptStat::ProgMismatch { low, high } => Error::ProgMismatch { low, high },
        AcceptStat::ProcUnavail => Error::ProcUnavail,
        AcceptStat::GarbageArgs => Error::GarbageArgs,
        AcceptStat::SystemErr => Error::SystemErr,
    })
}
