//! Clients: one connection that many threads may call through.
//!
//! rpcgen writes a client for each program version on top of [`Client`]; its methods are the program's procedures.

mod builder;
mod calls;
mod error;
mod link;
mod reply;
mod table;

pub use builder::Builder;
pub use error::Error;

use std::{net::ToSocketAddrs, path::Path, sync::Arc};

use crate::{
    Endpoint, Transport,
    xdr::{Decode, DecodeWith, Encode, EncodeWith},
};
use calls::Calls;

/// A connection to a server, over TCP, UDP or `AF_UNIX`.
///
/// Cheap to clone; the clones share the connection. Calls of several threads go through it at once: each is sent
/// as it comes, whoever waits reads the socket, and hands others their replies.
///
/// Over UDP a call is sent again, with the same transaction id, until it is answered or its time is up.
#[derive(Clone)]
pub struct Client {
    calls: Arc<Calls>,
}

/// What rpcgen writes for a program version: a typed face of a [`Client`].
pub trait ProgramClient: Sized {
    /// The program's number.
    const PROGRAM: u32;
    /// The program's version.
    const VERSION: u32;

    /// Calls this program through `client`.
    fn new(client: Client) -> Self;

    /// The connection.
    fn client(&self) -> &Client;
}

impl Client {
    /// Connects over TCP, with the defaults of [`Builder`].
    ///
    /// # Errors
    ///
    /// The address cannot be resolved or reached.
    pub fn tcp(addr: impl ToSocketAddrs) -> Result<Self, Error> {
        Self::builder().connect(Transport::Tcp, addr)
    }

    /// Connects over UDP, with the defaults of [`Builder`]. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// The address cannot be resolved.
    pub fn udp(addr: impl ToSocketAddrs) -> Result<Self, Error> {
        Self::builder().connect(Transport::Udp, addr)
    }

    /// Connects to a socket in the file system (`AF_UNIX`), with the defaults of [`Builder`].
    ///
    /// # Errors
    ///
    /// Nobody listens there.
    pub fn unix(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::builder().connect_unix(path)
    }

    /// Starts to set up a connection.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Calls a procedure whose arguments and results are types that are their own codec.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn call<A, R>(
        &self,
        program: u32,
        version: u32,
        procedure: u32,
        args: &A,
    ) -> Result<R, Error>
    where
        A: Encode + ?Sized,
        R: for<'de> Decode<'de>,
    {
        self.call_as::<A, R, A, R>(program, version, procedure, args)
    }

    /// Calls a procedure with arguments in codec `C` and results in codec `D`.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn call_as<C, D, A, R>(
        &self,
        program: u32,
        version: u32,
        procedure: u32,
        args: &A,
    ) -> Result<R, Error>
    where
        C: EncodeWith<A> + ?Sized,
        D: for<'de> DecodeWith<'de, R>,
        A: ?Sized,
    {
        self.calls.call::<C, D, A, R>(program, version, procedure, args)
    }

    /// How calls travel.
    #[must_use]
    pub fn transport(&self) -> Transport {
        self.calls.transport()
    }

    /// Where the server listens.
    #[must_use]
    pub fn server(&self) -> &Endpoint {
        self.calls.server()
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("transport", &self.transport())
            .field("server", &self.server())
            .finish_non_exhaustive()
    }
}
