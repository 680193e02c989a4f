//! Makes Rust of `store.x`, borrowed, and of `blobs.x`, shared.

use sunrpc_rpcgen::Builder;

fn main() -> sunrpc_rpcgen::Result {
    Builder::new().borrow(".").serde(true).compile("store.x")?;
    Builder::new().shared_bytes(".").bytes("parcel.label").serde(true).compile("blobs.x")
}
