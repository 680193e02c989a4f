//! A network that loses one packet in twenty, by the kernel's own hand: calls over UDP and TCP arrive all the same, and
//! run once.

use std::{
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

use serde_json::Value;
use sunrpc::{Transport, client::Client, server::Server};
use sunrpc_tests::{
    build::program,
    isolated::isolated,
    needs::{NFT, Need},
    process::{PATIENCE, command, run, run_with_input},
    service::does,
};

use crate::ours::serve;

const PROGRAM: u32 = 0x2000_0868;
const CALLERS: u32 = 8;
/// Of each caller, over each transport. All together that is 480 packets at the least: once in 10^10 times none of them
/// is lost.
const CALLS: u32 = 30;

#[test]
fn what_the_network_loses_is_sent_again_and_runs_once() {
    isolated(&[Need::Ours, NFT], || {
        let _portmap = crate::ours::portmap(&[]);
        let runs = AtomicU32::new(0);
        // But for NULL, it says how often it has run before.
        let counts = does(PROGRAM, 1, move |call, _, results| match call.procedure() {
            0 => Ok(()),
            _ => results.put(&runs.fetch_add(1, Ordering::Relaxed)),
        });
        let server = serve(Server::builder().service(counts), &[(PROGRAM, 1)]);
        if !every_twentieth_packet_is_lost() {
            eprintln!("left out: this kernel cannot lose packets");
            return;
        }
        let addr = server.tcp_addr().expect("a port");
        for (transport, before) in [(Transport::Udp, 0), (Transport::Tcp, CALLERS * CALLS)] {
            let client = Client::builder().timeout(PATIENCE);
            let client = client.connect(transport, addr).expect("a server");
            let call = || client.call::<_, u32>(PROGRAM, 1, 1, &()).expect("an answer");
            let calls = || (0..CALLS).map(|_| call()).collect::<Vec<_>>();
            let mut numbers = thread::scope(|scope| {
                let callers = [(); CALLERS as usize].map(|()| scope.spawn(calls));
                callers.map(|caller| caller.join().expect("a caller")).concat()
            });
            numbers.sort_unstable();
            assert!(numbers.into_iter().eq(before..before + CALLERS * CALLS), "over {transport}");
            let resent = client.stats().retransmissions;
            // Over TCP the system does that.
            assert_eq!(resent > 0, transport == Transport::Udp, "{resent} over {transport}");
        }
        let args = format!("127.0.0.1 {PROGRAM} -c 5 --warm-up 1 --json --timeout 60");
        let shown = run(Command::new(program("rpcping")).args(args.split(' '))).ok();
        let shown: Value = serde_json::from_str(&shown.stdout).expect("JSON");
        for row in [0, 1].map(|row| &shown["transports"][row]) {
            assert_eq!((&row["calls"], &row["lost"]), (&5.into(), &0.into()), "{row}");
        }
    });
}

/// From here on, of all that comes; false where the kernel has no such rules.
fn every_twentieth_packet_is_lost() -> bool {
    let rules = "table inet loss {
        chain input { type filter hook input priority 0; numgen random mod 20 0 drop; }
    }";
    let set = run_with_input(command("nft").args(["-f", "-"]), rules);
    let is_lacking = !set.status.success() && set.stderr.contains("Could not process rule");
    assert!(set.status.success() || is_lacking, "{set}");
    !is_lacking
}
