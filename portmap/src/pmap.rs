//! Version 2, from `idl/portmap.x`.

/// Where a portmapper is found, over TCP and over UDP.
pub const PMAP_PORT: u32 = 111;
/// The program.
pub const PMAP_PROG: u32 = 100000;
/// Its version.
pub const PMAP_VERS: u32 = 2;

/// Registers.
pub const PMAPPROC_SET: u32 = 1;
/// Takes back every registration of this program and version.
pub const PMAPPROC_UNSET: u32 = 2;
/// The port of this program, version and protocol; 0 where there is none.
pub const PMAPPROC_GETPORT: u32 = 3;
/// All registrations.
pub const PMAPPROC_DUMP: u32 = 4;
/// Calls a procedure on the caller's behalf.
pub const PMAPPROC_CALLIT: u32 = 5;

/// One registration.
#[doc(alias = "mapping")]
#[derive(Debug, Clone, PartialEq, Eq, Hash, Copy)]
pub struct Mapping {
    /// Program.
    pub prog: u32,
    /// Version.
    pub vers: u32,
    /// 6 for TCP, 17 for UDP.
    pub prot: u32,
    /// Port.
    pub port: u32,
}

impl ::sunrpc::xdr::Encode for Mapping {
    fn encode<S: ::sunrpc::xdr::Sink + ?Sized>(
        &self,
        to: &mut S,
    ) -> Result<(), ::sunrpc::xdr::EncodeError> {
        to.put(&self.prog)?;
        to.put(&self.vers)?;
        to.put(&self.prot)?;
        to.put(&self.port)
    }
}

impl<'de> ::sunrpc::xdr::Decode<'de> for Mapping {
    const MIN_LEN: usize = 16;
    fn decode(from: &mut ::sunrpc::xdr::Reader<'de>) -> Result<Self, ::sunrpc::xdr::DecodeError> {
        Ok(Self { prog: from.get()?, vers: from.get()?, prot: from.get()?, port: from.get()? })
    }
}

/// A list of registrations.
#[doc(alias = "pmaplist")]
#[derive(Debug, Clone, PartialEq, Eq, Hash, Copy)]
pub struct Pmaplist {
    /// One of them.
    pub map: Mapping,
}

impl ::sunrpc::xdr::Encode for Pmaplist {
    fn encode<S: ::sunrpc::xdr::Sink + ?Sized>(
        &self,
        to: &mut S,
    ) -> Result<(), ::sunrpc::xdr::EncodeError> {
        to.put(&self.map)
    }
}

impl<'de> ::sunrpc::xdr::Decode<'de> for Pmaplist {
    const MIN_LEN: usize = 16;
    fn decode(from: &mut ::sunrpc::xdr::Reader<'de>) -> Result<Self, ::sunrpc::xdr::DecodeError> {
        Ok(Self { map: from.get()? })
    }
}

/// A call that the portmapper is to pass on.
#[doc(alias = "call_args")]
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CallArgs {
    /// Program.
    pub prog: u32,
    /// Version.
    pub vers: u32,
    /// Procedure.
    pub proc: u32,
    /// Its arguments, encoded.
    pub args: Vec<u8>,
}

impl ::sunrpc::xdr::Encode for CallArgs {
    fn encode<S: ::sunrpc::xdr::Sink + ?Sized>(
        &self,
        to: &mut S,
    ) -> Result<(), ::sunrpc::xdr::EncodeError> {
        to.put(&self.prog)?;
        to.put(&self.vers)?;
        to.put(&self.proc)?;
        to.put_as::<::sunrpc::xdr::Opaque, _>(&self.args)
    }
}

impl<'de> ::sunrpc::xdr::Decode<'de> for CallArgs {
    const MIN_LEN: usize = 16;
    fn decode(from: &mut ::sunrpc::xdr::Reader<'de>) -> Result<Self, ::sunrpc::xdr::DecodeError> {
        Ok(Self {
            prog: from.get()?,
            vers: from.get()?,
            proc: from.get()?,
            args: from.get_as::<::sunrpc::xdr::Opaque, _>()?,
        })
    }
}

