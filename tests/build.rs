//! Makes Rust of the files in `idl/`, and of those whose types are compared with what a schema says.

use sunrpc_rpcgen::{Builder, Result, compile};

fn main() -> Result {
    for stem in ["mirror", "nfs", "turning", "vxi11"] {
        compile(format!("idl/{stem}.x"))?;
    }
    // As the file calls everything, so that serde does.
    let named = Builder::new().types_only().serde(true).keep_names(true);
    for stem in ["daytime", "doctor", "portmap", "rpcb"] {
        named.compile(format!("../idl/{stem}.x"))?;
    }
    for stem in ["arrays", "lists", "nested", "scalars", "unions"] {
        named.compile(format!("../idl/dialect/{stem}.x"))?;
    }
    Ok(())
}
