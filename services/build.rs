//! Makes Rust of the services' `.x` files.

use sunrpc_rpcgen::Builder;

fn main() -> sunrpc_rpcgen::Result {
    for file in ["../idl/daytime.x", "../idl/doctor.x", "../idl/passcheck.x"] {
        Builder::new().serde(true).compile(file)?;
    }
    Ok(())
}
