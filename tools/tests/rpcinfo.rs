//! The program `rpcinfo` against portmappers of this process, kind and hostile ones.

use std::{
    net::SocketAddr,
    process::{Command, Output},
};

use serde_json::Value;
use sunrpc::{
    Transport,
    server::{Call, Fault, Running, Server},
};
use sunrpc_portmap::{
    Netid, Portmap, Portmapper, Uaddr,
    rpcb::{RpList, Rpcb, RpcbV4, RpcbV4Server},
};

const PROGRAM: u32 = 0x2000_0867;

fn command(portmapper: SocketAddr, args: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rpcinfo"));
    command
        .args(["--port", &portmapper.port().to_string(), "--timeout", "5"])
        .args(args.split_whitespace());
    command
}

fn rpcinfo(portmapper: SocketAddr, args: &str) -> Output {
    command(portmapper, args).output().expect("rpcinfo runs")
}

fn lines(output: &Output) -> Vec<Vec<String>> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout.clone()).expect("UTF-8");
    text.lines().map(|line| line.split_whitespace().map(str::to_owned).collect()).collect()
}

fn json(output: &Output) -> Vec<Value> {
    serde_json::from_slice(&output.stdout).expect("an array")
}

/// A portmapper in which some things are registered.
fn portmapper() -> (Portmapper, SocketAddr) {
    let portmapper = Portmapper::bind("127.0.0.1:0").unwrap();
    let addr = portmapper.tcp_addr().unwrap();
    let client = Portmap::connect(addr).unwrap();
    client.set(PROGRAM, 1, Transport::Tcp, 4711).unwrap();
    client.set(PROGRAM, 2, Transport::Tcp, 4712).unwrap();
    let v6 = Uaddr::parse(Netid::Udp6, "::.18.104").unwrap();
    client.set_addr(PROGRAM, 1, Netid::Udp6, &v6).unwrap();
    (portmapper, addr)
}

#[test]
fn every_registration_is_listed() {
    let (_portmapper, addr) = portmapper();
    let rows = lines(&rpcinfo(addr, "127.0.0.1"));
    let number = PROGRAM.to_string();
    for row in [
        [&*number, "1", "tcp", "0.0.0.0.18.103", "-", "unknown"],
        [&*number, "2", "tcp", "0.0.0.0.18.104", "-", "unknown"],
        [&*number, "1", "udp6", "::.18.104", "-", "unknown"],
    ] {
        assert!(rows.iter().any(|found| found == &row), "{row:?} in {rows:?}");
    }
    let ports = lines(&rpcinfo(addr, "-p 127.0.0.1"));
    assert!(ports.iter().any(|row| row[..4] == [&*number, "1", "tcp", "4711"]), "{ports:?}");
    assert!(!ports.iter().any(|row| row[1..] == ["1", "udp6"]));
    let concise = lines(&rpcinfo(addr, "-s 127.0.0.1"));
    assert!(concise.iter().any(|row| row == &[&*number, "1,2", "udp6,tcp", "-", "unknown"]));
    let ways = lines(&rpcinfo(addr, &format!("-l 127.0.0.1 {PROGRAM} 2")));
    assert_eq!(ways[1][2..4], ["inet/tcp/cots_ord", "127.0.0.1.18.104"]);
}

#[test]
fn json_says_the_same() {
    let (_portmapper, addr) = portmapper();
    let all = json(&rpcinfo(addr, "--json 127.0.0.1"));
    let ours: Vec<_> = all.iter().filter(|row| row["program"] == PROGRAM).collect();
    assert_eq!(ours.len(), 3);
    assert_eq!(ours[0]["address"], "0.0.0.0.18.103");
    assert_eq!(ours[2]["netid"], "udp6");
    let ports = json(&rpcinfo(addr, "-p --json 127.0.0.1"));
    assert!(ports.iter().any(|row| row["port"] == 4711 && row["protocol"] == "tcp"));
    let stats = json(&rpcinfo(addr, "-m --json 127.0.0.1"));
    assert_eq!(stats[0]["sets"], 2);
    let answers = json(&rpcinfo(addr, "-t --json 127.0.0.1 100000"));
    assert_eq!(
        answers.iter().map(|row| row["version"].as_u64()).collect::<Vec<_>>(),
        [2, 3, 4].map(Some)
    );
}

