//! Makes Rust of `store.x`, borrowed, all methods required, of `blobs.x`, shared, and of `circles.x`, borrowed where it can be.

use sunrpc_rpcgen::Builder;

fn main() -> sunrpc_rpcgen::Result {
    Builder::new().borrow(".").default_methods(false).serde(true).compile("store.x")?;
    Builder::new().borrow(".").serde(true).compile("circles.x")?;
    Builder::new().shared_bytes(".").bytes("parcel.label").serde(true).compile("blobs.x")
}
