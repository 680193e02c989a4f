//! Versions 3 and 4, from `idl/rpcb.x`.

/// The program.
pub const RPCBPROG: u32 = 100000;
/// Version 3.
pub const RPCBVERS: u32 = 3;
/// Version 4.
pub const RPCBVERS4: u32 = 4;
/// Datagrams.
pub const NC_TPI_CLTS: u32 = 1;
/// A connection.
pub const NC_TPI_COTS: u32 = 2;
/// A connection that is closed in good order.
pub const NC_TPI_COTS_ORD: u32 = 3;
/// Procedures that statistics are kept of.
pub const RPCBSTAT_HIGHPROC: u32 = 13;
/// Versions that statistics are kept of.
pub const RPCBVERS_STAT: u32 = 3;
/// The place of version 2.
pub const RPCBVERS_2_STAT: u32 = 0;
/// The place of version 3.
pub const RPCBVERS_3_STAT: u32 = 1;
/// The place of version 4.
pub const RPCBVERS_4_STAT: u32 = 2;

/// Registers.
pub const RPCBPROC_SET: u32 = 1;
/// Takes registrations back.
pub const RPCBPROC_UNSET: u32 = 2;
/// Where a program is reached over the transport by which the question came.
pub const RPCBPROC_GETADDR: u32 = 3;
/// All registrations.
pub const RPCBPROC_DUMP: u32 = 4;
/// Calls a procedure on the caller's behalf.
pub const RPCBPROC_CALLIT: u32 = 5;
/// The time here.
pub const RPCBPROC_GETTIME: u32 = 6;
/// From a universal address to the transport's own form.
pub const RPCBPROC_UADDR2TADDR: u32 = 7;
/// From the transport's own form to a universal address.
pub const RPCBPROC_TADDR2UADDR: u32 = 8;
/// Calls a procedure on the caller's behalf.
pub const RPCBPROC_BCAST: u32 = 5;
/// GETADDR for exactly this version.
pub const RPCBPROC_GETVERSADDR: u32 = 9;
/// CALLIT that answers its failures.
pub const RPCBPROC_INDIRECT: u32 = 10;
/// Every way to reach a program.
pub const RPCBPROC_GETADDRLIST: u32 = 11;
/// Statistics.
pub const RPCBPROC_GETSTAT: u32 = 12;

/// A registration; also what lookups ask with.
#[doc(alias = "rpcb")]
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Rpcb {
    /// Program.
    pub r_prog: u32,
    /// Version.
    pub r_vers: u32,
    /// The transport.
    pub r_netid: String,
    /// The universal address.
    pub r_addr: String,
    /// Who registered it.
    pub r_owner: String,
}

impl ::sunrpc::xdr::Encode for Rpcb {
    fn encode<S: ::sunrpc::xdr::Sink + ?Sized>(
        &self,
        to: &mut S,
    ) -> Result<(), ::sunrpc::xdr::EncodeError> {
        to.put(&self.r_prog)?;
        to.put(&self.r_vers)?;
        to.put_as::<::sunrpc::xdr::Str, _>(&self.r_netid)?;
        to.put_as::<::sunrpc::xdr::Str, _>(&self.r_addr)?;
        to.put_as::<::sunrpc::xdr::Str, _>(&self.r_owner)
    }
}

impl<'de> ::sunrpc::xdr::Decode<'de> for Rpcb {
    const MIN_LEN: usize = 20;
    fn decode(from: &mut ::sunrpc::xdr::Reader<'de>) -> Result<Self, ::sunrpc::xdr::DecodeError> {
        Ok(Self {
            r_prog: from.get()?,
            r_vers: from.get()?,
            r_netid: from.get_as::<::sunrpc::xdr::Str, _>()?,
            r_addr: from.get_as::<::sunrpc::xdr::Str, _>()?,
            r_owner: from.get_as::<::sunrpc::xdr::Str, _>()?,
        })
    }
}

/// A list of registrations.
#[doc(alias = "rp__list")]
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RpList {
    /// One of them.
    pub rpcb_map: Rpcb,
}

impl ::sunrpc::xdr::Encode for RpList {
    fn encode<S: ::sunrpc::xdr::Sink + ?Sized>(
        &self,
        to: &mut S,
    ) -> Result<(), ::sunrpc::xdr::EncodeError> {
        to.put(&self.rpcb_map)
    }
}

impl<'de> ::sunrpc::xdr::Decode<'de> for RpList {
    const MIN_LEN: usize = 20;
    fn decode(from: &mut ::sunrpc::xdr::Reader<'de>) -> Result<Self, ::sunrpc::xdr::DecodeError> {
        Ok(Self { rpcb_map: from.get()? })
    }
}

