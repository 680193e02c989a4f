//! Client and server over IPv6.

use std::{
    io::Write,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket},
    thread,
};

use crate::common::{COUNT, PATIENCE, PROGRAM, Probe, call, next_record, reply_to, serves, words};
use sunrpc::{
    Transport,
    client::Client,
    server::{Running, Server, Service},
};

/// A listener at `::1`; `None` where the machine has no such address.
fn listener() -> Option<TcpListener> {
    TcpListener::bind("[::1]:0").inspect_err(|error| eprintln!("left out: no ::1 ({error})")).ok()
}

/// A server there, over TCP and UDP on one port.
fn start(service: impl Service) -> Option<Running> {
    listener()?;
    Some(Server::builder().service(service).listen("[::1]:0").bind().unwrap().spawn().unwrap())
}

#[test]
fn calls_are_answered_over_both_transports_and_their_callers_are_local() {
    let service = serves(PROGRAM, |call, args, results| {
        assert!(call.peer().is_local(), "{}", call.peer());
        assert!(call.peer().to_string().contains(":[::1]:"), "{}", call.peer());
        results.put(&args.get::<Vec<u32>>()?)
    });
    let Some(server) = start(service) else { return };
    let addr = server.tcp_addr().unwrap();
    assert!(addr.is_ipv6() && server.udp_addr() == Some(addr), "{addr}");
    for transport in Transport::INET {
        let client = Client::builder().timeout(PATIENCE).connect(transport, addr).unwrap();
        for len in [0, 10, 10_000] {
            let numbers = vec![7_u32; len];
            let echo: Vec<u32> = client.call(PROGRAM, 1, 1, &numbers).unwrap();
            assert_eq!(echo, numbers, "{transport}");
        }
        let started = [1_u32, 2].map(|one| {
            let call = client.start::<_, Vec<u32>>(PROGRAM, 1, 1, &vec![one]).unwrap();
            (call, one)
        });
        for (call, one) in started {
            assert_eq!(call.wait().unwrap(), [one], "{transport}");
        }
    }
    server.stop().unwrap();
}

#[test]
fn a_datagram_that_comes_twice_runs_once() {
    let Some(server) = start(Probe::default()) else { return };
    let ask = |socket: &UdpSocket| {
        let mut buffer = [0; 100];
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket.send_to(&call(1, 1, COUNT, &[]), server.udp_addr().unwrap()).unwrap();
        let count = socket.recv(&mut buffer).unwrap();
        words(&buffer[..count])[6]
    };
    let [one, other] = [(); 2].map(|()| UdpSocket::bind("[::1]:0").unwrap());
    assert_eq!([&one, &one, &other, &one].map(ask), [1, 1, 2, 1]);
    server.stop().unwrap();
}

#[test]
fn a_server_of_ipv4_may_have_the_same_port() {
    if listener().is_none() {
        return;
    }
    let bind = |addr: SocketAddr| Server::builder().service(Probe::default()).listen(addr).bind();
    let one = bind((Ipv4Addr::UNSPECIFIED, 0).into()).unwrap();
    let port = one.tcp_addrs()[0].port();
    let other = bind((Ipv6Addr::UNSPECIFIED, port).into()).expect("the port beside that of IPv4");
    let _servers = [one, other].map(|server| server.spawn().unwrap());
    for ip in [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()] {
        for transport in Transport::INET {
            let client =
                Client::builder().timeout(PATIENCE).connect(transport, (ip, port)).unwrap();
            client.call::<(), ()>(PROGRAM, 1, 0, &()).unwrap();
        }
    }
}

#[test]
fn a_lost_connection_is_made_anew() {
    let Some(listener) = listener() else { return };
    let client = Client::builder().timeout(PATIENCE).repeat(true);
    let client = client.connect(Transport::Tcp, listener.local_addr().unwrap()).unwrap();
    thread::scope(|scope| {
        let calling = scope.spawn(|| client.call::<_, u32>(PROGRAM, 1, COUNT, &()));
        drop(listener.accept().unwrap());
        let (mut again, _) = listener.accept().unwrap();
        let call = next_record(&mut again);
        again.write_all(&reply_to(&call, 5)).unwrap();
        assert_eq!(calling.join().unwrap().unwrap(), 5);
    });
}
