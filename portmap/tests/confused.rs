//! A portmapper that says of programs that they are where nothing can be, as rpcbind does of what it was told so.

use sunrpc::{
    Transport,
    server::{Call, Fault, Running, Server},
};
use sunrpc_portmap::{
    Error, Portmap,
    pmap::{Mapping, PmapV2, PmapV2Server},
    rpcb::{Rpcb, RpcbV4, RpcbV4Server},
};

struct Confused;

impl PmapV2 for Confused {
    fn getport(&self, _: &Call<'_>, _: Mapping) -> Result<u32, Fault> {
        Ok(70_000)
    }
}

impl RpcbV4 for Confused {
    fn getaddr(&self, _: &Call<'_>, _: Rpcb) -> Result<String, Fault> {
        Ok(format!("somewhere.\x1b{}", " ".repeat(100_000)))
    }
}

fn start() -> Running {
    let builder = Server::builder().service(PmapV2Server(Confused)).service(RpcbV4Server(Confused));
    builder.listen("127.0.0.1:0").bind().unwrap().spawn().unwrap()
}

#[test]
fn what_is_no_address_is_told() {
    let server = start();
    let addr = server.tcp_addr().unwrap();
    let client = Portmap::connect(addr).unwrap();
    for (error, found) in [
        (client.get_port(7, 1, Transport::Udp).unwrap_err(), r#"over udp at "70000", which"#),
        (client.get_addr(7, 1).unwrap_err(), r#"over tcp at "somewhere.\u{1b} "#),
    ] {
        assert!(matches!(error, Error::BadAddress { .. }), "{error}");
        let told = format!("the portmapper at {addr} has program 7 version 1 {found}");
        assert!(error.to_string().starts_with(&told), "{error}");
        assert!(error.to_string().contains(", which is no address"), "{error}");
        assert!(error.to_string().len() < 300, "{error}");
    }
}
