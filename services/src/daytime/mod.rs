//! The host's date and time (after RFC 867), as the classic text and as a structure.

mod clock;
mod moment;
mod text;

pub use clock::{Clock, SystemClock};
pub use moment::Moment;
pub use text::classic_text;
