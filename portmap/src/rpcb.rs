//! Versions 3 and 4, from `idl/rpcb.x`.

sunrpc::include_x!("rpcb");
