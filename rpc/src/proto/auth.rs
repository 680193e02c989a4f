//! Authentication: the opaque fields that every message carries and the flavors without a secret
//! (RFC 5531 sections 8.2, 9 and 14).

use crate::xdr::{
    Array, Decode, DecodeError, DecodeErrorKind, DecodeWith, Encode, EncodeError, Opaque, Reader,
    Sink, Str,
};

/// The longest body of an [`OpaqueAuth`], in bytes (RFC 5531 section 8.2).
const MAX_BODY: u32 = 400;
/// The longest machine name in [`AuthSysParms`], in bytes (RFC 5531 appendix A).
pub(super) const MAX_MACHINE_NAME: u32 = 255;
/// The most groups in [`AuthSysParms`] (RFC 5531 appendix A).
pub(super) const MAX_GIDS: u32 = 16;

/// How a caller says who it is. The set is open: any number may arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "auth_flavor")]
pub struct AuthFlavor(pub u32);

impl AuthFlavor {
    /// `AUTH_NONE`: nobody in particular.
    pub const NONE: Self = Self(0);
    /// `AUTH_SYS`: a Unix user by number, taken on trust.
    pub const SYS: Self = Self(1);
    /// `AUTH_SHORT`: a shorthand that a server gave out for an `AUTH_SYS` credential.
    pub const SHORT: Self = Self(2);
    /// `RPCSEC_GSS` (RFC 2203).
    pub const RPCSEC_GSS: Self = Self(6);
}

/// A credential or a verifier, as it travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "opaque_auth")]
pub struct OpaqueAuth<'a> {
    /// What the body means.
    pub flavor: AuthFlavor,
    /// At most 400 bytes.
    pub body: &'a [u8],
}

impl OpaqueAuth<'static> {
    /// `AUTH_NONE` with an empty body.
    pub const NONE: Self = Self { flavor: AuthFlavor::NONE, body: &[] };
}

/// An [`OpaqueAuth`] that owns its body. The default is `AUTH_NONE` with an empty body.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OwnedAuth {
    /// What the body means.
    pub flavor: AuthFlavor,
    /// At most 400 bytes.
    pub body: Vec<u8>,
}

impl OwnedAuth {
    /// The same, borrowed.
    #[must_use]
    pub fn as_ref(&self) -> OpaqueAuth<'_> {
        OpaqueAuth { flavor: self.flavor, body: &self.body }
    }

    /// Whether the body is as short as it must be.
    #[must_use]
    pub const fn fits(&self) -> bool {
        self.body.len() <= MAX_BODY as usize
    }
}

impl Default for OwnedAuth {
    fn default() -> Self {
        OpaqueAuth::NONE.into()
    }
}

impl From<OpaqueAuth<'_>> for OwnedAuth {
    fn from(auth: OpaqueAuth<'_>) -> Self {
        Self { flavor: auth.flavor, body: auth.body.to_vec() }
    }
}

impl Encode for OpaqueAuth<'_> {
    #[inline]
    fn encode<S: Sink + ?Sized>(&self, to: &mut S) -> Result<(), EncodeError> {
        to.put(&self.flavor.0)?;
        to.put_as::<Opaque<MAX_BODY>, _>(&self.body)
    }
}

impl<'de> Decode<'de> for OpaqueAuth<'de> {
    const MIN_LEN: usize = 8;

    #[inline]
    fn decode(from: &mut Reader<'de>) -> Result<Self, DecodeError> {
        Ok(Self { flavor: AuthFlavor(from.get()?), body: from.get_as::<Opaque<MAX_BODY>, _>()? })
    }
}

/// Why a call was denied (RFC 5531 section 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "auth_stat")]
#[repr(i32)]
#[non_exhaustive]
pub enum AuthStat {
    /// `AUTH_OK`: success; never sent in a denial.
    Ok = 0,
    /// `AUTH_BADCRED`: bad credential (seal broken).
    BadCred = 1,
    /// `AUTH_REJECTEDCRED`: the client must begin a new session.
    RejectedCred = 2,
    /// `AUTH_BADVERF`: bad verifier (seal broken).
    BadVerf = 3,
    /// `AUTH_REJECTEDVERF`: verifier expired or replayed.
    RejectedVerf = 4,
    /// `AUTH_TOOWEAK`: rejected for security reasons.
    TooWeak = 5,
    /// `AUTH_INVALIDRESP`: bogus response verifier.
    InvalidResp = 6,
    /// `AUTH_FAILED`: reason unknown.
    Failed = 7,
    /// `AUTH_KERB_GENERIC`: Kerberos generic error.
    KerbGeneric = 8,
    /// `AUTH_TIMEEXPIRE`: time of the credential expired.
    TimeExpire = 9,
    /// `AUTH_TKT_FILE`: problem with the ticket file.
    TktFile = 10,
    /// `AUTH_DECODE`: the authenticator cannot be decoded.
    Decode = 11,
    /// `AUTH_NET_ADDR`: wrong network address in the ticket.
    NetAddr = 12,
    /// `RPCSEC_GSS_CREDPROBLEM`: no credentials for the user.
    GssCredProblem = 13,
    /// `RPCSEC_GSS_CTXPROBLEM`: problem with the context.
    GssCtxProblem = 14,
}

impl AuthStat {
    const ALL: [Self; 15] = [
        Self::Ok,
        Self::BadCred,
        Self::RejectedCred,
        Self::BadVerf,
        Self::RejectedVerf,
        Self::TooWeak,
        Self::InvalidResp,
        Self::Failed,
        Self::KerbGeneric,
        Self::TimeExpire,
        Self::TktFile,
        Self::Decode,
        Self::NetAddr,
        Self::GssCredProblem,
        Self::GssCtxProblem,
    ];

