//! Makes Rust of `store.x`, borrowed, all methods required, calls that can be started, of `blobs.x`, shared, and of `circles.x`, borrowed where it can be.

use sunrpc_rpcgen::Builder;

fn main() -> sunrpc_rpcgen::Result {
    let store = Builder::new().borrow(".").default_methods(false).started_calls(true);
    store.serde(true).compile("store.x")?;
    Builder::new().borrow(".").serde(true).compile("circles.x")?;
    Builder::new().shared_bytes(".").bytes("parcel.label").serde(true).compile("blobs.x")
}
