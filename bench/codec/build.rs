//! Makes Rust of `batch.x`, over the codec alone.

use sunrpc_rpcgen::Builder;

fn main() -> sunrpc_rpcgen::Result {
    Builder::new().types_only().serde(true).root("crate").compile("batch.x")
}