/// What came of a call passed on.
#[doc(alias = "call_result")]
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CallResult {
    /// The port of the program that answered.
    pub port: u32,
    /// The results, encoded.
    pub res: Vec<u8>,
}

impl ::sunrpc::xdr::Encode for CallResult {
    fn encode<S: ::sunrpc::xdr::Sink + ?Sized>(
        &self,
        to: &mut S,
    ) -> Result<(), ::sunrpc::xdr::EncodeError> {
        to.put(&self.port)?;
        to.put_as::<::sunrpc::xdr::Opaque, _>(&self.res)
    }
}

impl<'de> ::sunrpc::xdr::Decode<'de> for CallResult {
    const MIN_LEN: usize = 8;
    fn decode(from: &mut ::sunrpc::xdr::Reader<'de>) -> Result<Self, ::sunrpc::xdr::DecodeError> {
        Ok(Self { port: from.get()?, res: from.get_as::<::sunrpc::xdr::Opaque, _>()? })
    }
}

/// `PMAP_PROG`, version 2.
pub trait PmapV2: Send + Sync + 'static {
    /// NULL, procedure 0: does nothing.
    fn null(&self, call: &::sunrpc::server::Call<'_>) -> Result<(), ::sunrpc::server::Fault> {
        let _ = call;
        Ok(())
    }
    /// Registers.
    fn set(
        &self,
        call: &::sunrpc::server::Call<'_>,
        args: Mapping,
    ) -> Result<bool, ::sunrpc::server::Fault> {
        let _ = (call, args);
        Err(::sunrpc::server::Fault::ProcUnavail)
    }
    /// Takes back every registration of this program and version.
    fn unset(
        &self,
        call: &::sunrpc::server::Call<'_>,
        args: Mapping,
    ) -> Result<bool, ::sunrpc::server::Fault> {
        let _ = (call, args);
        Err(::sunrpc::server::Fault::ProcUnavail)
    }
    /// The port of this program, version and protocol; 0 where there is none.
    fn getport(
        &self,
        call: &::sunrpc::server::Call<'_>,
        args: Mapping,
    ) -> Result<u32, ::sunrpc::server::Fault> {
        let _ = (call, args);
        Err(::sunrpc::server::Fault::ProcUnavail)
    }
    /// All registrations.
    fn dump(
        &self,
        call: &::sunrpc::server::Call<'_>,
    ) -> Result<Vec<Pmaplist>, ::sunrpc::server::Fault> {
        let _ = call;
        Err(::sunrpc::server::Fault::ProcUnavail)
    }
    /// Calls a procedure on the caller's behalf.
    fn callit(
        &self,
        call: &::sunrpc::server::Call<'_>,
        args: CallArgs,
    ) -> Result<CallResult, ::sunrpc::server::Fault> {
        let _ = (call, args);
        Err(::sunrpc::server::Fault::ProcUnavail)
    }
}

/// Answers calls of [`PmapV2`].
#[derive(Debug)]
pub struct PmapV2Server<T>(pub T);

