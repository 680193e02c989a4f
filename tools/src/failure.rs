//! Why there is no answer.

use std::fmt;

use crate::text::shown;

/// The longest message that is shown.
const MAX: usize = 500;

/// A message for the person at the terminal.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    /// What to say; whatever a terminal would obey in it is shown as an escape.
    pub fn new(message: impl fmt::Display) -> Self {
        // Parts of it may come from the network.
        Self(shown(&message.to_string(), MAX))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
