//! What idle connections keep: the memory of this process is measured, so nothing else is tested here.

mod common;

use std::{
    fs,
    io::{self, Read, Write},
    net::TcpStream,
};

use common::{BYTES, Probe, SILENT, call, connect, record, start_probe};

const CONNECTIONS: u64 = 250;
/// The most that one of them may keep.
const KEEP: u64 = 4 << 10;
/// The server's own: two buffers for long records.
const OWN: u64 = 2 << 20;

#[test]
fn no_buffer_for_what_is_long_is_kept() {
    connections_do_not_keep_the_buffer_for_long_records();
    servers_do_not_keep_the_buffer_for_long_replies();
}

fn servers_do_not_keep_the_buffer_for_long_replies() {
    const LONG: u32 = 32 << 20;
    let server = start_probe(&Probe::default());
    let [mut stream, mut witness] = [(); 2].map(|()| connect(&server));
    let null = |stream: &mut TcpStream| {
        stream.write_all(&record(&call(2, 1, 0, &[]))).unwrap();
        stream.read_exact(&mut [0; 28]).unwrap();
    };
    null(&mut stream);
    let before = resident();
    stream.write_all(&record(&call(1, 1, BYTES, &[LONG]))).unwrap();
    // The server has sent what the socket takes, and the rest of the reply waits.
    null(&mut witness);
    let reply = u64::from(LONG) + 32;
    assert_eq!(io::copy(&mut (&stream).take(reply), &mut io::sink()).unwrap(), reply);
    // The first may be answered in the very turn that sends the rest; the second is not before that turn has ended.
    null(&mut stream);
    null(&mut stream);
    let grown = resident().saturating_sub(before);
    assert!(grown < u64::from(LONG) / 4, "{grown} bytes for a reply that is gone");
}

fn connections_do_not_keep_the_buffer_for_long_records() {
    let server = start_probe(&Probe::default());
    let [long, middling] = [(1 << 20) - 100, 60_000].map(|len| {
        let mut message = call(1, 1, SILENT, &[]);
        message.resize(len, 7);
        record(&message)
    });
    // Exactly as much as is read at a time, so that it looks like the beginning of more.
    let full = record(&call(2, 1, SILENT, &[0; 5])).repeat(1024);
    assert_eq!(full.len(), 64 << 10);
    let null = record(&call(3, 1, 0, &[]));
    let connect = || {
        let stream = TcpStream::connect(server.tcp_addr().unwrap()).unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    };
    let send = |stream: &mut TcpStream, messages: &[u8]| {
        stream.write_all(messages).unwrap();
        stream.write_all(&null).unwrap();
        stream.read_exact(&mut [0; 28]).unwrap();
    };
    let [mut other, mut witness] = [(); 2].map(|()| connect());
    let mut connection = || {
        let mut stream = connect();
        send(&mut stream, &long);
        send(&mut stream, &full);
        // Two that wait for the rest of a record: one has the server's buffer for long ones, the other its own.
        let (begin, end) = middling.split_at(50_000);
        other.write_all(begin).unwrap();
        stream.write_all(begin).unwrap();
        send(&mut witness, &[]);
        send(&mut stream, end);
        send(&mut other, end);
        stream
    };
    let first = connection();
    let before = resident();
    let idle: Vec<_> = (0..CONNECTIONS).map(|_| connection()).collect();
    let grown = resident().saturating_sub(before);
    assert!(grown <= OWN + CONNECTIONS * KEEP, "{grown} bytes for {CONNECTIONS} idle connections");
    drop((first, idle));
    server.stop().unwrap();
}

/// This process's memory in bytes.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/statm").unwrap();
    status.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}
