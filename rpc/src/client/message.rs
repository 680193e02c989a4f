//! Putting calls together.

use super::{Error, calls::Target};
use crate::{
    proto::{Credentials, RPC_VERSION},
    xdr::{self, EncodeWith, Sink},
};

/// The type of a message that is a call.
const CALL: u32 = 0;

/// Credential and verifier, as they travel.
pub(super) fn auth(credentials: &Credentials) -> Result<Vec<u8>, Error> {
    let mut auth = credentials.to_bytes().map_err(Error::Encode)?;
    // An empty verifier of AUTH_NONE.
    auth.extend_from_slice(&[0; 8]);
    Ok(auth)
}

/// Appends a call.
pub(super) fn encode<C: EncodeWith<A> + ?Sized, A: ?Sized>(
    xid: u32,
    target: Target,
    auth: &[u8],
    args: &A,
    message: &mut Vec<u8>,
) -> Result<(), Error> {
    let Target { program, version, procedure } = target;
    let words = [xid, CALL, RPC_VERSION, program, version, procedure];
    message.put_bytes(words.map(u32::to_be_bytes).as_flattened());
    message.put_bytes(auth);
    xdr::encode_into::<C, A>(args, message).map_err(Error::Encode)
}
