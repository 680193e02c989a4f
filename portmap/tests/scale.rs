//! Ten thousand registrations and ten thousand idle connections: lookups answer as before, in little memory.

mod common;

use std::{
    fs,
    net::TcpStream,
    time::{Duration, Instant},
};

use common::Program;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use sunrpc::Transport;
use sunrpc_portmap::Portmap;

const MANY: usize = 10_000;
const FIRST: u32 = 0x2100_0000;
/// The most resident memory, in KiB.
const MEMORY: usize = 64 << 10;
/// Lookups of which the fastest counts.
const LOOKUPS: usize = 2000;

#[test]
fn ten_thousand_registrations_and_connections() {
    if !raise_limit() {
        eprintln!("left out: ten_thousand_registrations_and_connections: too few descriptors");
        return;
    }
    let program = Program::start(&["--max-per-owner", "16000"]);
    let addr = program.addr("tcp");
    let client = Portmap::connect(addr).unwrap();
    let number = |place: usize| FIRST + u32::try_from(place).unwrap();
    for place in 0..10 {
        assert!(client.set(number(place), 1, Transport::Tcp, 4711).unwrap());
    }
    let few = lookup_time(&client, number(5));
    for place in 10..MANY {
        assert!(client.set(number(place), 1, Transport::Tcp, 4711).unwrap());
    }
    let idle: Vec<TcpStream> =
        (0..MANY).map(|_| TcpStream::connect(addr).expect("a connection")).collect();
    // The last of them is served: so are all before it.
    let last = Portmap::connect(addr).unwrap();
    assert_eq!(last.get_port(number(MANY - 1), 1, Transport::Tcp).unwrap(), Some(4711));
    let many = lookup_time(&client, number(MANY / 2));
    assert!(many < few * 2 + Duration::from_micros(20), "{few:?} with few, {many:?} with many");
    let memory = resident(&program);
    assert!(memory < MEMORY, "{memory} KiB");
    drop(idle);
    println!("lookups {few:?} with few, {many:?} with many; {memory} KiB");
}

/// The fastest of many lookups: what the table costs, without what the machine does besides.
fn lookup_time(client: &Portmap, program: u32) -> Duration {
    let time = |_| {
        let began = Instant::now();
        assert_eq!(client.get_port(program, 1, Transport::Tcp).unwrap(), Some(4711));
        began.elapsed()
    };
    (0..LOOKUPS).map(time).min().unwrap()
}

fn resident(program: &Program) -> usize {
    let status = fs::read_to_string(format!("/proc/{}/status", program.child.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Whether there are descriptors enough, in this process and in its children.
fn raise_limit() -> bool {
    let wanted = u64::try_from(MANY + 200).unwrap();
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    maximum.is_none_or(|maximum| maximum >= wanted)
        && setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum }).is_ok()
}
