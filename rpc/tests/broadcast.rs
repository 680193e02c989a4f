//! Asking many at once.

mod common;

use std::{collections::BTreeSet, net::SocketAddr, time::Duration};

use common::{PATIENCE, PROGRAM, Probe, udp};
use sunrpc::{
    client::Client,
    server::{Running, Server},
};

fn start_at(addr: &str) -> Option<Running> {
    Server::builder().service(Probe::default()).listen_udp(addr).bind().ok()?.spawn().ok()
}

/// Servers of IPv4, and of IPv6 where the machine has that.
fn servers() -> Vec<Running> {
    ["127.0.0.1:0", "127.0.0.1:0", "[::1]:0"].into_iter().filter_map(start_at).collect()
}

#[test]
fn everybody_who_answers_is_heard() {
    let servers = servers();
    let nobody = udp().local_addr().unwrap();
    let all: BTreeSet<SocketAddr> = servers.iter().filter_map(Running::udp_addr).collect();
    let addrs: Vec<SocketAddr> = all.iter().copied().chain([nobody]).collect();
    let mut heard = BTreeSet::new();
    Client::builder()
        .timeout(PATIENCE)
        .broadcast(&addrs, (PROGRAM, 1, 0), &(), |from, ()| {
            heard.insert(from);
            heard.len() == all.len()
        })
        .unwrap();
    assert_eq!(heard, all);
}

#[test]
fn who_does_not_have_the_program_is_passed_over() {
    let servers = servers();
    let addrs: Vec<_> = servers.iter().filter_map(Running::udp_addr).collect();
    let mut heard = 0;
    Client::builder()
        .timeout(Duration::from_millis(90))
        .broadcast(&addrs, (PROGRAM + 1, 1, 0), &(), |_, ()| {
            heard += 1;
            false
        })
        .unwrap();
    assert_eq!(heard, 0);
}