impl<T: PmapV2> ::sunrpc::server::Service for PmapV2Server<T> {
    fn program(&self) -> u32 {
        PMAP_PROG
    }
    fn version(&self) -> u32 {
        PMAP_VERS
    }
    fn name(&self) -> &'static str {
        "PMAP_PROG"
    }
    fn procedure_name(&self, procedure: u32) -> Option<&'static str> {
        match procedure {
            0 => Some("NULL"),
            PMAPPROC_SET => Some("PMAPPROC_SET"),
            PMAPPROC_UNSET => Some("PMAPPROC_UNSET"),
            PMAPPROC_GETPORT => Some("PMAPPROC_GETPORT"),
            PMAPPROC_DUMP => Some("PMAPPROC_DUMP"),
            PMAPPROC_CALLIT => Some("PMAPPROC_CALLIT"),
            _ => None,
        }
    }
    fn dispatch(
        &self,
        call: &::sunrpc::server::Call<'_>,
        args: ::sunrpc::server::Args<'_>,
        results: &mut ::sunrpc::server::Results<'_>,
    ) -> Result<(), ::sunrpc::server::Fault> {
        match call.procedure() {
            0 => {
                args.get::<()>()?;
                self.0.null(call)?;
                results.put(&())
            }
            PMAPPROC_SET => {
                let args = args.get()?;
                results.put(&self.0.set(call, args)?)
            }
            PMAPPROC_UNSET => {
                let args = args.get()?;
                results.put(&self.0.unset(call, args)?)
            }
            PMAPPROC_GETPORT => {
                let args = args.get()?;
                results.put(&self.0.getport(call, args)?)
            }
            PMAPPROC_DUMP => {
                args.get::<()>()?;
                results.put_as::<::sunrpc::xdr::List<Pmaplist>, _>(&self.0.dump(call)?)
            }
            PMAPPROC_CALLIT => {
                let args = args.get()?;
                results.put(&self.0.callit(call, args)?)
            }
            _ => Err(::sunrpc::server::Fault::ProcUnavail),
        }
    }
}

/// Calls `PMAP_PROG`, version 2.
#[derive(Clone, Debug)]
pub struct PmapV2Client(::sunrpc::client::Client);

impl ::sunrpc::client::ProgramClient for PmapV2Client {
    const PROGRAM: u32 = PMAP_PROG;
    const VERSION: u32 = PMAP_VERS;
    fn new(client: ::sunrpc::client::Client) -> Self {
        Self(client)
    }
    fn client(&self) -> &::sunrpc::client::Client {
        &self.0
    }
}

impl PmapV2Client {
    /// NULL, procedure 0: does nothing.
    ///
    /// # Errors
    ///
    /// See [`Error`](::sunrpc::client::Error).
    pub fn null(&self) -> Result<(), ::sunrpc::client::Error> {
        self.0.call(PMAP_PROG, PMAP_VERS, 0, &())
    }
    /// Registers.
    ///
    /// # Errors
    ///
    /// See [`Error`](::sunrpc::client::Error).
    pub fn set(&self, args: &Mapping) -> Result<bool, ::sunrpc::client::Error> {
        self.0.call(PMAP_PROG, PMAP_VERS, PMAPPROC_SET, args)
    }
    /// Takes back every registration of this program and version.
    ///
    /// # Errors
    ///
    /// See [`Error`](::sunrpc::client::Error).
    pub fn unset(&self, args: &Mapping) -> Result<bool, ::sunrpc::client::Error> {
        self.0.call(PMAP_PROG, PMAP_VERS, PMAPPROC_UNSET, args)
    }
    /// The port of this program, version and protocol; 0 where there is none.
    ///
    /// # Errors
    ///
    /// See [`Error`](::sunrpc::client::Error).
    pub fn getport(&self, args: &Mapping) -> Result<u32, ::sunrpc::client::Error> {
        self.0.call(PMAP_PROG, PMAP_VERS, PMAPPROC_GETPORT, args)
    }
    /// All registrations.
    ///
    /// # Errors
    ///
    /// See [`Error`](::sunrpc::client::Error).
    pub fn dump(&self) -> Result<Vec<Pmaplist>, ::sunrpc::client::Error> {
        self.0.call_as::<(), ::sunrpc::xdr::List<Pmaplist>, _, _>(
            PMAP_PROG,
            PMAP_VERS,
            PMAPPROC_DUMP,
            &(),
        )
    }
    /// Calls a procedure on the caller's behalf.
    ///
    /// # Errors
    ///
    /// See [`Error`](::sunrpc::client::Error).
    pub fn callit(&self, args: &CallArgs) -> Result<CallResult, ::sunrpc::client::Error> {
        self.0.call(PMAP_PROG, PMAP_VERS, PMAPPROC_CALLIT, args)
    }
}
