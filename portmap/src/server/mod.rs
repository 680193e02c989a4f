//! The portmapper itself: three versions of one program over one [`Registry`](crate::Registry).

mod access;
mod audit;
mod builder;
mod callit;
mod core;
mod lookups;
mod metered;
mod orphans;
mod quota;
mod stats;
mod table;
mod v2;
mod v3;
mod v4;

pub use builder::{Bound, Builder, Portmapper};
pub use quota::UdpQuota;
pub use table::Table;
