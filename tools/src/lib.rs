//! What the programs for those who run RPC services have in common: which portmapper they ask, the names of programs, and
//! how they show what they found, or did not; and [`dynamic`], values of any `.x` file's types.

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

pub mod dynamic;
pub mod failure;
pub mod json;
pub mod names;
pub mod output;
pub mod portmapper;
pub mod text;
pub mod words;
