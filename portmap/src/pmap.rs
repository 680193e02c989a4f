//! Version 2, from `idl/portmap.x`.

sunrpc::include_x!("portmap");
