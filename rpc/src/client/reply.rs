//! From a reply to results.

use super::{Builder, Error, Flavor};
use crate::{
    incoming::Incoming,
    proto::{AcceptStat, AcceptedReply, AuthFlavor, RejectedReply, ReplyBody},
    xdr::{DecodeWith, Reader},
};

/// The transaction id of a message.
#[inline]
pub(super) fn xid(message: &[u8]) -> Option<u32> {
    message.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
}

/// What follows the transaction id in a success with an empty verifier, as most replies are.
const PLAIN_SUCCESS: [u8; 20] = [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// Turns a reply to a client with these options into results.
pub(super) type Decoder<R> = fn(Incoming<'_>, &Builder) -> Result<R, Error>;

/// The same without their type, so that all calls wait in the same code: keeps the results.
pub(super) type Taker<'t> = &'t mut dyn FnMut(Incoming<'_>, &Builder) -> Result<(), Error>;

/// The results that `wait` has had taken out of a reply.
#[inline]
pub(super) fn taken<R>(
    decode: impl Fn(Incoming<'_>, &Builder) -> Result<R, Error>,
    wait: impl FnOnce(Taker<'_>) -> Result<(), Error>,
) -> Result<R, Error> {
    match taken_so_far(decode, wait)? {
        Some(results) => Ok(results),
        // Nobody waits with success for nothing.
        None => Err(Error::Disconnected),
    }
}

/// The same where `wait` may end well before there is a reply.
#[inline]
pub(super) fn taken_so_far<R>(
    decode: impl Fn(Incoming<'_>, &Builder) -> Result<R, Error>,
    wait: impl FnOnce(Taker<'_>) -> Result<(), Error>,
) -> Result<Option<R>, Error> {
    let mut results = None;
    wait(&mut |message, options| {
        results = Some(decode(message, options)?);
        Ok(())
    })?;
    Ok(results)
}

/// The results in a reply to a client with these options, in codec `D`.
#[inline]
pub(super) fn results<D, R>(message: Incoming<'_>, options: &Builder) -> Result<R, Error>
where
    D: for<'de> DecodeWith<'de, R>,
{
    let mut from = message.reader(options.decoding);
    if message.bytes().get(4..24) == Some(&PLAIN_SUCCESS) && options.flavor.is_none() {
        from.take(24).map_err(Error::Decode)?;
    } else {
        head(&mut from, options.flavor.as_deref())?;
    }
    let value = from.get_as::<D, R>().map_err(Error::Decode)?;
    from.finish().map_err(Error::Decode)?;
    Ok(value)
}

/// Reads a reply up to its results, which only a success has.
#[cold]
fn head(from: &mut Reader<'_>, flavor: Option<&dyn Flavor>) -> Result<(), Error> {
    let (xid, body) = ReplyBody::of_message(from).map_err(Error::Decode)?;
    match body {
        ReplyBody::Accepted(reply) => accepted(xid, &reply, flavor),
        ReplyBody::Denied(RejectedReply::RpcMismatch { low, high }) => {
            Err(Error::RpcMismatch { low, high })
        }
        ReplyBody::Denied(RejectedReply::AuthError(stat)) => Err(Error::Auth(stat)),
    }
}

fn accepted(xid: u32, reply: &AcceptedReply<'_>, flavor: Option<&dyn Flavor>) -> Result<(), Error> {
    // Calls of AUTH_NONE and AUTH_SYS are answered with AUTH_NONE or AUTH_SHORT (RFC 5531 appendix A).
    let is_right = match flavor {
        Some(flavor) => flavor.check(xid, &reply.verf),
        None => matches!(reply.verf.flavor, AuthFlavor::NONE | AuthFlavor::SHORT),
    };
    if !is_right {
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
