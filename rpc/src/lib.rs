//! ONC RPC version 2 (RFC 5531): messages, clients and servers over TCP, UDP and AF_UNIX.
//!
//! A service is described in a `.x` file; `sunrpc-rpcgen` turns it, in `build.rs`, into types, a server trait, a
//! dispatcher and a client that stand on this crate. Of
//! `program HELLO_PROG { version HELLO_VERS { string HELLO_GREET(string) = 1; } = 1; } = 0x20000001;` and
//! `sunrpc_rpcgen::compile("hello.x")` there comes:
//!
//! ```ignore
//! use sunrpc::{client::{Client, ProgramClient as _}, server::{Call, Fault, Server}};
//!
//! sunrpc::include_x!(mod hello);
//!
//! struct Hello;
//!
//! impl hello::HelloV1 for Hello {
//!     fn greet(&self, _call: &Call<'_>, name: String) -> Result<String, Fault> {
//!         Ok(format!("Hello, {name}!"))
//!     }
//! }
//!
//! let server = Server::builder().service(hello::HelloV1Server(Hello)).listen("127.0.0.1:0").bind()?.spawn()?;
//! let client = hello::HelloV1Client::new(Client::tcp(server.tcp_addr().unwrap())?);
//! assert_eq!(client.greet("world")?, "Hello, world!");
//! ```
//!
//! To be found by its program's number, a server registers with the portmapper: the crate `sunrpc-portmap` has
//! `Portmap::replace` for it, and `connect` for its clients.
//!
//! # What there is
//!
//! - [`server`]: a [`Service`](server::Service) is one version of one program; a [`Server`](server::Server)
//!   answers for several of them over TCP and UDP, on one thread of its own (`mio`), within
//!   [`Limits`](server::Limits).
//! - [`client`]: a [`Client`](client::Client) is one connection that many threads may call through.
//! - [`proto`]: the protocol itself, without sockets and without a clock.
//! - [`xdr`]: the data representation (RFC 4506).
//!
//! | at the client | |
//! |---|---|
//! | many calls at once, waited for or `.await`ed | [`Client::start`](client::Client::start), [`Pending`](client::Pending) |
//! | calls without an answer | [`Client::send`](client::Client::send) |
//! | time limits, cancelling | [`Client::with_timeout`](client::Client::with_timeout), [`Cancel`](client::Cancel) |
//! | what may be sent again | [`Builder::repeat`](client::Builder::repeat), [`Error::may_have_run`](client::Error::may_have_run) |
//! | what is too long for UDP | [`Builder::fall_back_to_tcp`](client::Builder::fall_back_to_tcp) |
//! | whoever is there | [`Builder::broadcast`](client::Builder::broadcast) |
//! | being called by the server | [`Builder::serve`](client::Builder::serve) |
//! | who calls | [`Builder::credentials`](client::Builder::credentials), [`Flavor`](client::Flavor) |
//! | to see and count calls | [`Interceptor`](client::Interceptor), [`Client::stats`](client::Client::stats) |
//! | to wait without sleeping | [`Builder::busy_poll`](client::Builder::busy_poll) |
//!
//! | at the server | |
//! |---|---|
//! | services that block | [`Builder::blocking_service`](server::Builder::blocking_service), [`Pool`](server::Pool) |
//! | who may call | [`Guarded`](server::Guarded), [`only_local`](server::only_local), [`Flavor`](server::Flavor) |
//! | before and behind every call | [`Layer`](server::Layer), [`Interceptor`](server::Interceptor), [`Traced`](server::Traced) |
//! | counts and times | `server::Metrics` (feature `metrics`) |
//! | calling the caller back | [`Call::callback`](server::Call::callback) |
//! | several cores, and no sleep | [`Builder::reactors`](server::Builder::reactors), [`Builder::busy_poll`](server::Builder::busy_poll) |
//! | an end | [`Stop`](server::Stop), [`stop_on_signals`](server::stop_on_signals) |
//! | no sockets: simulations, fuzzing | [`Core`](server::Core) |
//!
//! # Features
//!
//! None is on by default.
//!
//! - `bytes`: opaque data as `bytes::Bytes`, parts of a message instead of copies.
//! - `metrics`: `server::Metrics`, counts and latency histograms of every procedure.
//! - `serde`: serde for the types of [`xdr`] that generated ones are made of.
//!
//! # Without rpcgen
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
            include!(concat!($crate::include_x!(@out_dir), "/", stringify!($name), ".rs"));
        }
    };
    ($name:literal) => {
        include!(concat!($crate::include_x!(@out_dir), "/", $name, ".rs"));
    };
    (@out_dir) => {
        env!(
            "OUT_DIR",
            "nothing was generated: a build.rs beside Cargo.toml has to compile the .x file with rpcgen"
        )
    };
}
