//! `rpccall` calls C servers by the same `.x` files that they are made of, and our services.

use std::process::Command;

use serde_json::Value;
use sunrpc_tests::{
    build::{CProgram, program, top},
    isolated::isolated,
    needs::{GCC, LIBTIRPC, Need, RPCBIND, RPCGEN, RPCINFO},
    process::{Daemon, command, eventually, run},
};

use crate::ours::{Services, is_registered, portmap};

/// Calls a procedure over `netid`.
fn rpccall(file: &str, netid: &str, words: &[&str]) -> Command {
    let mut rpccall = Command::new(program("rpccall"));
    rpccall.arg(top().join("idl").join(file)).args(["-T", netid]).args(words);
    rpccall
}

/// What a call that succeeds says.
fn said(file: &str, netid: &str, words: &[&str]) -> Value {
    let said = run(&mut rpccall(file, netid, words)).ok();
    serde_json::from_str(&said.stdout).expect("JSON")
}

#[test]
fn calls_a_server_of_c() {
    isolated(&[Need::Ours, RPCINFO, RPCGEN, GCC, LIBTIRPC], || {
        let server = CProgram::compile("daytime_server", "daytime", &["h", "c", "s"]);
        let _portmap = portmap(&[]);
        let mut server = Daemon::start(&mut server.command());
        eventually("the C server to register", || {
            assert!(server.is_alive(), "the C server gave up: {}", server.stderr());
            is_registered("daytime")
        });
        for netid in ["tcp", "udp"] {
            let text = said("daytime.x", netid, &["127.0.0.1", "text"]);
            assert_eq!(text, "Thu Nov  9 09:09:09 1989");
            let moment = said("daytime.x", netid, &["127.0.0.1", "get"]);
            assert!(moment["seconds"].is_i64() && moment["zone"].is_string(), "{moment}");
        }
    });
}

#[test]
fn asks_debians_rpcbind() {
    isolated(&[Need::Ours, RPCBIND], || {
        let mut rpcbind = Daemon::start(command("rpcbind").arg("-f"));
        eventually("rpcbind to answer", || {
            assert!(rpcbind.is_alive(), "{}", rpcbind.stderr());
            run(&mut rpccall("portmap.x", "udp", &["-a", "127.0.0.1:111", "null"])).status.success()
        });
        let wanted = r#"{"prog": 100000, "vers": 4, "prot": 6, "port": 0}"#;
        for netid in ["tcp", "udp"] {
            assert_eq!(said("portmap.x", netid, &["127.0.0.1", "getport", wanted]), 111);
            let rows = said("rpcb.x", netid, &["127.0.0.1", "dump"]);
            let rows = rows.as_array().expect("a list").iter().map(|row| &row["rpcb_map"]);
            let mut own = rows.filter(|row| row["r_netid"] == netid && row["r_vers"] == 4);
            assert_eq!(own.next().expect("itself")["r_addr"], "0.0.0.0.0.111");
        }
    });
}

#[test]
fn talks_to_the_doctor() {
    isolated(&[Need::Ours, RPCINFO], || {
        let _portmap = portmap(&[]);
        let _services = Services::registered(&["doctor"]);
        for netid in ["tcp", "udp"] {
            let opened = said("doctor.x", netid, &["127.0.0.1", "open"]);
            let session = &opened["DOCTOR_OK"]["session"];
            let remark = format!(r#"{{"session": {session}, "words": "I am sad"}}"#);
            let answer = said("doctor.x", netid, &["127.0.0.1", "say", &remark]);
            assert!(answer["DOCTOR_OK"].is_string(), "{answer}");
            let farewell = said("doctor.x", netid, &["127.0.0.1", "close", &session.to_string()]);
            assert!(farewell["DOCTOR_OK"].is_string(), "{farewell}");
            let gone = said("doctor.x", netid, &["127.0.0.1", "say", &remark]);
            assert_eq!(gone, "DOCTOR_NO_SESSION");
        }
    });
}
