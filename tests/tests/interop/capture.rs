//! What tshark makes of everything that `services demo` sends: RPC, all of it, and well formed.

use std::{
    collections::BTreeSet,
    fs,
    net::UdpSocket,
    process::{Command, Stdio},
};

use sunrpc_tests::{
    build::program,
    isolated::isolated,
    needs::{Need, TSHARK},
    process::{Daemon, command, eventually, run},
};
use tempfile::TempDir;

/// The last datagram of a capture, which no dissector takes for RPC.
const END: &[u8] = b"This is the end of the capture.";

/// Frames of the capture in `file` that `filter` selects, one line each: a summary, or the `fields` asked for.
fn frames(file: &str, filter: &str, fields: &[&str]) -> Vec<String> {
    let mut tshark = command("tshark");
    // Our programs have numbers of their own, on ports that the system chose.
    tshark.args(["-r", file, "-o", "rpc.dissect_unknown_programs:TRUE", "-Y", filter]);
    if !fields.is_empty() {
        tshark.args(["-T", "fields", "-E", "separator= "]);
    }
    tshark.args(fields.iter().flat_map(|field| ["-e", field]));
    run(&mut tshark).ok().stdout.lines().map(str::to_owned).collect()
}

#[test]
fn the_demonstration_is_well_formed_rpc() {
    isolated(&[Need::Ours, TSHARK], || {
        let folder = TempDir::new().expect("a folder");
        let file = folder.path().join("capture.pcapng");
        let file = file.to_str().expect("a name");
        let mut capture = Daemon::start(
            // A buffer of 64 MiB holds all of it, however busy the machine is: none may be dropped.
            command("tshark").args(["-i", "lo", "-B", "64", "-w", file]).stdin(Stdio::null()),
        );
        capture.complains_of("Capture started");
        let demo = run(Command::new(program("services")).arg("demo")).ok();
        // What was sent last must be in the file before the capture may end.
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        eventually("the end of the capture", || {
            socket.send_to(END, socket.local_addr().expect("its address")).expect("a marker");
            let all = fs::read(file).expect("the capture");
            all.windows(END.len()).any(|window| window == END)
        });
        capture.signal("INT");
        let captured = capture.wait();
        assert!(!captured.stderr.contains("dropped"), "{captured}");

        let bad = "_ws.malformed || _ws.unreassembled || _ws.short";
        assert_eq!(frames(file, bad, &[]), [""; 0], "malformed or unreassembled\n{demo}");
        let marker = socket.local_addr().expect("its address").port();
        let not_rpc = format!("((udp && !icmp) || tcp.len > 0) && !rpc && !udp.port == {marker}");
        assert_eq!(frames(file, &not_rpc, &[]), [""; 0], "not understood as RPC");

        let all = frames(file, "rpc", &["rpc.msgtyp", "rpc.xid", "ip.proto", "rpc.program"]);
        let messages: Vec<Vec<&str>> = all.iter().map(|line| line.split(' ').collect()).collect();
        let xids = |kind| -> BTreeSet<&str> {
            messages.iter().filter(|message| message[0] == kind).map(|message| message[1]).collect()
        };
        // A call may be sent again while its answer is worked on; each is answered.
        let (calls, replies) = (xids("0"), xids("1"));
        assert!(calls.len() > 100, "{} calls\n{demo}", calls.len());
        let unpaired: Vec<_> = calls.symmetric_difference(&replies).collect();
        assert!(unpaired.is_empty(), "calls or replies without the other: {unpaired:?}");
        // And it was what the demonstration says: each program over each transport, and the portmapper.
        for program in [100_000, 0x2000_0867, 0x2000_1966, 0x2000_1978] {
            for protocol in ["6", "17"] {
                let program = program.to_string();
                let called = |message: &Vec<&str>| {
                    message[0] == "0" && message[2] == protocol && message[3] == program
                };
                let over = format!("{program} over protocol {protocol}");
                assert!(messages.iter().any(called), "no call of {over}\n{demo}");
            }
        }
        let refused = "rpc.replystat == 1 || rpc.state_accept != 0";
        assert_eq!(frames(file, refused, &[]), [""; 0], "refused");
    });
}
