//! The host's date and time (after RFC 867), as the classic text and as a structure.

mod clock;
mod moment;
mod service;
mod text;

pub use clock::{Clock, SystemClock};
pub use service::Daytime;
pub use text::classic_text;
