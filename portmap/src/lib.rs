//! The portmapper (RFC 1833): registry, server, client.
//!
//! A program that listens on a port of its own choice registers it with the portmapper of its machine; whoever wants
//! to call it asks there. This crate has all three sides:
//!
//! - [`Portmapper`] answers, in a process of its own (the program `portmap`) or inside another one;
//! - [`Portmap`] asks: registers, takes back, looks up, lists;
//! - [`Registrar`] keeps a server registered, whatever becomes of the portmapper, and takes it back at the end;
//! - [`connect()`] goes from a program's number to a client of it.
//!
//! ```no_run
//! # use sunrpc_portmap::pmap::{PMAP_PROG as HELLO_PROG, PMAP_VERS as HELLO_VERS, PmapV2Client as HelloV1Client};
//! # let port = 4711;
//! use sunrpc::Transport;
//! use sunrpc_portmap::{Address, Portmap, connect};
//!
//! // Where the environment's PORTMAP says, or at port 111 of this machine.
//! let portmap = Address::from_env()?;
//! // A server that listens on `port`:
//! Portmap::connect(&portmap)?.replace(HELLO_PROG, HELLO_VERS, port)?;
//! // Whoever wants to call it:
//! let client: HelloV1Client = connect(&portmap, Transport::Tcp)?;
//! # client.null()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The program `portmap` is the feature `program`, on by default; libraries and services do without it and what it
//! depends on (`default-features = false`).
//!
//! [`Registry`] is the table itself, without sockets. [`pmap`] (version 2) and [`rpcb`] (versions 3 and 4) are what
//! rpcgen makes of `idl/portmap.x` and `idl/rpcb.x`.

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

mod address;
mod client;
mod connect;
mod entry;
mod error;
mod netid;
mod own;
pub mod pmap;
mod probe;
mod process;
mod registrar;
mod registry;
pub mod rpcb;
mod server;
mod state;
mod uaddr;

pub use address::{Address, InvalidAddress, PORTMAP_ENV, PORTMAP_PORT};
pub use client::{LONGEST_ANSWER, Portmap};
pub use connect::{connect, connect_with};
pub use error::{Error, Wanted};
pub use netid::{Netid, UnknownNetid};
pub use probe::{Prober, Probing};
pub use registrar::{Registrar, Timing};
pub use registry::{Owner, Refusal, Registration, Registry, RegistryLimits, Removed};
pub use server::{Bound, Builder, Portmapper, Table, UdpQuota};
pub use uaddr::{MAX_PATH, Uaddr};
