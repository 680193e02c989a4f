//! The servers. They answer on the main thread, so that nothing but the sockets wakes them.

use std::time::Duration;

use sunrpc::{
    Transport,
    server::{Call, Fault, Server, Service},
    xdr::bytes::Bytes,
};

use crate::{
    Done,
    echo::{EchoV1, EchoV1Server},
    shared,
};

/// With the trait that rpcgen emits: the argument is a `Vec<u8>` of its own.
pub(crate) fn generated(transport: Transport, busy: Duration) -> Done {
    serve(transport, busy, EchoV1Server(Echo))
}

/// With the trait that rpcgen emits for shared bytes: the argument is a part of the call, the reply has a part of it.
pub(crate) fn sharing(transport: Transport, busy: Duration) -> Done {
    serve(transport, busy, shared::EchoV1Server(Echo))
}

fn serve(transport: Transport, busy: Duration, service: impl Service + 'static) -> Done {
    let builder = Server::builder().busy_poll(busy).service(service);
    let server = match transport {
        Transport::Udp => builder.listen_udp("127.0.0.1:0"),
        _ => builder.listen_tcp("127.0.0.1:0"),
    }
    .bind()?;
    let addr = server.udp_addr().or(server.tcp_addr()).ok_or("no address")?;
    println!("port {}", addr.port());
    Ok(server.run()?)
}

struct Echo;

impl EchoV1 for Echo {
    fn echo(&self, _call: &Call<'_>, bytes: Vec<u8>) -> Result<Vec<u8>, Fault> {
        Ok(bytes)
    }
}

impl shared::EchoV1 for Echo {
    fn echo(&self, _call: &Call<'_>, bytes: Bytes) -> Result<Bytes, Fault> {
        Ok(bytes)
    }
}
