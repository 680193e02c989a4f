//! What the end-to-end tests stand on: processes that are watched, private networks, other people's programs, and
//! messages put together by hand.
//!
//! A test that needs something the machine does not have says so and passes, unless `SUNRPC_PEERS=required` is set
//! (`tests/run` sets it): then it fails.

pub mod build;
pub mod hex;
pub mod isolated;
pub mod needs;
mod patience;
pub mod process;
pub mod rng;
pub mod service;
pub mod usage;
pub mod wire;