#[test]
fn programs_that_answer_are_told_from_those_that_do_not() {
    let (_portmapper, addr) = portmapper();
    for transport in ["-t", "-u", "-T tcp", "-T udp"] {
        let all = rpcinfo(addr, &format!("{transport} 127.0.0.1 100000"));
        assert_eq!(lines(&all).len(), 3, "versions 2, 3 and 4");
        let one = rpcinfo(addr, &format!("{transport} 127.0.0.1 100000 3"));
        assert_eq!(one.stdout, b"program 100000 version 3 ready and waiting\n");
    }
    let at = format!("-a 127.0.0.1.{}.{} -T udp 100000 2", addr.port() >> 8, addr.port() & 0xff);
    assert_eq!(lines(&rpcinfo(addr, &at)).len(), 1);
    let none = rpcinfo(addr, "-l 127.0.0.1 99 1");
    assert_eq!(none.stdout, b"No remote programs registered.\n");
    for (args, said) in [
        ("-t 127.0.0.1 99", "is not registered over tcp"),
        ("-u 127.0.0.1 100000 9", "versions 2 to 4"),
        ("-u 127.0.0.1 100000 9", &format!("version 9 at {addr} is not available")),
        (&format!("-n {} -t 127.0.0.1 99", addr.port()), &format!("99 at {addr} is not available")),
        ("-T tcp6 127.0.0.1 100000", "127.0.0.1 has no IPv6 address, which tcp6 needs"),
        (
            "-T local 192.0.2.1 100000",
            "192.0.2.1 is not this machine, and -T local goes no further",
        ),
        (
            "-T local 127.0.0.1 100000",
            "which socket in the file system is the portmapper's? (--unix",
        ),
    ] {
        let output = rpcinfo(addr, args);
        assert_eq!(output.status.code(), Some(1), "{args}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains(said), "{args}: {stderr}");
    }
}

#[test]
fn a_port_is_not_asked_over_a_path() {
    let (_portmapper, addr) = portmapper();
    let output = rpcinfo(addr, &format!("-n 1 -T local 127.0.0.1 {PROGRAM}"));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("127.0.0.1:1 cannot be reached over local: -T local goes with"),
        "{said}"
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_registration_is_taken_back() {
    let (portmapper, addr) = portmapper();
    let delete = |args: &str| {
        Command::new(env!("CARGO_BIN_EXE_rpcinfo"))
            .env("PORTMAP", addr.to_string())
            .args(args.split_whitespace())
            .status()
            .unwrap()
            .code()
    };
    assert_eq!(delete(&format!("-d -T tcp {PROGRAM} 1")), Some(0));
    let left = portmapper.registrations();
    let of_version_1 = left.iter().filter(|entry| (entry.program, entry.version) == (PROGRAM, 1));
    assert_eq!(of_version_1.map(|entry| entry.netid).collect::<Vec<_>>(), [Netid::Udp6]);
    assert_eq!(delete(&format!("-d {PROGRAM} 1")), Some(0));
    assert_eq!(delete(&format!("-d {PROGRAM} 1")), Some(1), "there is nothing left");
    let said = String::from_utf8(rpcinfo(addr, "-d 100000 4").stderr).unwrap();
    assert!(said.contains("version 4: the program is the portmapper's own"), "{said}");
}

/// A portmapper that says whatever it likes.
struct Hostile(Vec<Rpcb>);

impl RpcbV4 for Hostile {
    fn dump(&self, _: &Call<'_>) -> Result<Vec<RpList>, Fault> {
        Ok(self.0.iter().cloned().map(|rpcb_map| RpList { rpcb_map }).collect())
    }
}

fn hostile(entries: Vec<Rpcb>) -> Running {
    let service = RpcbV4Server(Hostile(entries));
    Server::builder().service(service).listen("127.0.0.1:0").bind().unwrap().spawn().unwrap()
}

fn entry(version: u32, addr: &str) -> Rpcb {
    Rpcb {
        r_prog: PROGRAM,
        r_vers: version,
        r_netid: "tcp\x1b[31m\n".into(),
        r_addr: addr.into(),
        r_owner: "\u{202e}root\u{7}".into(),
    }
}

#[test]
fn what_a_hostile_portmapper_says_is_bounded_and_escaped() {
    let long = "\u{1b}".repeat(64 << 10);
    let portmapper = hostile(vec![entry(1, &long), entry(2, "zzz\r\x08")]);
    let addr = portmapper.tcp_addr().unwrap();
    for args in ["127.0.0.1", "-s 127.0.0.1", "--json 127.0.0.1"] {
        let output = rpcinfo(addr, args);
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.chars().all(|c| matches!(c, '\n' | ' '..='~' | '…')), "{args}: {text:?}");
        assert!(text.len() < 4096, "{args}: {} bytes", text.len());
    }
}

#[test]
fn ten_thousand_versions_make_a_short_line() {
    let portmapper = hostile((0..10_000).map(|version| entry(version, "0.0.0.0.1.1")).collect());
    let addr = portmapper.tcp_addr().unwrap();
    let rows = rpcinfo(addr, "-s 127.0.0.1");
    assert!(rows.stdout.len() < 1000, "{} bytes", rows.stdout.len());
    assert_eq!(lines(&rpcinfo(addr, "127.0.0.1")).len(), 10_001);
}

#[test]
fn a_portmapper_that_is_not_there_is_said_so() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let output = rpcinfo(nobody, "-p 127.0.0.1");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains(&nobody.to_string()) && said.contains("cannot be asked"), "{said}");
    assert!(said.contains("is one running there?"), "{said}");
}

