//! Services on their sockets: served over TCP and UDP on one port, and registered with a portmapper.

mod entry;
mod host;
mod registration;
mod services;

pub use host::{Ended, Host, Ready};
pub use registration::Timing;
pub use services::{daytime, doctor, passcheck, passcheck_pool};
