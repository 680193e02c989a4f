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
//! and the crate includes the result: `sunrpc::include_x!(mod daytime);`. [`Builder`] has the options. The program `rpcgen`
//! (feature `cli`, on by default) does the same from the command line, and also checks, lints, compares and formats `.x`
//! files; `rpcgen help` tells. For programs that read `.x` files when they run there is [`schema`].
//!
//! # What it reads
//!
//! The language of RFC 4506 and RFC 5531, and what files in the field have besides:
//!
//! - C's preprocessor (`#include`, `#define` with and without parameters, with `#` and `##`, `#if` and its kin, `#error`,
//!   `#pragma once`), built in; `%` lines, `#pragma`, `#ident` and line markers are dropped. C's rpcgen reads a file
//!   once for each of its outputs (`RPC_HDR`, `RPC_XDR`, …): a definition that any of them would have is there.
//! - Constants by C's arithmetic, of any 64 bits, as text or as a character; names of enum members, programs, versions
//!   and procedures count as constants, and so does what `%#define` lines define, where nothing else does.
//! - Types within types, `//` comments, `struct x` references, forward references, every spelling that C has for
//!   integers, and the types of C's RPC headers (`u_int`, `int32_t`, `bool_t`, `netobj`, …).
//! - Several arguments, with names or without; `string` without a bound among them.
//! - RFC 1833's `struct *node { … }`, and `namespace name { … }`.
//!
//! # What it makes
//!
//! Text that `rustfmt` leaves as it is and that is clean under clippy and rustdoc. A struct that ends in a pointer to
//! itself is the node of a list, and pointers to it are `Vec`s, unless it is used by its value somewhere; other
//! pointers are `Option`s, boxed where the type would else contain itself. [`Builder::borrow`] adds types that borrow
//! what they hold, [`Builder::shared_bytes`] makes opaque data a part of the message it came in.
//!
//! # How it works
//!
//! Text becomes tokens (`lex`), the preprocessor makes one stream of them (`preprocess`), the parser makes
//! definitions (`parse`, `ast`), names are resolved into a model (`resolve`, `model`), and the model is written
//! as Rust (`emit`). What is wrong is gathered on the way (`diag`) and shown at the end (`render`).
//!
//! Lexer and printer are written by hand. A lexer generator, a parser of Rust and its printer would take longer to
//! compile than all that a build script needs now, and printing what 100,000 lines become would take ten times as
//! long as all the rest.

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
mod comment;
mod diag;
mod emit;
#[cfg(feature = "cli")]
mod json;
mod lex;
mod model;
mod number;
mod parse;
mod pipeline;
mod preprocess;
mod render;
mod resolve;
pub mod schema;
mod similar;
mod source;

pub use builder::{Builder, Error, Result, compile};
