use std::fmt;

use sunrpc_portmap::InvalidAddress;

/// What was tried and went wrong, and what to try next.
#[derive(Debug)]
pub(super) struct Failure {
    what: String,
    next: String,
}

impl Failure {
    pub(super) fn new(what: impl fmt::Display, next: impl fmt::Display) -> Self {
        Self { what: what.to_string(), next: next.to_string() }
    }
}

impl From<InvalidAddress> for Failure {
    fn from(error: InvalidAddress) -> Self {
        Self::new(error, "say where the portmapper is with --portmap HOST:PORT")
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&self.what)?;
        if self.next.is_empty() { Ok(()) } else { write!(to, "\n  {}", self.next) }
    }
}
