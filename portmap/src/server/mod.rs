//! The portmapper itself: three versions of one program over one [`Registry`](crate::Registry).

mod access;
mod builder;
mod core;
mod lookups;
mod metered;
mod stats;
mod v2;
mod v3;
mod v4;

pub use builder::{Bound, Builder, Portmapper};
