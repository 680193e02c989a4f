//! Somebody asks for the list again and again, and never reads it (immunity 21).

use std::{
    io::{ErrorKind, Write as _},
    net::TcpStream,
    time::{Duration, Instant},
};

use sunrpc::Transport;
use sunrpc_portmap::{Builder, Portmap, Portmapper};
use sunrpc_tests::wire::{call, record};

const PORTMAP: u32 = 100_000;
const DUMP: u32 = 4;
/// How long the portmapper waits for somebody to read.
const TIME: Duration = Duration::from_millis(300);
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn who_never_reads_is_closed_and_holds_nobody_up() {
    let mut limits = Builder::default_limits();
    limits.write_timeout = TIME;
    let portmapper = Portmapper::builder().limits(limits).listen("127.0.0.1:0");
    let portmapper = portmapper.bind().unwrap().spawn().unwrap();
    let addr = portmapper.tcp_addr().unwrap();
    let client = Portmap::connect(addr).unwrap();
    for program in 0x2000_0001..0x2000_0100 {
        client.set(program, 1, Transport::Tcp, 4711).unwrap();
    }
    let mut deaf = TcpStream::connect(addr).unwrap();
    deaf.set_write_timeout(Some(TIME / 10)).unwrap();
    let dumps = record(&call(1, PORTMAP, 2, DUMP, &[])).repeat(1000);
    let began = Instant::now();
    // Until it is closed; before, it takes no more.
    let ended = loop {
        match deaf.write_all(&dumps) {
            Err(error) if error.kind() != ErrorKind::WouldBlock => break error,
            _ => assert_eq!(client.get_port(0x2000_0001, 1, Transport::Tcp).unwrap(), Some(4711)),
        }
        assert!(began.elapsed() < PATIENCE, "never closed");
    };
    assert!(matches!(ended.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{ended}");
}
