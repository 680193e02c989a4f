//! Makes Rust of the files in `idl/`.

fn main() -> sunrpc_rpcgen::Result {
    sunrpc_rpcgen::compile("idl/mirror.x")?;
    sunrpc_rpcgen::compile("idl/nfs.x")?;
    sunrpc_rpcgen::compile("idl/turning.x")?;
    sunrpc_rpcgen::compile("idl/vxi11.x")
}
