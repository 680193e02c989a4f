//! Registrations that outlive the process: one file, replaced as a whole at each change.

mod file;
mod text;

pub(crate) use file::StateFile;
