//! Ten thousand registrations and ten thousand idle connections: lookups answer as before, in little memory.

mod common;

use std::{fs, net::TcpStream};

use common::Program;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use sunrpc::Transport;
use sunrpc_portmap::Portmap;

const MANY: usize = 10_000;
const FIRST: u32 = 0x2100_0000;
/// The most resident memory, in KiB.
const MEMORY: usize = 64 << 10;
/// Lookups whose processor time is compared.
const LOOKUPS: usize = 5000;
/// Processor time that is not counted, in the hundredths of a second that the system counts in: it is too coarse.
const SLACK: u64 = 20;

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
        client.set(number(place), 1, Transport::Tcp, 4711).unwrap();
    }
    let few = lookup_ticks(&program, &client, number(5));
    for place in 10..MANY {
        client.set(number(place), 1, Transport::Tcp, 4711).unwrap();
    }
    let idle: Vec<TcpStream> =
        (0..MANY).map(|_| TcpStream::connect(addr).expect("a connection")).collect();
    // The last of them is served: so are all before it.
    let last = Portmap::connect(addr).unwrap();
    assert_eq!(last.get_port(number(MANY - 1), 1, Transport::Tcp).unwrap(), Some(4711));
    let many = lookup_ticks(&program, &client, number(MANY / 2));
    // A look at every entry or at every connection would cost a hundred times as much.
    assert!(many <= few * 5 + SLACK, "{few} ticks with few, {many} with many");
    let memory = resident(&program);
    assert!(memory < MEMORY, "{memory} KiB");
    drop(idle);
    println!("{LOOKUPS} lookups: {few} ticks with few, {many} with many; {memory} KiB");
}

/// The processor time that many lookups cost the server: what the table takes, whatever the machine does besides.
fn lookup_ticks(server: &Program, client: &Portmap, program: u32) -> u64 {
    let before = ticks(server);
    for _ in 0..LOOKUPS {
        assert_eq!(client.get_port(program, 1, Transport::Tcp).unwrap(), Some(4711));
    }
    ticks(server) - before
}

/// The processor time that the server has used so far.
fn ticks(server: &Program) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", server.child.id())).unwrap();
    // The name, in parentheses, may hold anything; user and system time are the 12th and 13th fields behind it.
    let fields = stat.rsplit_once(')').unwrap().1;
    fields.split_whitespace().skip(11).take(2).map(|field| field.parse::<u64>().unwrap()).sum()
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
