//! What the words of a command line say: HOST, PROGRAM and, where it is named, VERSION.

use sunrpc::client::{Client, Error};

use crate::{failure::Failure, names::Names};

/// A program, or one version of it.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// Its number.
    pub number: u32,
    /// `None` where none was named.
    pub version: Option<u32>,
}

impl Program {
    /// Reads PROGRAM, a number or a name of `/etc/rpc`, and VERSION, where there is one.
    ///
    /// # Errors
    ///
    /// The words say something else.
    pub fn from_words(words: &[&str]) -> Result<Self, Failure> {
        let (name, version) = match words {
            [name] => (name, None),
            [name, version] => {
                let wrong =
                    |_| Failure::new(format!("{version} is no version: a number is expected"));
                (name, Some(version.parse().map_err(wrong)?))
            }
            [] => return Err(Failure::new("which program? (see --help)")),
            [_, _, extra, ..] => return Err(too_much(extra)),
        };
        let number = Names::load().number(name).ok_or_else(|| {
            Failure::new(format!("{name} is no program: neither a number nor a name of /etc/rpc"))
        })?;
        Ok(Self { number, version })
    }

    /// The version that was named, or the lowest and the highest of all that the program says it has: it tells when called
    /// with one that does not exist.
    ///
    /// # Errors
    ///
    /// It does not answer.
    pub fn versions(self, client: &Client) -> Result<(u32, u32), Error> {
        if let Some(version) = self.version {
            return Ok((version, version));
        }
        Ok(match range(client, self.number, 0)? {
            Some(range) => range,
            None => range(client, self.number, u32::MAX)?.unwrap_or((0, 0)),
        })
    }
}

/// The versions that the program names when it is called with one that it does not have; `None` where it has it.
fn range(client: &Client, program: u32, version: u32) -> Result<Option<(u32, u32)>, Error> {
    match client.call::<(), ()>(program, version, 0, &()) {
        Ok(()) => Ok(None),
        Err(Error::ProgMismatch { low, high }) => Ok(Some((low, high))),
        Err(error) => Err(error),
    }
}

/// HOST, and the words of the program behind it.
///
/// # Errors
///
/// Either is missing.
pub fn host_and<'a, 'w>(words: &'w [&'a str]) -> Result<(&'a str, &'w [&'a str]), Failure> {
    match words {
        [] => Err(Failure::new("which host, and which program? (see --help)")),
        [host] => Err(Failure::new(format!("which program of {host}? (see --help)"))),
        [host, rest @ ..] => Ok((host, rest)),
    }
}

/// That a word has no place.
#[must_use]
pub fn too_much(extra: &str) -> Failure {
    Failure::new(format!("{extra} is one word too many (see --help)"))
}
