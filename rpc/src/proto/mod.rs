//! The protocol of RFC 5531 as values driven by bytes and the time: no socket, no clock, no thread.

mod attempt;
mod auth;
mod backoff;
mod duplicates;
mod msg;
mod own_auth;
mod record;
mod rtt;
mod xid;

pub use attempt::{Attempt, Step};
pub use auth::{AuthFlavor, AuthStat, AuthSysParms, Credentials, OpaqueAuth, OwnedAuth};
pub use backoff::Backoff;
pub use duplicates::{DuplicateLimits, Duplicates, Seen, Ticket};
pub use msg::{
    AcceptStat, AcceptedReply, CallBody, CallHeader, MsgBody, RejectStat, RejectedReply, ReplyBody,
    RpcMsg,
};
pub(crate) use msg::{is_call, is_reply};
pub use record::{
    Found, RecordError, RecordLimits, RecordReader, begin_record, end_record, end_record_with,
};
pub(crate) use record::{MARK, put_record};
pub use rtt::Rtt;
pub use xid::Xids;

/// The RPC protocol version that RFC 5531 defines.
pub const RPC_VERSION: u32 = 2;
