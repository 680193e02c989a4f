//! The doctor, over the network: sessions apart, and each remark heard once.

mod common;

use std::{net::UdpSocket, time::Duration};

use common::{HERE, client, start};
use sunrpc::{Transport, client::ProgramClient};
use sunrpc_services::{
    doctor::{MAX_TEXT, SessionLimits},
    hosting::{self, Ready},
    idl::doctor::{DOCTOR_SAY, DoctorReply, DoctorStatus, DoctorV1Client, OpenResult, Remark},
};

fn doctor() -> Ready {
    start(hosting::doctor(SessionLimits::default(), HERE))
}

fn open(doctor: &DoctorV1Client) -> u64 {
    match doctor.open().expect("an answer") {
        OpenResult::Ok(opened) => opened.session,
        other => panic!("{other:?}"),
    }
}

fn say(doctor: &DoctorV1Client, session: u64, words: &str) -> DoctorReply {
    doctor.say(&Remark { session, words: words.into() }).expect("an answer")
}

fn words(text: &str) -> DoctorReply {
    DoctorReply::Ok(text.into())
}

const GONE: DoctorReply = DoctorReply::Default(DoctorStatus::NoSession);

#[test]
fn converses_over_both_transports() {
    let ready = doctor();
    for transport in Transport::INET {
        let doctor: DoctorV1Client = client(&ready, transport);
        let session = open(&doctor);
        assert_eq!(say(&doctor, session, "Men are all alike."), words("In what way?"));
        let farewell = words("Goodbye. It was nice talking to you.");
        assert_eq!(doctor.close(session).expect("an answer"), farewell);
        assert_eq!(doctor.close(session).expect("an answer"), GONE);
        assert_eq!(say(&doctor, session, "Hello?"), GONE);
        assert_eq!(say(&doctor, 0, "Hello?"), GONE);
        let session = open(&doctor);
        assert_eq!(say(&doctor, session, "Goodbye."), farewell);
        assert_eq!(say(&doctor, session, "Hello?"), GONE);
    }
}

#[test]
fn a_session_goes_on_over_another_transport() {
    let ready = doctor();
    let [tcp, udp] = Transport::INET.map(|transport| client::<DoctorV1Client>(&ready, transport));
    let session = open(&tcp);
    assert_eq!(say(&tcp, session, "yes"), words("You seem quite positive."));
    assert_eq!(say(&udp, session, "yes"), words("You are sure?"));
}

#[test]
fn many_sessions_at_once_are_apart() {
    let ready = doctor();
    std::thread::scope(|scope| {
        for number in 0..16 {
            let ready = &ready;
            scope.spawn(move || {
                let doctor: DoctorV1Client = client(ready, Transport::INET[number % 2]);
                let session = open(&doctor);
                for _ in 0..10 {
                    let said =
                        ["You seem quite positive.", "You are sure?", "I see.", "I understand."];
                    for expected in said {
                        assert_eq!(say(&doctor, session, "yes"), words(expected));
                    }
                }
            });
        }
    });
}

#[test]
fn a_full_waiting_room_says_so() {
    let limits = SessionLimits { max_sessions: 2, ..Default::default() };
    let ready = start(hosting::doctor(limits, HERE));
    let doctor: DoctorV1Client = client(&ready, Transport::Tcp);
    let first = open(&doctor);
    open(&doctor);
    let full = OpenResult::Default(DoctorStatus::Full);
    assert_eq!(doctor.open().expect("an answer"), full);
    doctor.close(first).expect("an answer");
    open(&doctor);
}

#[test]
fn the_longest_remark_is_answered_within_the_bound() {
    let ready = doctor();
    let doctor: DoctorV1Client = client(&ready, Transport::Udp);
    let session = open(&doctor);
    let remark = format!("my {}", "ab ".repeat(340));
    let longest = &remark[..MAX_TEXT.min(remark.len())];
    for _ in 0..8 {
        assert!(matches!(say(&doctor, session, longest), DoctorReply::Ok(_)));
    }
}

/// A client that got no answer in time sends the same datagram again.
#[test]
fn a_retransmitted_call_moves_the_doctor_once() {
    let ready = doctor();
    let doctor: DoctorV1Client = client(&ready, Transport::Udp);
    let session = open(&doctor);
    let socket = UdpSocket::bind(HERE).expect("a socket");
    socket.connect(ready.udp()).expect("connected");
    socket.set_read_timeout(Some(Duration::from_secs(5))).expect("set");
    let call = call_to_say(0x1966, session, "yes");
    let exchange = || {
        socket.send(&call).expect("sent");
        let mut reply = [0; 2048];
        let len = socket.recv(&mut reply).expect("a reply");
        reply[..len].to_vec()
    };
    let first = exchange();
    assert!(contains(&first, b"You seem quite positive."));
    for _ in 0..5 {
        assert_eq!(exchange(), first);
    }
    assert_eq!(say(&doctor, session, "yes"), words("You are sure?"), "he heard it once");
}

/// The call's bytes after RFC 5531 section 9: no credential, no verifier.
fn call_to_say(xid: u32, session: u64, words: &str) -> Vec<u8> {
    let (program, version) = (DoctorV1Client::PROGRAM, DoctorV1Client::VERSION);
    let head = [xid, 0, 2, program, version, DOCTOR_SAY, 0, 0, 0, 0];
    let mut call: Vec<u8> = head.iter().flat_map(|word| word.to_be_bytes()).collect();
    call.extend(session.to_be_bytes());
    call.extend(u32::try_from(words.len()).expect("short").to_be_bytes());
    call.extend(words.as_bytes());
    call.resize(call.len().next_multiple_of(4), 0);
    call
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
