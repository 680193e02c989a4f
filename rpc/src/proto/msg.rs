//! The RPC message (RFC 5531 section 9).

use super::{AuthStat, OpaqueAuth, RPC_VERSION, auth::is_too_long};
use crate::xdr::{Decode, DecodeError, Encode, EncodeError, Reader, Sink};

const CALL: i32 = 0;
const REPLY: i32 = 1;
const MSG_ACCEPTED: i32 = 0;
const MSG_DENIED: i32 = 1;

/// Whether a message says that it is a call.
#[inline]
pub(crate) fn is_call(message: &[u8]) -> bool {
    message.get(4..8) == Some(&CALL.to_be_bytes())
}

/// Whether a message says that it is a reply.
#[inline]
pub(crate) fn is_reply(message: &[u8]) -> bool {
    message.get(4..8) == Some(&REPLY.to_be_bytes())
}

/// A message without its arguments or results, which follow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "rpc_msg")]
pub struct RpcMsg<'a> {
    /// The transaction id, the caller's choice; the reply carries it back.
    pub xid: u32,
    /// A call or a reply.
    pub body: MsgBody<'a>,
}

/// A call or a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MsgBody<'a> {
    /// `CALL`; the arguments follow.
    Call(CallBody<'a>),
    /// `REPLY`; where it is a success, the results follow.
    Reply(ReplyBody<'a>),
}

/// What is called, and by whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "call_body")]
pub struct CallBody<'a> {
    /// The program's number.
    pub program: u32,
    /// The program's version.
    pub version: u32,
    /// The procedure's number.
    pub procedure: u32,
    /// Who calls.
    pub cred: OpaqueAuth<'a>,
    /// What proves it.
    pub verf: OpaqueAuth<'a>,
}

/// What became of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "reply_body")]
pub enum ReplyBody<'a> {
    /// `MSG_ACCEPTED`.
    Accepted(AcceptedReply<'a>),
    /// `MSG_DENIED`.
    Denied(RejectedReply),
}

/// A reply to a call whose caller was accepted; the call may have failed all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "accepted_reply")]
pub struct AcceptedReply<'a> {
    /// What proves that the server is the one called.
    pub verf: OpaqueAuth<'a>,
    /// How the call went.
    pub stat: AcceptStat,
}

/// How an accepted call went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "accept_stat")]
pub enum AcceptStat {
    /// `SUCCESS`: the results follow.
    Success,
    /// `PROG_UNAVAIL`: the program is not served here.
    ProgUnavail,
    /// `PROG_MISMATCH`: the program is served, in other versions.
    ProgMismatch {
        /// The lowest version served.
        low: u32,
        /// The highest version served.
        high: u32,
    },
    /// `PROC_UNAVAIL`: the program has no such procedure.
    ProcUnavail,
    /// `GARBAGE_ARGS`: the arguments cannot be decoded.
    GarbageArgs,
    /// `SYSTEM_ERR`: the server failed.
    SystemErr,
}

/// Why a call was denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "rejected_reply")]
pub enum RejectedReply {
    /// `RPC_MISMATCH`: the server speaks other versions of the RPC protocol.
    RpcMismatch {
        /// The lowest version spoken.
        low: u32,
        /// The highest version spoken.
        high: u32,
    },
    /// `AUTH_ERROR`: the caller was not accepted.
    AuthError(AuthStat),
}

/// The discriminant of a [`RejectedReply`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "reject_stat")]
#[repr(i32)]
pub enum RejectStat {
    /// `RPC_MISMATCH`.
    RpcMismatch = 0,
    /// `AUTH_ERROR`.
    AuthError = 1,
}

impl Encode for RpcMsg<'_> {
    #[inline]
    fn encode<S: Sink + ?Sized>(&self, to: &mut S) -> Result<(), EncodeError> {
        to.put(&self.xid)?;
        match &self.body {
            MsgBody::Call(call) => {
                to.put(&CALL)?;
                to.put(call)
            }
            MsgBody::Reply(reply) => {
                to.put(&REPLY)?;
                to.put(reply)
            }
        }
    }
}

