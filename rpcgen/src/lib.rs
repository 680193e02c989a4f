//! The `.x` compiler: RPC Language (RFC 5531, RFC 4506) to Rust.
//!
//! A build script says which file it wants:
//!
//! ```no_run
//! // build.rs
//! fn main() -> sunrpc_rpcgen::Result {
//!     sunrpc_rpcgen::compile("../idl/daytime.x")
//! }
//! ```
//!
//! and the crate includes the result: `mod daytime { sunrpc::include_x!("daytime"); }`. [`Builder`] has the
//! options.
//!
//! # How it works
//!
//! Text becomes tokens (`lex`), the preprocessor makes one stream of them (`preprocess`), the parser makes
//! definitions (`parse`, `ast`), names are resolved into a model (`resolve`, `model`), and the model is written
//! as Rust (`emit`). What is wrong is gathered on the way (`diag`) and shown at the end (`render`).

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

mod ast;
mod builder;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
mod condition;
mod diag;
mod emit;
#[cfg(feature = "cli")]
mod json;
mod lex;
mod macros;
mod model;
mod number;
mod parse;
mod pipeline;
mod preprocess;
mod render;
mod resolve;
mod similar;
mod source;

pub use builder::{Builder, Error, Result, compile};
