//! Compiles the portmapper's interfaces.

fn main() -> sunrpc_rpcgen::Result {
    sunrpc_rpcgen::compile("../idl/portmap.x")?;
    sunrpc_rpcgen::compile("../idl/rpcb.x")
}
