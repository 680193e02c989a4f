//! The portmapper as a process against hostile callers: on the machine, and beyond it.

mod far;
mod hostile;
mod ours;
mod reserved;
