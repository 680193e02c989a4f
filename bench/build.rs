//! Makes Rust of `echo.x`.

fn main() -> sunrpc_rpcgen::Result {
    sunrpc_rpcgen::compile("echo.x")
}
