//! What the compiler's options make; `tests/` runs it.

#![warn(clippy::pedantic)]
// What all emitted code has, and what is right in it.
#![allow(
    clippy::missing_errors_doc,
    clippy::match_wildcard_for_single_variants,
    clippy::similar_names,
    clippy::unreadable_literal
)]

sunrpc::include_x!(
    /// `store.x` with `borrow(".")`.
    pub mod store
);
sunrpc::include_x!(
    /// `blobs.x` with `shared_bytes(".")`.
    pub mod blobs
);
