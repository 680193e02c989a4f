//! What the programs for those who run RPC services have in common: the names of programs, and how text that came
//! from a network is shown.

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

pub mod names;
pub mod text;
