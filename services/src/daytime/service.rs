use sunrpc::server::{Call, Fault};

use super::{Clock, SystemClock, classic_text, moment::moment};
use crate::idl::daytime::{DaytimeV1, Moment};

/// The service `daytime`.
#[derive(Clone, Debug, Default)]
pub struct Daytime<C = SystemClock> {
    clock: C,
}

impl<C: Clock> Daytime<C> {
    /// A service that tells this clock's time.
    pub fn new(clock: C) -> Self {
        Self { clock }
    }
}

impl<C: Clock> DaytimeV1 for Daytime<C> {
    fn text(&self, _: &Call<'_>) -> Result<String, Fault> {
        Ok(classic_text(&self.clock.now()))
    }

    fn get(&self, _: &Call<'_>) -> Result<Moment, Fault> {
        Ok(moment(&self.clock.now()))
    }
}
