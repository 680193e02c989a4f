//! A server bound to all addresses of the machine answers from the one that was asked.

use std::net::{IpAddr, SocketAddr};

use crate::common::{PATIENCE, PROGRAM, serves};
use sunrpc::{
    Transport,
    client::Client,
    server::{Fault, Pool, Running, Server, Service},
};

/// Says at which address it was called.
fn where_called() -> impl Service {
    serves(PROGRAM, |call, _, results| {
        results.put(&call.local_addr().ok_or(Fault::SystemErr)?.to_string())
    })
}

/// Asks the server at another of its addresses.
fn ask(server: &Running, ip: IpAddr) {
    for (transport, addr) in
        [(Transport::Udp, server.udp_addr()), (Transport::Tcp, server.tcp_addr())]
    {
        let asked = SocketAddr::new(ip, addr.unwrap().port());
        let client = Client::builder().timeout(PATIENCE).connect(transport, asked).unwrap();
        for _ in 0..3 {
            let said: String = client.call(PROGRAM, 1, 1, &()).unwrap();
            assert_eq!(said, asked.to_string(), "{transport}");
        }
    }
}

#[test]
fn who_asks_one_address_is_not_answered_from_another() {
    let here = Server::builder().service(where_called());
    let in_pool = Server::builder().blocking_service(where_called(), Pool { workers: 1, queue: 4 });
    for builder in [here, in_pool] {
        let server = builder.listen("0.0.0.0:0").bind().unwrap().spawn().unwrap();
        for ip in ["127.0.0.2", "127.3.2.1", "127.0.0.1"] {
            ask(&server, ip.parse().unwrap());
        }
    }
}

#[test]
fn nor_over_ipv6() {
    match Server::builder().service(where_called()).listen("[::]:0").bind() {
        Ok(server) => ask(&server.spawn().unwrap(), "::1".parse().unwrap()),
        Err(error) => eprintln!("no IPv6 here: {error}"),
    }
}
