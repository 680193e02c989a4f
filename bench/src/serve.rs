//! The servers. They answer on the main thread, so that nothing but the sockets wakes them.

use sunrpc::{
    Transport,
    server::{Args, Call, Fault, Results, Server, Service},
    xdr::{Opaque, bytes::Bytes},
};

use crate::{
    Done,
    echo::{ECHO_ECHO, ECHO_PROG, ECHO_VERS, EchoV1, EchoV1Server},
    shared,
};

/// With the trait that rpcgen emits: the argument is a `Vec<u8>` of its own.
pub(crate) fn generated(transport: Transport) -> Done {
    serve(transport, EchoV1Server(Echo))
}

/// With a service by hand, which encodes its result from the bytes that the call lies in.
pub(crate) fn borrowing(transport: Transport) -> Done {
    serve(transport, Borrowing)
}

/// With the trait that rpcgen emits for shared bytes: the argument is a part of the call, the reply has a part of it.
pub(crate) fn sharing(transport: Transport) -> Done {
    serve(transport, shared::EchoV1Server(Echo))
}

fn serve(transport: Transport, service: impl Service + 'static) -> Done {
    let builder = Server::builder().service(service);
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

struct Borrowing;

impl Service for Borrowing {
    fn program(&self) -> u32 {
        ECHO_PROG
    }

    fn version(&self) -> u32 {
        ECHO_VERS
    }

    fn dispatch(
        &self,
        call: &Call<'_>,
        args: Args<'_>,
        results: &mut Results<'_>,
    ) -> Result<(), Fault> {
        match call.procedure() {
            0 => results.put(&args.get::<()>()?),
            ECHO_ECHO => {
                let bytes: &[u8] = args.get_as::<Opaque, _>()?;
                results.put_as::<Opaque, _>(bytes)
            }
            _ => Err(Fault::ProcUnavail),
        }
    }
}
