//! Flavors of authentication besides `AUTH_NONE` and `AUTH_SYS` (RFC 5531 section 8.2).

use crate::proto::{AuthStat, OpaqueAuth, OwnedAuth};

/// How a client proves who it is, call by call; [`Builder::flavor`](super::Builder::flavor) sets it. A credential that
/// is always the same needs none: [`Builder::credentials`](super::Builder::credentials).
///
/// ```
/// use std::sync::atomic::{AtomicU32, Ordering};
/// use sunrpc::{
///     client::Flavor,
///     proto::{AuthFlavor, AuthStat, OpaqueAuth, OwnedAuth},
/// };
///
/// /// A ticket, which the server refuses once it is old.
/// struct Ticket(AtomicU32);
///
/// impl Flavor for Ticket {
///     fn credential(&self) -> OwnedAuth {
///         OwnedAuth { flavor: AuthFlavor(0x2000_0001), body: self.0.load(Ordering::Relaxed).to_be_bytes().to_vec() }
///     }
///
///     fn check(&self, _xid: u32, _verifier: &OpaqueAuth<'_>) -> bool {
///         true
///     }
///
///     fn renew(&self, why: AuthStat) -> bool {
///         self.0.fetch_add(1, Ordering::Relaxed);
///         why == AuthStat::RejectedCred
///     }
/// }
/// ```
pub trait Flavor: Send + Sync + 'static {
    /// The credential of the next call. A call that is sent again, or [repeated](super::Builder::repeat), goes with the
    /// credential and the verifier that it had, so that a server which remembers it knows it again.
    fn credential(&self) -> OwnedAuth;

    /// The verifier of a call, whose message up to the end of the credential is `head`; it begins with the transaction
    /// id. Empty, unless a flavor says otherwise.
    fn verifier(&self, head: &[u8]) -> OwnedAuth {
        let _ = head;
        OwnedAuth::default()
    }

    /// Whether the verifier of the reply to the call `xid` proves that the server is the one called. Where not, the call
    /// ends with [`Error::Verifier`](super::Error::Verifier). Whoever asks may be reading for others at that moment: it
    /// must not wait.
    fn check(&self, xid: u32, verifier: &OpaqueAuth<'_>) -> bool;

    /// After the server has refused a call: whether the credential has been made anew. Then the call, if it is waited
    /// for, is made again, twice at the most.
    fn renew(&self, why: AuthStat) -> bool {
        let _ = why;
        false
    }
}