/// A call that the portmapper is to pass on.
#[doc(alias = "rpcb_rmtcallargs")]
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RpcbRmtcallargs {
    /// Program.
    pub prog: u32,
    /// Version.
    pub vers: u32,
    /// Procedure.
    pub proc: u32,
    /// Its arguments, encoded.
    pub args: Vec<u8>,
}

impl ::sunrpc::xdr::Encode for RpcbRmtcallargs {
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

impl<'de> ::sunrpc::xdr::Decode<'de> for RpcbRmtcallargs {
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
#[doc(alias = "rpcb_rmtcallres")]
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RpcbRmtcallres {
    /// The universal address of the program that answered.
    pub addr: String,
    /// The results, encoded.
    pub results: Vec<u8>,
}

impl ::sunrpc::xdr::Encode for RpcbRmtcallres {
    fn encode<S: ::sunrpc::xdr::Sink + ?Sized>(
        &self,
        to: &mut S,
    ) -> Result<(), ::sunrpc::xdr::EncodeError> {
        to.put_as::<::sunrpc::xdr::Str, _>(&self.addr)?;
        to.put_as::<::sunrpc::xdr::Opaque, _>(&self.results)
    }
}

impl<'de> ::sunrpc::xdr::Decode<'de> for RpcbRmtcallres {
    const MIN_LEN: usize = 8;
    fn decode(from: &mut ::sunrpc::xdr::Reader<'de>) -> Result<Self, ::sunrpc::xdr::DecodeError> {
        Ok(Self {
            addr: from.get_as::<::sunrpc::xdr::Str, _>()?,
            results: from.get_as::<::sunrpc::xdr::Opaque, _>()?,
        })
    }
}

/// One way to reach a program.
#[doc(alias = "rpcb_entry")]
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RpcbEntry {
    /// The universal address.
    pub r_maddr: String,
    /// The network id.
    pub r_nc_netid: String,
    /// What the transport promises.
    pub r_nc_semantics: u32,
    /// The protocol family.
    pub r_nc_protofmly: String,
    /// The protocol.
    pub r_nc_proto: String,
}

impl ::sunrpc::xdr::Encode for RpcbEntry {
    fn encode<S: ::sunrpc::xdr::Sink + ?Sized>(
        &self,
        to: &mut S,
    ) -> Result<(), ::sunrpc::xdr::EncodeError> {
        to.put_as::<::sunrpc::xdr::Str, _>(&self.r_maddr)?;
        to.put_as::<::sunrpc::xdr::Str, _>(&self.r_nc_netid)?;
        to.put(&self.r_nc_semantics)?;
        to.put_as::<::sunrpc::xdr::Str, _>(&self.r_nc_protofmly)?;
        to.put_as::<::sunrpc::xdr::Str, _>(&self.r_nc_proto)
    }
}

impl<'de> ::sunrpc::xdr::Decode<'de> for RpcbEntry {
    const MIN_LEN: usize = 20;
    fn decode(from: &mut ::sunrpc::xdr::Reader<'de>) -> Result<Self, ::sunrpc::xdr::DecodeError> {
        Ok(Self {
            r_maddr: from.get_as::<::sunrpc::xdr::Str, _>()?,
            r_nc_netid: from.get_as::<::sunrpc::xdr::Str, _>()?,
            r_nc_semantics: from.get()?,
            r_nc_protofmly: from.get_as::<::sunrpc::xdr::Str, _>()?,
            r_nc_proto: from.get_as::<::sunrpc::xdr::Str, _>()?,
        })
    }
}

/// A list of ways to reach a program.
#[doc(alias = "rpcb_entry_list")]
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RpcbEntryList {
    /// One of them.
    pub rpcb_entry_map: RpcbEntry,
}

impl ::sunrpc::xdr::Encode for RpcbEntryList {
    fn encode<S: ::sunrpc::xdr::Sink + ?Sized>(
        &self,
        to: &mut S,
    ) -> Result<(), ::sunrpc::xdr::EncodeError> {
        to.put(&self.rpcb_entry_map)
    }
}

impl<'de> ::sunrpc::xdr::Decode<'de> for RpcbEntryList {
    const MIN_LEN: usize = 20;
    fn decode(from: &mut ::sunrpc::xdr::Reader<'de>) -> Result<Self, ::sunrpc::xdr::DecodeError> {
        Ok(Self { rpcb_entry_map: from.get()? })
    }
}

/// Lookups of one program, version and transport.
#[doc(alias = "rpcbs_addrlist")]
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RpcbsAddrlist {
    /// Program.
    pub prog: u32,
    /// Version.
    pub vers: u32,
    /// Found.
    pub success: i32,
    /// Not found.
    pub failure: i32,
    /// Transport.
    pub netid: String,
}

impl ::sunrpc::xdr::Encode for RpcbsAddrlist {
    fn encode<S: ::sunrpc::xdr::Sink + ?Sized>(
        &self,
        to: &mut S,
    ) -> Result<(), ::sunrpc::xdr::EncodeError> {
        to.put(&self.prog)?;
        to.put(&self.vers)?;
        to.put(&self.success)?;
        to.put(&self.failure)?;
        to.put_as::<::sunrpc::xdr::Str, _>(&self.netid)
    }
}

impl<'de> ::sunrpc::xdr::Decode<'de> for RpcbsAddrlist {
    const MIN_LEN: usize = 20;
    fn decode(from: &mut ::sunrpc::xdr::Reader<'de>) -> Result<Self, ::sunrpc::xdr::DecodeError> {
        Ok(Self {
            prog: from.get()?,
            vers: from.get()?,
            success: from.get()?,
            failure: from.get()?,
            netid: from.get_as::<::sunrpc::xdr::Str, _>()?,
        })
    }
}

/// Calls passed on to one procedure over one transport.
#[doc(alias = "rpcbs_rmtcalllist")]
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RpcbsRmtcalllist {
    /// Program.
    pub prog: u32,
    /// Version.
    pub vers: u32,
    /// Procedure.
    pub proc: u32,
    /// Answered.
    pub success: i32,
    /// Not answered.
    pub failure: i32,
    /// By INDIRECT.
    pub indirect: i32,
    /// Transport.
    pub netid: String,
}

impl ::sunrpc::xdr::Encode for RpcbsRmtcalllist {
    fn encode<S: ::sunrpc::xdr::Sink + ?Sized>(
        &self,
        to: &mut S,
    ) -> Result<(), ::sunrpc::xdr::EncodeError> {
        to.put(&self.prog)?;
        to.put(&self.vers)?;
        to.put(&self.proc)?;
        to.put(&self.success)?;
        to.put(&self.failure)?;
        to.put(&self.indirect)?;
        to.put_as::<::sunrpc::xdr::Str, _>(&self.netid)
    }
}

impl<'de> ::sunrpc::xdr::Decode<'de> for RpcbsRmtcalllist {
    const MIN_LEN: usize = 28;
    fn decode(from: &mut ::sunrpc::xdr::Reader<'de>) -> Result<Self, ::sunrpc::xdr::DecodeError> {
        Ok(Self {
            prog: from.get()?,
            vers: from.get()?,
            proc: from.get()?,
            success: from.get()?,
            failure: from.get()?,
            indirect: from.get()?,
            netid: from.get_as::<::sunrpc::xdr::Str, _>()?,
        })
    }
}

/// The statistics of one version.
#[doc(alias = "rpcb_stat")]
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RpcbStat {
    /// Calls of each procedure.
    pub info: [i32; 13],
    /// SETs that said TRUE.
    pub setinfo: i32,
    /// UNSETs that said TRUE.
    pub unsetinfo: i32,
    /// Lookups.
    pub addrinfo: Vec<RpcbsAddrlist>,
    /// Calls passed on.
    pub rmtinfo: Vec<RpcbsRmtcalllist>,
}

impl ::sunrpc::xdr::Encode for RpcbStat {
    fn encode<S: ::sunrpc::xdr::Sink + ?Sized>(
        &self,
        to: &mut S,
    ) -> Result<(), ::sunrpc::xdr::EncodeError> {
        to.put_as::<::sunrpc::xdr::FixedArray<i32, RPCBSTAT_HIGHPROC>, _>(&self.info)?;
        to.put(&self.setinfo)?;
        to.put(&self.unsetinfo)?;
        to.put_as::<::sunrpc::xdr::List<RpcbsAddrlist>, _>(&self.addrinfo)?;
        to.put_as::<::sunrpc::xdr::List<RpcbsRmtcalllist>, _>(&self.rmtinfo)
    }
}

impl<'de> ::sunrpc::xdr::Decode<'de> for RpcbStat {
    const MIN_LEN: usize = 68;
    fn decode(from: &mut ::sunrpc::xdr::Reader<'de>) -> Result<Self, ::sunrpc::xdr::DecodeError> {
        Ok(Self {
            info: from.get_as::<::sunrpc::xdr::FixedArray<i32, RPCBSTAT_HIGHPROC>, _>()?,
            setinfo: from.get()?,
            unsetinfo: from.get()?,
            addrinfo: from.get_as::<::sunrpc::xdr::List<RpcbsAddrlist>, _>()?,
            rmtinfo: from.get_as::<::sunrpc::xdr::List<RpcbsRmtcalllist>, _>()?,
        })
    }
}

/// An address in the transport's own form.
#[doc(alias = "netbuf")]
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Netbuf {
    /// Room.
    pub maxlen: u32,
    /// Bytes.
    pub buf: Vec<u8>,
}

impl ::sunrpc::xdr::Encode for Netbuf {
    fn encode<S: ::sunrpc::xdr::Sink + ?Sized>(
        &self,
        to: &mut S,
    ) -> Result<(), ::sunrpc::xdr::EncodeError> {
        to.put(&self.maxlen)?;
        to.put_as::<::sunrpc::xdr::Opaque, _>(&self.buf)
    }
}

impl<'de> ::sunrpc::xdr::Decode<'de> for Netbuf {
    const MIN_LEN: usize = 8;
    fn decode(from: &mut ::sunrpc::xdr::Reader<'de>) -> Result<Self, ::sunrpc::xdr::DecodeError> {
        Ok(Self { maxlen: from.get()?, buf: from.get_as::<::sunrpc::xdr::Opaque, _>()? })
    }
}

/// `RPCBPROG`, version 3.
pub trait RpcbV3: Send + Sync + 'static {
    /// NULL, procedure 0: does nothing.
    fn null(&self, call: &::sunrpc::server::Call<'_>) -> Result<(), ::sunrpc::server::Fault> {
        let _ = call;
        Ok(())
    }
    /// Registers.
    fn set(
        &self,
        call: &::sunrpc::server::Call<'_>,
        args: Rpcb,
    ) -> Result<bool, ::sunrpc::server::Fault> {
        let _ = (call, args);
        Err(::sunrpc::server::Fault::ProcUnavail)
    }
    /// Takes registrations back.
    fn unset(
        &self,
        call: &::sunrpc::server::Call<'_>,
        args: Rpcb,
    ) -> Result<bool, ::sunrpc::server::Fault> {
        let _ = (call, args);
        Err(::sunrpc::server::Fault::ProcUnavail)
    }
    /// Where a program is reached over the transport by which the question came.
    fn getaddr(
        &self,
        call: &::sunrpc::server::Call<'_>,
        args: Rpcb,
    ) -> Result<String, ::sunrpc::server::Fault> {
        let _ = (call, args);
        Err(::sunrpc::server::Fault::ProcUnavail)
    }
    /// All registrations.
    fn dump(
        &self,
        call: &::sunrpc::server::Call<'_>,
    ) -> Result<Vec<RpList>, ::sunrpc::server::Fault> {
        let _ = call;
        Err(::sunrpc::server::Fault::ProcUnavail)
    }
    /// Calls a procedure on the caller's behalf.
    fn callit(
        &self,
        call: &::sunrpc::server::Call<'_>,
        args: RpcbRmtcallargs,
    ) -> Result<RpcbRmtcallres, ::sunrpc::server::Fault> {
        let _ = (call, args);
        Err(::sunrpc::server::Fault::ProcUnavail)
    }
    /// The time here.
    fn gettime(&self, call: &::sunrpc::server::Call<'_>) -> Result<u32, ::sunrpc::server::Fault> {
        let _ = call;
        Err(::sunrpc::server::Fault::ProcUnavail)
    }
    /// From a universal address to the transport's own form.
    fn uaddr2taddr(
        &self,
        call: &::sunrpc::server::Call<'_>,
        args: String,
    ) -> Result<Netbuf, ::sunrpc::server::Fault> {
        let _ = (call, args);
        Err(::sunrpc::server::Fault::ProcUnavail)
    }
    /// From the transport's own form to a universal address.
    fn taddr2uaddr(
        &self,
        call: &::sunrpc::server::Call<'_>,
        args: Netbuf,
    ) -> Result<String, ::sunrpc::server::Fault> {
        let _ = (call, args);
        Err(::sunrpc::server::Fault::ProcUnavail)
    }
}

/// Answers calls of [`RpcbV3`].
#[derive(Debug)]
pub struct RpcbV3Server<T>(pub T);

impl<T: RpcbV3> ::sunrpc::server::Service for RpcbV3Server<T> {
    fn program(&self) -> u32 {
        RPCBPROG
    }
    fn version(&self) -> u32 {
        RPCBVERS
    }
    fn name(&self) -> &'static str {
        "RPCBPROG"
    }
    fn procedure_name(&self, procedure: u32) -> Option<&'static str> {
        match procedure {
            0 => Some("NULL"),
            RPCBPROC_SET => Some("RPCBPROC_SET"),
            RPCBPROC_UNSET => Some("RPCBPROC_UNSET"),
            RPCBPROC_GETADDR => Some("RPCBPROC_GETADDR"),
            RPCBPROC_DUMP => Some("RPCBPROC_DUMP"),
            RPCBPROC_CALLIT => Some("RPCBPROC_CALLIT"),
            RPCBPROC_GETTIME => Some("RPCBPROC_GETTIME"),
            RPCBPROC_UADDR2TADDR => Some("RPCBPROC_UADDR2TADDR"),
            RPCBPROC_TADDR2UADDR => Some("RPCBPROC_TADDR2UADDR"),
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
            RPCBPROC_SET => {
                let args = args.get()?;
                results.put(&self.0.set(call, args)?)
            }
            RPCBPROC_UNSET => {
                let args = args.get()?;
                results.put(&self.0.unset(call, args)?)
            }
            RPCBPROC_GETADDR => {
                let args = args.get()?;
                results.put_as::<::sunrpc::xdr::Str, _>(&self.0.getaddr(call, args)?)
            }
            RPCBPROC_DUMP => {
                args.get::<()>()?;
                results.put_as::<::sunrpc::xdr::List<RpList>, _>(&self.0.dump(call)?)
            }
            RPCBPROC_CALLIT => {
                let args = args.get()?;
                results.put(&self.0.callit(call, args)?)
            }
            RPCBPROC_GETTIME => {
                args.get::<()>()?;
                results.put(&self.0.gettime(call)?)
            }
            RPCBPROC_UADDR2TADDR => {
                let args = args.get_as::<::sunrpc::xdr::Str, String>()?;
                results.put(&self.0.uaddr2taddr(call, args)?)
            }
            RPCBPROC_TADDR2UADDR => {
                let args = args.get()?;
                results.put_as::<::sunrpc::xdr::Str, _>(&self.0.taddr2uaddr(call, args)?)
            }
            _ => Err(::sunrpc::server::Fault::ProcUnavail),
        }
    }
}

