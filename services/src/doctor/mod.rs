//! The doctor: a therapist who answers from the patient's own words.
//!
//! An engine for scripts after Weizenbaum's ELIZA, with his script DOCTOR (`doctor.txt`), and a table of
//! sessions. It is our own because the one library there is, the crate `eliza` 2.0.1, compiles a regular
//! expression per rule and word of each remark, replaces parts of words, panics where a rule quotes one
//! part too many, keeps an unbounded memory and picks its greetings at random, on dependencies of 2019.

mod engine;
mod parse;
mod pattern;
mod script;
mod service;
mod sessions;
mod template;
mod words;

pub use engine::{Answer, Patient};
pub use parse::ScriptError;
pub use script::Script;
pub use service::Doctor;
pub use sessions::{Now, SessionError, SessionLimits, Sessions};

/// The longest remark that is heard and the longest answer, in bytes.
pub const MAX_TEXT: usize = crate::idl::doctor::DOCTOR_TEXT_MAX as usize;
