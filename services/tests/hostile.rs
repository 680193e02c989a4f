//! Whatever arrives, the next call is answered.

mod common;

use std::{
    io::{Read, Write},
    net::{TcpStream, UdpSocket},
    time::Duration,
};

use common::{Accounts, CHEAP, HERE, client, start};
use sunrpc::{
    Transport,
    client::{Client, ProgramClient},
};
use sunrpc_services::{
    daytime::Daytime,
    doctor::SessionLimits,
    hosting::{self, Ready},
    idl::{
        daytime::DAYTIME_PROG,
        doctor::{DOCTOR_PROG, DOCTOR_SAY},
        passcheck::{PASSCHECK_CHECK, PASSCHECK_PROG},
    },
};

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

fn call(program: u32, version: u32, procedure: u32, args: &[u32]) -> Vec<u8> {
    let head = [0x5EED, 0, 2, program, version, procedure, 0, 0, 0, 0];
    words(&[&head, args].concat())
}

/// Messages that no service should fall for.
fn messages(program: u32, procedure: u32) -> Vec<Vec<u8>> {
    let good = call(program, 1, procedure, &[0, 1, 2, u32::from_be_bytes(*b"ab\0\0")]);
    let mut messages: Vec<Vec<u8>> = (0..good.len()).map(|len| good[..len].to_vec()).collect();
    messages.extend([
        call(program, 1, procedure, &[0xFFFF_FFFF; 8]),
        call(program, 1, procedure, &[0, 0, 0x7FFF_FFFF]),
        call(program, 1, procedure, &[1; 16_000]),
        call(program, 1, 4_000_000_000, &[]),
        call(program, 9, procedure, &[]),
        call(program.wrapping_add(1), 1, procedure, &[]),
        words(&[0x5EED, 1, 0, 0, 0, 0]), // A reply.
        words(&[0x5EED, 0, 3, program, 1, procedure, 0, 0, 0, 0]), // RPC version 3.
    ]);
    let mut random: u64 = 0x5EED;
    messages.extend((0..200).map(|len| {
        let mut next = || {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            random.to_be_bytes()[0]
        };
        (0..len).map(|_| next()).collect()
    }));
    messages
}

fn survives(ready: &Ready, program: u32, procedure: u32) {
    let datagrams = UdpSocket::bind(HERE).expect("a socket");
    datagrams.connect(ready.udp()).expect("connected");
    for message in messages(program, procedure) {
        // A full buffer on the way may refuse some; enough arrive.
        let _ = datagrams.send(&message);
        let mut stream = TcpStream::connect(ready.tcp()).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(5))).expect("set");
        let mark = 0x8000_0000 | u32::try_from(message.len()).expect("short");
        // The server may close as soon as it has seen enough.
        let sent = stream.write_all(&[mark.to_be_bytes().as_slice(), &message].concat());
        let _ = sent.and_then(|()| stream.shutdown(std::net::Shutdown::Write));
        let mut reply = Vec::new();
        match stream.read_to_end(&mut reply) {
            Ok(_) => {}
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset),
        }
    }
    for transport in Transport::INET {
        let null: Null = client(ready, transport);
        null.0.call::<(), ()>(program, 1, 0, &()).expect("NULL is answered");
    }
}

/// Any program's NULL.
struct Null(Client);

impl ProgramClient for Null {
    const PROGRAM: u32 = 0;
    const VERSION: u32 = 0;

    fn new(client: Client) -> Self {
        Self(client)
    }

    fn client(&self) -> &Client {
        &self.0
    }
}

#[test]
fn daytime_survives() {
    survives(&start(hosting::daytime(Daytime::default(), HERE)), DAYTIME_PROG, 1);
}

#[test]
fn the_doctor_survives() {
    let ready = start(hosting::doctor(SessionLimits::default(), HERE));
    survives(&ready, DOCTOR_PROG, DOCTOR_SAY);
}

#[test]
fn passcheck_survives() {
    let accounts = Accounts::new(CHEAP);
    let service = accounts.passcheck(CHEAP, false);
    let ready = start(hosting::passcheck(service, HERE, hosting::passcheck_pool()));
    survives(&ready, PASSCHECK_PROG, PASSCHECK_CHECK);
}
