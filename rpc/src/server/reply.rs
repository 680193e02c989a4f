//! The replies that a server gives, but for their results.

use super::Fault;
use crate::{
    proto::{
        AcceptStat, AcceptedReply, AuthStat, MsgBody, OpaqueAuth, OwnedAuth, RPC_VERSION,
        RejectedReply, ReplyBody, RpcMsg,
    },
    xdr::{Reader, Sink},
};

/// Why a call gets no results.
#[derive(Clone, Copy, Debug)]
pub(super) enum Refusal {
    /// The caller was accepted, the call failed.
    Failed(AcceptStat),
    Denied(RejectedReply),
    /// Nothing is said at all.
    Silent,
}

impl Refusal {
    /// The call is of another version of the protocol.
    pub(super) const WRONG_VERSION: Self =
        Self::Denied(RejectedReply::RpcMismatch { low: RPC_VERSION, high: RPC_VERSION });

    /// Appends it, with `verifier` where the caller was accepted; false where nothing is said.
    pub(super) fn put(self, xid: u32, verifier: OpaqueAuth<'_>, out: &mut Vec<u8>) -> bool {
        tracing::debug!(xid, refusal = ?self, "call refused");
        let body = match self {
            Self::Failed(stat) => ReplyBody::Accepted(AcceptedReply { verf: verifier, stat }),
            Self::Denied(reply) => ReplyBody::Denied(reply),
            Self::Silent => return false,
        };
        put(xid, body, out);
        true
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::ProcUnavail => Self::Failed(AcceptStat::ProcUnavail),
            Fault::GarbageArgs => Self::Failed(AcceptStat::GarbageArgs),
            Fault::SystemErr => Self::Failed(AcceptStat::SystemErr),
            Fault::Auth(stat) => stat.into(),
            Fault::NoReply | Fault::Ignored => Self::Silent,
        }
    }
}

impl From<AuthStat> for Refusal {
    fn from(stat: AuthStat) -> Self {
        Self::Denied(RejectedReply::AuthError(stat))
    }
}

/// Appends what stands before the results of a success.
#[inline]
pub(super) fn put_success(xid: u32, verifier: Option<&OwnedAuth>, out: &mut Vec<u8>) {
    let Some(verifier) = verifier else {
        // `MSG_ACCEPTED`, an empty verifier, `SUCCESS`.
        let mut head = [0; 24];
        head[..4].copy_from_slice(&xid.to_be_bytes());
        head[7] = 1;
        return out.extend_from_slice(&head);
    };
    let reply = AcceptedReply { verf: verifier.as_ref(), stat: AcceptStat::Success };
    put(xid, ReplyBody::Accepted(reply), out);
}

fn put(xid: u32, body: ReplyBody<'_>, out: &mut Vec<u8>) {
    // The verifier alone has a bound, which was checked when it was made.
    let _ = out.put(&RpcMsg { xid, body: MsgBody::Reply(body) });
}

/// `SYSTEM_ERR` in place of `reply`, which is one of ours.
pub(super) fn system_err(reply: &[u8]) -> Vec<u8> {
    let (xid, verifier) = match Reader::new(reply).get() {
        Ok(RpcMsg { xid, body: MsgBody::Reply(ReplyBody::Accepted(reply)) }) => (xid, reply.verf),
        _ => (0, OpaqueAuth::NONE),
    };
    let mut out = Vec::new();
    Refusal::from(Fault::SystemErr).put(xid, verifier, &mut out);
    out
}
