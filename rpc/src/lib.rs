//! ONC RPC version 2 (RFC 5531): messages, clients and servers over TCP, UDP and AF_UNIX.
//!
//! A service is described in a `.x` file; `sunrpc-rpcgen` turns it, in `build.rs`, into types, a server trait, a
//! dispatcher and a client that stand on this crate:
//!
//! - [`server`]: a [`Service`](server::Service) is one version of one program; a [`Server`](server::Server)
//!   answers for several of them over TCP and UDP, on one thread of its own (`mio`), within
//!   [`Limits`](server::Limits).
//! - [`client`]: a [`Client`](client::Client) is one connection that many threads may call through.
//! - [`proto`]: the protocol itself, without sockets and without a clock.
//! - [`xdr`]: the data representation (RFC 4506).
//!
//! ```
//! use sunrpc::{client::Client, server::{Args, Call, Fault, Results, Server, Service}};
//!
//! /// What rpcgen would emit for `program DOUBLER { version ONE { int DOUBLE(int) = 1; } = 1; } = 0x20000001;`
//! struct Doubler;
//!
//! impl Service for Doubler {
//!     fn program(&self) -> u32 { 0x2000_0001 }
//!     fn version(&self) -> u32 { 1 }
//!     fn dispatch(&self, call: &Call<'_>, args: Args<'_>, results: &mut Results<'_>) -> Result<(), Fault> {
//!         match call.procedure() {
//!             0 => results.put(&args.get::<()>()?),
//!             1 => results.put(&args.get::<i32>()?.saturating_mul(2)),
//!             _ => Err(Fault::ProcUnavail),
//!         }
//!     }
//! }
//!
//! let server = Server::builder().service(Doubler).listen("127.0.0.1:0").bind()?.spawn()?;
//! for client in [Client::tcp(server.tcp_addr().unwrap())?, Client::udp(server.udp_addr().unwrap())?] {
//!     let answer: i32 = client.call(0x2000_0001, 1, 1, &21)?;
//!     assert_eq!(answer, 42);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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

pub mod client;
pub mod proto;
pub mod server;

mod incoming;
mod pieces;
mod transport;

pub use sunrpc_xdr as xdr;
pub use transport::{Endpoint, Transport, UnknownTransport};

/// Includes what rpcgen made of a `.x` file in `build.rs`.
///
/// `include_x!(mod daytime);` makes a module of `daytime.x`, with any visibility (`pub mod daytime`) and attributes;
/// what of it stays unused is not complained of, nor are the few of clippy's pedantic lints that it does not keep to.
/// `include_x!("daytime");` includes the same where it stands.
#[macro_export]
macro_rules! include_x {
    ($(#[$attribute:meta])* $visibility:vis mod $name:ident) => {
        $(#[$attribute])*
        #[allow(
            dead_code,
            clippy::match_bool,
            clippy::match_wildcard_for_single_variants,
            clippy::missing_errors_doc,
            clippy::similar_names,
            clippy::unreadable_literal
        )]
        $visibility mod $name {
            include!(concat!(env!("OUT_DIR"), "/", stringify!($name), ".rs"));
        }
    };
    ($name:literal) => {
        include!(concat!(env!("OUT_DIR"), "/", $name, ".rs"));
    };
}