/// Calls `RPCBPROG`, version 3.
#[derive(Clone, Debug)]
pub struct RpcbV3Client(::sunrpc::client::Client);

impl ::sunrpc::client::ProgramClient for RpcbV3Client {
    const PROGRAM: u32 = RPCBPROG;
    const VERSION: u32 = RPCBVERS;
    fn new(client: ::sunrpc::client::Client) -> Self {
        Self(client)
    }
    fn client(&self) -> &::sunrpc::client::Client {
        &self.0
    }
}

impl RpcbV3Client {
    /// NULL, procedure 0: does nothing.
    ///
    /// # Errors
    ///
    /// See [`Error`](::sunrpc::client::Error).
    pub fn null(&self) -> Result<(), ::sunrpc::client::Error> {
        self.0.call(RPCBPROG, RPCBVERS, 0, &())
    }
    /// Registers.
    ///
    /// # Errors
    ///
    /// See [`Error`](::sunrpc::client::Error).
    pub fn set(&self, args: &Rpcb) -> Result<bool, ::sunrpc::client::Error> {
        self.0.call(RPCBPROG, RPCBVERS, RPCBPROC_SET, args)
    }
    /// Takes registrations back.
    ///
    /// # Errors
    ///
    /// See [`Error`](::sunrpc::client::Error).
    pub fn unset(&self, args: &Rpcb) -> Result<bool, ::sunrpc::client::Error> {
        self.0.call(RPCBPROG, RPCBVERS, RPCBPROC_UNSET, args)
    }
    /// Where a program is reached over the transport by which the question came.
    ///
    /// # Errors
    ///
    /// See [`Error`](::sunrpc::client::Error).
    pub fn getaddr(&self, args: &Rpcb) -> Result<String, ::sunrpc::client::Error> {
        self.0.call_as::<Rpcb, ::sunrpc::xdr::Str, _, _>(RPCBPROG, RPCBVERS, RPCBPROC_GETADDR, args)
    }
    /// All registrations.
    ///
    /// # Errors
    ///
    /// See [`Error`](::sunrpc::client::Error).
    pub fn dump(&self) -> Result<Vec<RpList>, ::sunrpc::client::Error> {
        self.0.call_as::<(), ::sunrpc::xdr::List<RpList>, _, _>(
            RPCBPROG,
            RPCBVERS,
            RPCBPROC_DUMP,
            &(),
        )
    }
    /// Calls a procedure on the caller's behalf.
    ///
    /// # Errors
    ///
    /// See [`Error`](::sunrpc::client::Error).
    pub fn callit(
        &self,
        args: &RpcbRmtcallargs,
    ) -> Result<RpcbRmtcallres, ::sunrpc::client::Error> {
        self.0.call(RPCBPROG, RPCBVERS, RPCBPROC_CALLIT, args)
    }
    /// The time here.
    ///
    /// # Errors
    ///
    /// See [`Error`](::sunrpc::client::Error).
    pub fn gettime(&self) -> Result<u32, ::sunrpc::client::Error> {
        self.0.call(RPCBPROG, RPCBVERS, RPCBPROC_GETTIME, &())
    }
    /// From a universal address to the transport's own form.
    ///
    /// # Errors
    ///
    /// See [`Error`](::sunrpc::client::Error).
    pub fn uaddr2taddr(&self, args: &str) -> Result<Netbuf, ::sunrpc::client::Error> {
        self.0.call_as::<::sunrpc::xdr::Str, Netbuf, _, _>(
            RPCBPROG,
            RPCBVERS,
            RPCBPROC_UADDR2TADDR,
            args,
        )
    }
    /// From the transport's own form to a universal address.
    ///
    /// # Errors
    ///
    /// See [`Error`](::sunrpc::client::Error).
    pub fn taddr2uaddr(&self, args: &Netbuf) -> Result<String, ::sunrpc::client::Error> {
        self.0.call_as::<Netbuf, ::sunrpc::xdr::Str, _, _>(
            RPCBPROG,
            RPCBVERS,
            RPCBPROC_TADDR2UADDR,
            args,
        )
    }
}

