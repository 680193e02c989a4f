//! Services defined in `.x` files that register with a portmapper: the time of day, the doctor, and the
//! check of a password.
//!
//! - [`daytime`], [`doctor`], [`passcheck`]: what each does, and its face to the network;
//! - [`idl`]: what rpcgen makes of their `.x` files;
//! - [`hosting`]: a service on its sockets, registered;
//! - [`cli`]: the program `services`.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

pub mod cli;
pub mod daytime;
pub mod doctor;
pub mod hosting;
pub mod idl;
pub mod passcheck;
