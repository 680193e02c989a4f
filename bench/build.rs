//! Makes Rust of `echo.x`, twice: as it comes, and with bytes that are shared.

use std::{env, fs, path::PathBuf};

use sunrpc_rpcgen::Builder;

fn main() -> sunrpc_rpcgen::Result {
    let shared = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("shared");
    fs::create_dir_all(&shared).expect("a folder in OUT_DIR");
    Builder::new().shared_bytes(".").out_dir(shared).compile("echo.x")?;
    sunrpc_rpcgen::compile("echo.x")
}