/// `RPCBPROG`, version 4.
pub trait RpcbV4: Send + Sync + 'static {
    /// NULL, procedure 0: does nothing.
    fn null(&self, call: &::sunrpc::server::Call<'_>) -> Result<(), ::sunrpc::server::Fault> {
        let _ = call;
        Ok(())
    }
    /// Registers.
    fn set(
        &self,
        call: &::sunrpc::server::Call<'_>,
        args: Rpcb,
    ) -> Result<bool, ::sunrpc::server::Fault> {
        let _ = (call, args);
        Err(::sunrpc::server::Fault::ProcUnavail)
    }
    /// Takes registrations back.
    fn unset(
        &self,
        call: &::sunrpc::server::Call<'_>,
        args: Rpcb,
    ) -> Result<bool, ::sunrpc::server::Fault> {
        let _ = (call, args);
        Err(::sunrpc::server::Fault::ProcUnavail)
    }
    /// Where a program is reached over the transport by which the question came.
    fn getaddr(
        &self,
        call: &::sunrpc::server::Call<'_>,
        args: Rpcb,
    ) -> Result<String, ::sunrpc::server::Fault> {
        let _ = (call, args);
        Err(::sunrpc::server::Fault::ProcUnavail)
    }
    /// All registrations.
    fn dump(
        &self,
        call: &::sunrpc::server::Call<'_>,
    ) -> Result<Vec<RpList>, ::sunrpc::server::Fault> {
        let _ = call;
        Err(::sunrpc::server::Fault::ProcUnavail)
    }
    /// Calls a procedure on the caller's behalf.
    fn bcast(
        &self,
        call: &::sunrpc::server::Call<'_>,
        args: RpcbRmtcallargs,
    ) -> Result<RpcbRmtcallres, ::sunrpc::server::Fault> {
        let _ = (call, args);
        Err(::sunrpc::server::Fault::ProcUnavail)
    }
    /// The time here.
    fn gettime(&self, call: &::sunrpc::server::Call<'_>) -> Result<u32, ::sunrpc::server::Fault> {
        let _ = call;
        Err(::sunrpc::server::Fault::ProcUnavail)
    }
    /// From a universal address to the transport's own form.
    fn uaddr2taddr(
        &self,
        call: &::sunrpc::server::Call<'_>,
        args: String,
    ) -> Result<Netbuf, ::sunrpc::server::Fault> {
        let _ = (call, args);
        Err(::sunrpc::server::Fault::ProcUnavail)
    }
    /// From the transport's own form to a universal address.
    fn taddr2uaddr(
        &self,
        call: &::sunrpc::server::Call<'_>,
        args: Netbuf,
    ) -> Result<String, ::sunrpc::server::Fault> {
        let _ = (call, args);
        Err(::sunrpc::server::Fault::ProcUnavail)
    }
    /// GETADDR for exactly this version.
    fn getversaddr(
        &self,
        call: &::sunrpc::server::Call<'_>,
        args: Rpcb,
    ) -> Result<String, ::sunrpc::server::Fault> {
        let _ = (call, args);
        Err(::sunrpc::server::Fault::ProcUnavail)
    }
    /// CALLIT that answers its failures.
    fn indirect(
        &self,
        call: &::sunrpc::server::Call<'_>,
        args: RpcbRmtcallargs,
    ) -> Result<RpcbRmtcallres, ::sunrpc::server::Fault> {
        let _ = (call, args);
        Err(::sunrpc::server::Fault::ProcUnavail)
    }
    /// Every way to reach a program.
    fn getaddrlist(
        &self,
        call: &::sunrpc::server::Call<'_>,
        args: Rpcb,
    ) -> Result<Vec<RpcbEntryList>, ::sunrpc::server::Fault> {
        let _ = (call, args);
        Err(::sunrpc::server::Fault::ProcUnavail)
    }
    /// Statistics.
    fn getstat(
        &self,
        call: &::sunrpc::server::Call<'_>,
    ) -> Result<[RpcbStat; 3], ::sunrpc::server::Fault> {
        let _ = call;
        Err(::sunrpc::server::Fault::ProcUnavail)
    }
}

