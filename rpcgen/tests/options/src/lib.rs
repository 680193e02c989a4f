//! What the compiler's options make; `tests/` runs it.

#![warn(clippy::pedantic)]

sunrpc::include_x!(
    /// `store.x` with `borrow(".")`.
    pub mod store
);
sunrpc::include_x!(
    /// `blobs.x` with `shared_bytes(".")`.
    pub mod blobs
);
sunrpc::include_x!(
    /// `circles.x` with `borrow(".")`.
    pub mod circles
);
