//! Whoever sends much waits for his turn like everybody.

use std::{io::Write, net::TcpStream};

use crate::common::{COUNT, PATIENCE, Probe, WAIT, call, next_record, record, start_probe, words};

#[test]
fn who_has_sent_many_calls_holds_nobody_up_for_all_of_them() {
    const MANY: u32 = 1000;
    let probe = Probe::default();
    let server = start_probe(&probe);
    let [mut first, mut second] = [(); 2].map(|()| {
        let mut stream = TcpStream::connect(server.tcp_addr().unwrap()).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        // Past the event that a fresh connection has.
        stream.write_all(&record(&call(0, 1, 0, &[]))).unwrap();
        next_record(&mut stream);
        stream
    });
    // What comes next waits until the gate is open.
    first.write_all(&record(&call(1, 1, WAIT, &[5]))).unwrap();
    probe.gate.arrived(1);
    let many: Vec<u8> = (0..MANY).flat_map(|xid| record(&call(xid, 1, COUNT, &[]))).collect();
    first.write_all(&many).unwrap();
    second.write_all(&record(&call(1, 1, COUNT, &[]))).unwrap();
    probe.gate.open();
    let count = *words(&next_record(&mut second)).last().unwrap();
    assert!(count < MANY / 2, "its turn came behind {count} others");
}