    /// What RFC 5531 calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "AUTH_OK",
            Self::BadCred => "AUTH_BADCRED",
            Self::RejectedCred => "AUTH_REJECTEDCRED",
            Self::BadVerf => "AUTH_BADVERF",
            Self::RejectedVerf => "AUTH_REJECTEDVERF",
            Self::TooWeak => "AUTH_TOOWEAK",
            Self::InvalidResp => "AUTH_INVALIDRESP",
            Self::Failed => "AUTH_FAILED",
            Self::KerbGeneric => "AUTH_KERB_GENERIC",
            Self::TimeExpire => "AUTH_TIMEEXPIRE",
            Self::TktFile => "AUTH_TKT_FILE",
            Self::Decode => "AUTH_DECODE",
            Self::NetAddr => "AUTH_NET_ADDR",
            Self::GssCredProblem => "RPCSEC_GSS_CREDPROBLEM",
            Self::GssCtxProblem => "RPCSEC_GSS_CTXPROBLEM",
        }
    }
}

impl Encode for AuthStat {
    fn encode<S: Sink + ?Sized>(&self, to: &mut S) -> Result<(), EncodeError> {
        to.put(&(*self as i32))
    }
}

impl<'de> Decode<'de> for AuthStat {
    const MIN_LEN: usize = 4;

    fn decode(from: &mut Reader<'de>) -> Result<Self, DecodeError> {
        let value: i32 = from.get()?;
        Self::ALL
            .into_iter()
            .find(|stat| *stat as i32 == value)
            .ok_or_else(|| from.invalid_enum("auth_stat", value))
    }
}

/// The body of an `AUTH_SYS` credential (RFC 5531 appendix A). Whoever sends it may write into it what he likes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "authsys_parms")]
pub struct AuthSysParms {
    /// An arbitrary number of the caller's.
    pub stamp: u32,
    /// The caller's machine, at most 255 bytes.
    pub machine_name: String,
    /// The caller's user number.
    pub uid: u32,
    /// The caller's group number.
    pub gid: u32,
    /// Further groups of the caller, at most 16.
    pub gids: Vec<u32>,
}

impl Encode for AuthSysParms {
    fn encode<S: Sink + ?Sized>(&self, to: &mut S) -> Result<(), EncodeError> {
        to.put(&self.stamp)?;
        to.put_as::<Str<MAX_MACHINE_NAME>, _>(&self.machine_name)?;
        to.put(&self.uid)?;
        to.put(&self.gid)?;
        to.put_as::<Array<u32, MAX_GIDS>, _>(&self.gids)
    }
}

impl<'de> Decode<'de> for AuthSysParms {
    const MIN_LEN: usize = 20;

    fn decode(from: &mut Reader<'de>) -> Result<Self, DecodeError> {
        Ok(Self {
            stamp: from.get()?,
            machine_name: from.get_as::<MachineName, _>()?,
            uid: from.get()?,
            gid: from.get()?,
            gids: from.get_as::<Array<u32, MAX_GIDS>, _>()?,
        })
    }
}

/// Machine names are shown, never compared: bytes that are not UTF-8 do not refuse a call.
struct MachineName;

impl<'de> DecodeWith<'de, String> for MachineName {
    const MIN_LEN: usize = 4;

    fn decode_with(from: &mut Reader<'de>) -> Result<String, DecodeError> {
        let name: &[u8] = from.get_as::<Opaque<MAX_MACHINE_NAME>, _>()?;
        Ok(String::from_utf8_lossy(name).into_owned())
    }
}

/// Who a call says it comes from, once its form has been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Credentials {
    /// `AUTH_NONE`.
    None,
    /// `AUTH_SYS`.
    Sys(AuthSysParms),
    /// Another flavor, which client and server have agreed upon.
    Other(OwnedAuth),
}

impl Credentials {
    /// Checks the form of a credential of `AUTH_NONE` or `AUTH_SYS`.
    ///
    /// # Errors
    ///
    /// `AUTH_BADCRED` for a malformed body, `AUTH_REJECTEDCRED` for another flavor.
    pub fn check(cred: &OpaqueAuth<'_>) -> Result<Self, AuthStat> {
        match cred.flavor {
            AuthFlavor::NONE => Ok(Self::None),
            AuthFlavor::SYS => {
                let parms: Result<_, DecodeError> = crate::xdr::decode(cred.body);
                parms.map(Self::Sys).map_err(|_| AuthStat::BadCred)
            }
            _ => Err(AuthStat::RejectedCred),
        }
    }

    /// The credential as it travels: flavor, length, body.
    ///
    /// # Errors
    ///
    /// The machine name, the groups or the body exceed their bounds.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EncodeError> {
        let auth = |flavor, body: &[u8]| crate::xdr::encode(&OpaqueAuth { flavor, body });
        match self {
            Self::None => auth(AuthFlavor::NONE, &[]),
            Self::Sys(parms) => auth(AuthFlavor::SYS, &crate::xdr::encode(parms)?),
            Self::Other(other) => auth(other.flavor, &other.body),
        }
    }
}

/// Whether an error in a message's header lies in an [`OpaqueAuth`]'s length, which RFC 5531 answers.
pub(super) fn is_too_long(error: &DecodeError) -> bool {
    matches!(error.kind(), DecodeErrorKind::TooLong { .. })
}