impl<'de> Decode<'de> for RpcMsg<'de> {
    const MIN_LEN: usize = 20;

    fn decode(from: &mut Reader<'de>) -> Result<Self, DecodeError> {
        let xid = from.get()?;
        let body = match from.get()? {
            CALL => match CallHeader::after_type(from)? {
                CallHeader::Call(call) => MsgBody::Call(call),
                CallHeader::WrongRpcVersion(version) => {
                    return Err(from.invalid_discriminant("rpcvers", i64::from(version)));
                }
                CallHeader::BadAuth(_) => return Err(from.invalid_discriminant("opaque_auth", 0)),
            },
            REPLY => MsgBody::Reply(from.get()?),
            other => return Err(from.invalid_enum("msg_type", other)),
        };
        Ok(Self { xid, body })
    }
}

impl Encode for CallBody<'_> {
    #[inline]
    fn encode<S: Sink + ?Sized>(&self, to: &mut S) -> Result<(), EncodeError> {
        to.put(&[RPC_VERSION, self.program, self.version, self.procedure])?;
        to.put(&self.cred)?;
        to.put(&self.verf)
    }
}

/// A call's header as a server meets it: what the RFC answers with a denial is told apart from what is no call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallHeader<'a> {
    /// A call of protocol version 2.
    Call(CallBody<'a>),
    /// A call of another version of the RPC protocol: `RPC_MISMATCH`.
    WrongRpcVersion(u32),
    /// A credential or a verifier longer than it may be: `AUTH_ERROR`.
    BadAuth(AuthStat),
}

impl<'a> CallHeader<'a> {
    /// Reads the id and the header of a call; the arguments are what is left in `from`.
    ///
    /// # Errors
    ///
    /// This is no call: a reply, another kind of message, or too short. It must not be answered (a reply to a
    /// reply could go to and fro for ever).
    #[inline]
    pub fn decode(from: &mut Reader<'a>) -> Result<(u32, Self), DecodeError> {
        if let Some((xid, body)) = Self::plain(from) {
            return Ok((xid, Self::Call(body)));
        }
        let xid = from.get()?;
        match from.get()? {
            CALL => Ok((xid, Self::after_type(from)?)),
            other => Err(is_not("call", other, from)),
        }
    }

    /// Reads the header of a call of `AUTH_NONE`, which most calls have: ten words, of which seven are fixed.
    #[inline]
    pub(crate) fn plain(from: &mut Reader<'a>) -> Option<(u32, CallBody<'a>)> {
        const PLAIN: usize = 40;
        let head: &[u8; PLAIN] = from.rest().first_chunk()?;
        let mut words =
            head.chunks_exact(4).map(|word| word.try_into().map_or(0, u32::from_be_bytes));
        let mut word = || words.next().unwrap_or_default();
        let (xid, kind, rpc_version) = (word(), word(), word());
        let (program, version, procedure) = (word(), word(), word());
        if (kind, rpc_version) != (0, RPC_VERSION)
            || (word(), word(), word(), word()) != (0, 0, 0, 0)
        {
            return None;
        }
        from.take(PLAIN).ok()?;
        let (cred, verf) = (OpaqueAuth::NONE, OpaqueAuth::NONE);
        Some((xid, CallBody { program, version, procedure, cred, verf }))
    }

    fn after_type(from: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let version: u32 = from.get()?;
        if version != RPC_VERSION {
            return Ok(Self::WrongRpcVersion(version));
        }
        let (program, version, procedure) = (from.get()?, from.get()?, from.get()?);
        let cred = match from.get() {
            Ok(cred) => cred,
            Err(error) if is_too_long(&error) => return Ok(Self::BadAuth(AuthStat::BadCred)),
            Err(error) => return Err(error),
        };
        let verf = match from.get() {
            Ok(verf) => verf,
            Err(error) if is_too_long(&error) => return Ok(Self::BadAuth(AuthStat::BadVerf)),
            Err(error) => return Err(error),
        };
        Ok(Self::Call(CallBody { program, version, procedure, cred, verf }))
    }
}

