//! The compiler against the `.x` files of Debian's packages, C's `rpcgen` and `serde_xdr`.
//!
//! `SUNRPC_FIELD_VALUES` is how many values are made of each type (8), `SUNRPC_FIELD_SEED` where they begin (1).

mod against_c;
mod borrowed;
mod compile;
mod round_trip;
mod serde_xdr;
mod shrinks;
mod world;
