//! Services on their sockets: served over TCP and UDP on one port, and registered with a portmapper.

mod host;
mod services;

pub use host::{Ended, Host, Ready};
pub use services::{daytime, doctor, passcheck, passcheck_pool};