#[test]
fn a_service_that_is_taken_for_a_portmapper_is_said_so() {
    let service = Server::builder().listen("127.0.0.1:0").bind().unwrap().spawn().unwrap();
    let output = rpcinfo(service.tcp_addr().unwrap(), "-p 127.0.0.1");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("; is that a service's own port? (-a ADDRESS"), "{said}");
}

#[test]
fn the_command_line_wins_over_the_environment() {
    let (_portmapper, addr) = portmapper();
    let asked = |env: &str, args: &str| {
        let mut rpcinfo = Command::new(env!("CARGO_BIN_EXE_rpcinfo"));
        let output = rpcinfo.env("PORTMAP", env).args(args.split_whitespace()).output();
        let output = output.expect("rpcinfo runs");
        (output.status.code(), String::from_utf8(output.stderr).expect("UTF-8"))
    };
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (here, nobody) = (addr.to_string(), nobody.to_string());
    for args in [
        format!("--port {} -p", addr.port()),
        format!("-p {here}"),
        format!("-t {here} 100000 2"),
        format!("-u {here} 100000 2"),
        format!("-l {here} 100000 2"),
    ] {
        assert_eq!(asked(&nobody, &args), (Some(0), String::new()), "{args}");
    }
    for args in [format!("-t {nobody} 100000"), format!("-p {nobody}")] {
        let (code, said) = asked(&here, &args);
        assert_eq!(code, Some(1), "{args}");
        assert!(said.contains(&format!("the portmapper at {nobody} cannot be asked")), "{said}");
        assert!(
            said.contains(&format!("$PORTMAP ({here}) is not used where HOST, --port")),
            "{said}"
        );
    }
    let (_, said) = asked(&here, &format!("--unix /no/socket -t {here} 100000"));
    assert!(said.contains(&format!("{here} and --unix name two portmappers")), "{said}");
    let (_, said) = asked("11111", "-p");
    assert!(said.contains("$PORTMAP is \"11111\"") && said.contains("127.0.0.1:11111"), "{said}");
}

#[test]
fn mistakes_in_the_command_line_are_1_as_debians() {
    for (args, code) in
        [("-Z", 1), ("-p -s", 1), ("--port x", 1), ("-t h", 1), ("-V", 0), ("--help", 0)]
    {
        let output = Command::new(env!("CARGO_BIN_EXE_rpcinfo")).args(args.split(' ')).output();
        let output = output.expect("rpcinfo runs");
        assert_eq!(output.status.code(), Some(code), "{args}");
        assert_eq!(output.stderr.is_empty(), code == 0, "{args}");
        assert!(args != "-V" || output.stdout.starts_with(b"rpcinfo "), "the program's name");
    }
}

#[test]
fn an_output_that_is_full_is_said_to_be() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let (_portmapper, addr) = portmapper();
    let output = command(addr, "-p 127.0.0.1").stdout(full).output().expect("rpcinfo runs");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("rpcinfo: standard output cannot be written: No space"), "{said}");
}

#[test]
fn a_failure_that_nobody_hears_is_one() {
    let (reader, closed) = std::io::pipe().unwrap();
    drop(reader);
    let status =
        command(SocketAddr::from(([127, 0, 0, 1], 1)), "-p 127.0.0.1").stderr(closed).status();
    assert_eq!(status.expect("rpcinfo runs").code(), Some(1));
}
