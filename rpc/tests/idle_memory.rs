//! What idle connections keep: the memory of this process is measured, so nothing else is tested here.

mod common;

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
};

use common::{Probe, SILENT, call, record, start_probe};

#[test]
fn connections_do_not_keep_the_buffer_for_long_records() {
    const CONNECTIONS: u64 = 100;
    let server = start_probe(&Probe::default());
    let mut long = call(1, 1, SILENT, &[]);
    long.resize((1 << 20) - 100, 7);
    // Exactly as much as is read at a time, so that it looks like the beginning of more.
    let full = record(&call(2, 1, SILENT, &[0; 5])).repeat(1024);
    assert_eq!(full.len(), 64 << 10);
    let null = record(&call(3, 1, 0, &[]));
    let before = resident();
    let idle: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let mut stream = TcpStream::connect(server.tcp_addr().unwrap()).unwrap();
            for messages in [[&record(&long), &null], [&full, &null]] {
                messages.iter().for_each(|message| stream.write_all(message).unwrap());
                stream.read_exact(&mut [0; 28]).unwrap();
            }
            stream
        })
        .collect();
    let grown = resident().saturating_sub(before) / CONNECTIONS;
    assert!(grown < 200 << 10, "{grown} bytes for each idle connection");
    drop(idle);
    server.stop().unwrap();
}

/// This process's memory in bytes.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/statm").unwrap();
    status.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}
