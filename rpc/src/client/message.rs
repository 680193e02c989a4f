//! Putting calls together.

use std::sync::Arc;

use super::{Builder, Error, Flavor, calls::Target};
use crate::{
    proto::{OwnedAuth, RPC_VERSION},
    xdr::Sink,
};

/// The type of a message that is a call.
const CALL: u32 = 0;

/// Credential and verifier of a connection's calls.
pub(super) enum Auth {
    /// Always the same, as they travel.
    Fixed(Vec<u8>),
    /// Made for each call.
    Flavor(Arc<dyn Flavor>),
}

impl Auth {
    pub(super) fn new(options: &Builder) -> Result<Self, Error> {
        if let Some(flavor) = &options.flavor {
            return Ok(Self::Flavor(Arc::clone(flavor)));
        }
        let mut auth = options.credentials.to_bytes().map_err(Error::Encode)?;
        // An empty verifier of AUTH_NONE.
        auth.extend_from_slice(&[0; 8]);
        Ok(Self::Fixed(auth))
    }
}

/// Appends a call up to its arguments.
pub(super) fn begin(
    xid: u32,
    target: Target,
    auth: &Auth,
    message: &mut Vec<u8>,
) -> Result<(), Error> {
    let Target { program, version, procedure } = target;
    let words = [xid, CALL, RPC_VERSION, program, version, procedure];
    let start = message.len();
    message.put_bytes(words.map(u32::to_be_bytes).as_flattened());
    match auth {
        Auth::Fixed(auth) => message.put_bytes(auth),
        Auth::Flavor(flavor) => prove(&**flavor, start, message)?,
    }
    Ok(())
}

/// Appends credential and verifier to the message that began at `start`.
#[cold]
fn prove(flavor: &dyn Flavor, start: usize, message: &mut Vec<u8>) -> Result<(), Error> {
    put(&flavor.credential(), message)?;
    let verifier = flavor.verifier(message.get(start..).unwrap_or_default());
    put(&verifier, message)
}

fn put(auth: &OwnedAuth, message: &mut Vec<u8>) -> Result<(), Error> {
    message.put(&auth.as_ref()).map_err(Error::Encode)
}
