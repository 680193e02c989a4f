use std::fmt::Debug;

use jiff::Zoned;

/// Tells the time and the zone. Tests bring a clock of their own.
pub trait Clock: Debug + Send + Sync + 'static {
    /// The moment it is.
    fn now(&self) -> Zoned;
}

/// The host's clock in the host's zone.
///
/// The zone is that of the environment variable `TZ`, else of `/etc/localtime`, else UTC. It is looked
/// up at each call (the library keeps it for some minutes), so a host that moves is told apart without
/// a restart.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Zoned {
        Zoned::now()
    }
}
