//! Flavors of authentication besides `AUTH_NONE` and `AUTH_SYS` (RFC 5531 section 8.2).

use super::Peer;
use crate::proto::{AuthFlavor, AuthStat, CallBody, OwnedAuth};

/// A flavor of authentication that a server speaks; [`Builder::flavor`](super::Builder::flavor) adds one. One that has
/// the number of `AUTH_NONE` or `AUTH_SYS` takes its place.
///
/// ```
/// use sunrpc::{
///     proto::{AuthFlavor, AuthStat},
///     server::{Accepted, Claim, Flavor},
/// };
///
/// /// Who knows the word of the day, comes in.
/// struct Password(&'static [u8]);
///
/// impl Flavor for Password {
///     fn number(&self) -> AuthFlavor {
///         AuthFlavor(0x2000_0001)
///     }
///
///     fn accept(&self, claim: &Claim<'_>) -> Result<Accepted, AuthStat> {
///         if claim.body.cred.body == self.0 { Ok(Accepted::new("friend")) } else { Err(AuthStat::BadCred) }
///     }
/// }
/// ```
pub trait Flavor: Send + Sync + 'static {
    /// Its number.
    fn number(&self) -> AuthFlavor;

    /// Decides about a call whose credential is of this flavor, before anybody looks at its arguments. It runs on the
    /// server's own thread: it must not block.
    ///
    /// # Errors
    ///
    /// The call is denied with this, as `AUTH_ERROR`.
    fn accept(&self, claim: &Claim<'_>) -> Result<Accepted, AuthStat>;
}

/// What a call has to show.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Claim<'a> {
    /// Where the call came from.
    pub peer: &'a Peer,
    /// The transaction id, the caller's choice.
    pub xid: u32,
    /// What is called, with credential and verifier.
    pub body: CallBody<'a>,
    /// The message up to the end of the credential: what a verifier can vouch for (as in RFC 2203 section 5.3.1).
    pub head: &'a [u8],
}

/// A caller who was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Accepted {
    /// Who he is: [`Call::principal`](super::Call::principal).
    pub principal: String,
    /// The verifier of the reply, which proves to the caller that the server is the one called.
    pub verifier: OwnedAuth,
}

impl Accepted {
    /// A caller of this name; the reply gets an empty verifier.
    pub fn new(principal: impl Into<String>) -> Self {
        Self { principal: principal.into(), verifier: OwnedAuth::default() }
    }

    /// The same, with a verifier of at most 400 bytes for the reply.
    #[must_use]
    pub fn with_verifier(self, verifier: OwnedAuth) -> Self {
        Self { verifier, ..self }
    }
}
