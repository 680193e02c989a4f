//! The compiler against the field: the `.x` files of Debian's packages, what C's `rpcgen` and libtirpc make of them, and
//! `serde_xdr`.
//!
//! `tests/field/fetch` takes the files from the packages into `target/field/x`; they are never committed. A test says so
//! and passes where they are missing, unless `SUNRPC_PEERS=required` is set.
//!
//! # How values are compared
//!
//! No value is made in Rust or C. [`schema`] reads what `rpcgen schema --json` says of a file, [`values`] writes valid
//! bytes of its types, [`mutate`] damages them, and each peer decodes and encodes again: the Rust that our compiler
//! emits ([`rust`]), with types that own and types that borrow, the C that `rpcgen` emits ([`c`]), and `serde_xdr` over
//! the same Rust. A [`sample`] that fails is made smaller ([`shrink`]) by the [`choices`] that it was made of.

pub mod arguments;
pub mod beside;
pub mod c;
pub mod choices;
pub mod codec;
pub mod corpus;
pub mod folder;
pub mod mutate;
pub mod peer;
pub mod plain;
pub mod rust;
pub mod sample;
pub mod schema;
pub mod second_opinion;
pub mod shrink;
pub mod values;
