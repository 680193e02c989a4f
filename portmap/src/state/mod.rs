//! Registrations that outlive the process: one file, replaced as a whole at each change.

mod file;
mod text;

pub(crate) use file::StateFile;

use crate::{Registration, process::Process};

/// A registration, and the process to which it is bound.
type Kept = (Registration, Option<Process>);
/// The same, while it stands in the table.
type Keep<'r> = (&'r Registration, Option<Process>);
