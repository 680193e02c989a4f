//! What rpcgen makes of the `.x` files in `idl/`: types, server traits, dispatchers and clients.

/// `idl/daytime.x`
pub mod daytime {
    sunrpc::include_x!("daytime");
}

/// `idl/doctor.x`
pub mod doctor {
    sunrpc::include_x!("doctor");
}

/// `idl/passcheck.x`
pub mod passcheck {
    sunrpc::include_x!("passcheck");
}
