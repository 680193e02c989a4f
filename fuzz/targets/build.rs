//! Compiles the interface that the targets speak.

fn main() -> sunrpc_rpcgen::Result {
    sunrpc_rpcgen::compile("idl/kitchen.x")
}