impl<'a> ReplyBody<'a> {
    /// Reads the id and the rest of a message that has to be a reply; the results are what is left in `from`.
    pub(crate) fn of_message(from: &mut Reader<'a>) -> Result<(u32, Self), DecodeError> {
        let xid = from.get()?;
        match from.get()? {
            REPLY => Ok((xid, from.get()?)),
            other => Err(is_not("reply", other, from)),
        }
    }
}

/// The error of a message whose type, which was read last, is another than it has to be, or none.
#[cold]
fn is_not(expected: &'static str, msg_type: i32, from: &Reader<'_>) -> DecodeError {
    match msg_type {
        CALL | REPLY => from.invalid_discriminant(expected, i64::from(msg_type)),
        none => from.invalid_enum("msg_type", none),
    }
}

impl Encode for ReplyBody<'_> {
    #[inline]
    fn encode<S: Sink + ?Sized>(&self, to: &mut S) -> Result<(), EncodeError> {
        match self {
            Self::Accepted(reply) => {
                to.put(&MSG_ACCEPTED)?;
                to.put(&reply.verf)?;
                to.put(&reply.stat)
            }
            Self::Denied(reply) => {
                to.put(&MSG_DENIED)?;
                to.put(reply)
            }
        }
    }
}

impl<'de> Decode<'de> for ReplyBody<'de> {
    const MIN_LEN: usize = 12;

    fn decode(from: &mut Reader<'de>) -> Result<Self, DecodeError> {
        match from.get()? {
            MSG_ACCEPTED => {
                Ok(Self::Accepted(AcceptedReply { verf: from.get()?, stat: from.get()? }))
            }
            MSG_DENIED => Ok(Self::Denied(from.get()?)),
            other => Err(from.invalid_enum("reply_stat", other)),
        }
    }
}

impl Encode for AcceptStat {
    #[inline]
    fn encode<S: Sink + ?Sized>(&self, to: &mut S) -> Result<(), EncodeError> {
        match *self {
            Self::Success => to.put(&0_u32),
            Self::ProgUnavail => to.put(&1_u32),
            Self::ProgMismatch { low, high } => to.put(&[2, low, high]),
            Self::ProcUnavail => to.put(&3_u32),
            Self::GarbageArgs => to.put(&4_u32),
            Self::SystemErr => to.put(&5_u32),
        }
    }
}

impl<'de> Decode<'de> for AcceptStat {
    const MIN_LEN: usize = 4;

    fn decode(from: &mut Reader<'de>) -> Result<Self, DecodeError> {
        Ok(match from.get()? {
            0 => Self::Success,
            1 => Self::ProgUnavail,
            2 => Self::ProgMismatch { low: from.get()?, high: from.get()? },
            3 => Self::ProcUnavail,
            4 => Self::GarbageArgs,
            5 => Self::SystemErr,
            other => return Err(from.invalid_enum("accept_stat", other)),
        })
    }
}

impl Encode for RejectedReply {
    fn encode<S: Sink + ?Sized>(&self, to: &mut S) -> Result<(), EncodeError> {
        match *self {
            Self::RpcMismatch { low, high } => {
                to.put(&(RejectStat::RpcMismatch as i32))?;
                to.put(&[low, high])
            }
            Self::AuthError(stat) => {
                to.put(&(RejectStat::AuthError as i32))?;
                to.put(&stat)
            }
        }
    }
}

impl<'de> Decode<'de> for RejectedReply {
    const MIN_LEN: usize = 8;

    fn decode(from: &mut Reader<'de>) -> Result<Self, DecodeError> {
        match from.get()? {
            0 => Ok(Self::RpcMismatch { low: from.get()?, high: from.get()? }),
            1 => Ok(Self::AuthError(from.get()?)),
            other => Err(from.invalid_enum("reject_stat", other)),
        }
    }
}