/// Answers calls of [`RpcbV4`].
#[derive(Debug)]
pub struct RpcbV4Server<T>(pub T);

impl<T: RpcbV4> ::sunrpc::server::Service for RpcbV4Server<T> {
    fn program(&self) -> u32 {
        RPCBPROG
    }
    fn version(&self) -> u32 {
        RPCBVERS4
    }
    fn name(&self) -> &'static str {
        "RPCBPROG"
    }
    fn procedure_name(&self, procedure: u32) -> Option<&'static str> {
        match procedure {
            0 => Some("NULL"),
            RPCBPROC_SET => Some("RPCBPROC_SET"),
            RPCBPROC_UNSET => Some("RPCBPROC_UNSET"),
            RPCBPROC_GETADDR => Some("RPCBPROC_GETADDR"),
            RPCBPROC_DUMP => Some("RPCBPROC_DUMP"),
            RPCBPROC_BCAST => Some("RPCBPROC_BCAST"),
            RPCBPROC_GETTIME => Some("RPCBPROC_GETTIME"),
            RPCBPROC_UADDR2TADDR => Some("RPCBPROC_UADDR2TADDR"),
            RPCBPROC_TADDR2UADDR => Some("RPCBPROC_TADDR2UADDR"),
            RPCBPROC_GETVERSADDR => Some("RPCBPROC_GETVERSADDR"),
            RPCBPROC_INDIRECT => Some("RPCBPROC_INDIRECT"),
            RPCBPROC_GETADDRLIST => Some("RPCBPROC_GETADDRLIST"),
            RPCBPROC_GETSTAT => Some("RPCBPROC_GETSTAT"),
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
            RPCBPROC_SET => {
                let args = args.get()?;
                results.put(&self.0.set(call, args)?)
            }
            RPCBPROC_UNSET => {
                let args = args.get()?;
                results.put(&self.0.unset(call, args)?)
            }
            RPCBPROC_GETADDR => {
                let args = args.get()?;
                results.put_as::<::sunrpc::xdr::Str, _>(&self.0.getaddr(call, args)?)
            }
            RPCBPROC_DUMP => {
                args.get::<()>()?;
                results.put_as::<::sunrpc::xdr::List<RpList>, _>(&self.0.dump(call)?)
            }
            RPCBPROC_BCAST => {
                let args = args.get()?;
                results.put(&self.0.bcast(call, args)?)
            }
            RPCBPROC_GETTIME => {
                args.get::<()>()?;
                results.put(&self.0.gettime(call)?)
            }
            RPCBPROC_UADDR2TADDR => {
                let args = args.get_as::<::sunrpc::xdr::Str, String>()?;
                results.put(&self.0.uaddr2taddr(call, args)?)
            }
            RPCBPROC_TADDR2UADDR => {
                let args = args.get()?;
                results.put_as::<::sunrpc::xdr::Str, _>(&self.0.taddr2uaddr(call, args)?)
            }
            RPCBPROC_GETVERSADDR => {
                let args = args.get()?;
                results.put_as::<::sunrpc::xdr::Str, _>(&self.0.getversaddr(call, args)?)
            }
            RPCBPROC_INDIRECT => {
                let args = args.get()?;
                results.put(&self.0.indirect(call, args)?)
            }
            RPCBPROC_GETADDRLIST => {
                let args = args.get()?;
                results.put_as::<::sunrpc::xdr::List<RpcbEntryList>, _>(
                    &self.0.getaddrlist(call, args)?,
                )
            }
            RPCBPROC_GETSTAT => {
                args.get::<()>()?;
                results.put_as::<::sunrpc::xdr::FixedArray<RpcbStat, RPCBVERS_STAT>, _>(
                    &self.0.getstat(call)?,
                )
            }
            _ => Err(::sunrpc::server::Fault::ProcUnavail),
        }
    }
}

