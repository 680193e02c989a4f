//! The check of a name and a password against a file of argon2id hashes.
//!
//! The answer tells granted from denied and nothing else: an unknown name, a locked account and a wrong
//! password cost the same work and read the same.

mod account;
mod checker;
mod file;
mod hash;
mod service;
mod store;
mod throttle;

pub use account::{Account, AccountError};
pub use checker::Checker;
pub use file::{Accounts, FileError, Identity};
pub use hash::{Cost, Hash, HashError, Hasher};
pub use service::{Passcheck, PasscheckServer};
pub use store::Store;
pub use throttle::{Throttle, ThrottleLimits};

/// The longest name and the longest password, in bytes.
pub const MAX_INPUT: usize = crate::idl::passcheck::PASSCHECK_MAX as usize;