/// Calls `RPCBPROG`, version 4.
#[derive(Clone, Debug)]
pub struct RpcbV4Client(::sunrpc::client::Client);

impl ::sunrpc::client::ProgramClient for RpcbV4Client {
    const PROGRAM: u32 = RPCBPROG;
    const VERSION: u32 = RPCBVERS4;
    fn new(client: ::sunrpc::client::Client) -> Self {
        Self(client)
    }
    fn client(&self) -> &::sunrpc::client::Client {
        &self.0
    }
}

impl RpcbV4Client {
    /// NULL, procedure 0: does nothing.
    ///
    /// # Errors
    ///
    /// See [`Error`](::sunrpc::client::Error).
    pub fn null(&self) -> Result<(), ::sunrpc::client::Error> {
        self.0.call(RPCBPROG, RPCBVERS4, 0, &())
    }
    /// Registers.
    ///
    /// # Errors
    ///
    /// See [`Error`](::sunrpc::client::Error).
    pub fn set(&self, args: &Rpcb) -> Result<bool, ::sunrpc::client::Error> {
        self.0.call(RPCBPROG, RPCBVERS4, RPCBPROC_SET, args)
    }
    /// Takes registrations back.
    ///
    /// # Errors
    ///
    /// See [`Error`](::sunrpc::client::Error).
    pub fn unset(&self, args: &Rpcb) -> Result<bool, ::sunrpc::client::Error> {
        self.0.call(RPCBPROG, RPCBVERS4, RPCBPROC_UNSET, args)
    }
    /// Where a program is reached over the transport by which the question came.
    ///
    /// # Errors
    ///
    /// See [`Error`](::sunrpc::client::Error).
    pub fn getaddr(&self, args: &Rpcb) -> Result<String, ::sunrpc::client::Error> {
        self.0.call_as::<Rpcb, ::sunrpc::xdr::Str, _, _>(
            RPCBPROG,
            RPCBVERS4,
            RPCBPROC_GETADDR,
            args,
        )
    }
    /// All registrations.
    ///
    /// # Errors
    ///
    /// See [`Error`](::sunrpc::client::Error).
    pub fn dump(&self) -> Result<Vec<RpList>, ::sunrpc::client::Error> {
        self.0.call_as::<(), ::sunrpc::xdr::List<RpList>, _, _>(
            RPCBPROG,
            RPCBVERS4,
            RPCBPROC_DUMP,
            &(),
        )
    }
    /// Calls a procedure on the caller's behalf.
    ///
    /// # Errors
    ///
    /// See [`Error`](::sunrpc::client::Error).
    pub fn bcast(&self, args: &RpcbRmtcallargs) -> Result<RpcbRmtcallres, ::sunrpc::client::Error> {
        self.0.call(RPCBPROG, RPCBVERS4, RPCBPROC_BCAST, args)
    }
    /// The time here.
    ///
    /// # Errors
    ///
    /// See [`Error`](::sunrpc::client::Error).
    pub fn gettime(&self) -> Result<u32, ::sunrpc::client::Error> {
        self.0.call(RPCBPROG, RPCBVERS4, RPCBPROC_GETTIME, &())
    }
    /// From a universal address to the transport's own form.
    ///
    /// # Errors
    ///
    /// See [`Error`](::sunrpc::client::Error).
    pub fn uaddr2taddr(&self, args: &str) -> Result<Netbuf, ::sunrpc::client::Error> {
        self.0.call_as::<::sunrpc::xdr::Str, Netbuf, _, _>(
            RPCBPROG,
            RPCBVERS4,
            RPCBPROC_UADDR2TADDR,
            args,
        )
    }
    /// From the transport's own form to a universal address.
    ///
    /// # Errors
    ///
    /// See [`Error`](::sunrpc::client::Error).
    pub fn taddr2uaddr(&self, args: &Netbuf) -> Result<String, ::sunrpc::client::Error> {
        self.0.call_as::<Netbuf, ::sunrpc::xdr::Str, _, _>(
            RPCBPROG,
            RPCBVERS4,
            RPCBPROC_TADDR2UADDR,
            args,
        )
    }
    /// GETADDR for exactly this version.
    ///
    /// # Errors
    ///
    /// See [`Error`](::sunrpc::client::Error).
    pub fn getversaddr(&self, args: &Rpcb) -> Result<String, ::sunrpc::client::Error> {
        self.0.call_as::<Rpcb, ::sunrpc::xdr::Str, _, _>(
            RPCBPROG,
            RPCBVERS4,
            RPCBPROC_GETVERSADDR,
            args,
        )
    }
    /// CALLIT that answers its failures.
    ///
    /// # Errors
    ///
    /// See [`Error`](::sunrpc::client::Error).
    pub fn indirect(
        &self,
        args: &RpcbRmtcallargs,
    ) -> Result<RpcbRmtcallres, ::sunrpc::client::Error> {
        self.0.call(RPCBPROG, RPCBVERS4, RPCBPROC_INDIRECT, args)
    }
    /// Every way to reach a program.
    ///
    /// # Errors
    ///
    /// See [`Error`](::sunrpc::client::Error).
    pub fn getaddrlist(&self, args: &Rpcb) -> Result<Vec<RpcbEntryList>, ::sunrpc::client::Error> {
        self.0.call_as::<Rpcb, ::sunrpc::xdr::List<RpcbEntryList>, _, _>(
            RPCBPROG,
            RPCBVERS4,
            RPCBPROC_GETADDRLIST,
            args,
        )
    }
    /// Statistics.
    ///
    /// # Errors
    ///
    /// See [`Error`](::sunrpc::client::Error).
    pub fn getstat(&self) -> Result<[RpcbStat; 3], ::sunrpc::client::Error> {
        self.0.call_as::<(), ::sunrpc::xdr::FixedArray<RpcbStat, RPCBVERS_STAT>, _, _>(
            RPCBPROG,
            RPCBVERS4,
            RPCBPROC_GETSTAT,
            &(),
        )
    }
}
