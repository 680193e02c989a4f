//! `portmap` as a service of the system: sockets it is given, readiness, privileges, SIGHUP, statistics.

mod common;

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream, UdpSocket},
    os::{
        fd::{AsFd, AsRawFd as _},
        unix::{
            fs::{PermissionsExt as _, chown},
            net::{UnixDatagram, UnixListener},
        },
    },
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use common::Program;
use rustix::{
    io::{FdFlags, fcntl_dupfd_cloexec, fcntl_setfd},
    process::{Pid, Signal, kill_process},
};
use sunrpc::{Transport, client::Client};
use sunrpc_portmap::{Portmap, Portmapper};

const PROGRAM: u32 = 0x2000_0001;

/// As systemd opens it, unless it is told otherwise.
#[test]
fn who_comes_over_ipv4_to_a_socket_of_ipv6_is_told_of_ipv4() {
    let Ok(udp) = UdpSocket::bind("[::]:0") else {
        eprintln!("left out: this machine has no IPv6");
        return;
    };
    let tcp = TcpListener::bind("[::]:0").unwrap();
    let portmapper = Portmapper::builder().adopt_tcp(tcp).adopt_udp(udp).spawn().unwrap();
    let at = [portmapper.tcp_addr(), portmapper.udp_addr()].map(|addr| addr.unwrap().port());
    for (transport, port) in Transport::INET.into_iter().zip(at) {
        let addr = SocketAddr::from(([127, 0, 0, 1], port));
        let client = Portmap::connect_with(addr, transport, Client::builder()).unwrap();
        client.set(PROGRAM, 1, transport, 4711).unwrap();
        let found = client.get_addr(PROGRAM, 1).unwrap().map(|addr| addr.to_string());
        assert_eq!(found.as_deref(), Some("127.0.0.1.18.103"), "{transport}");
    }
}

#[test]
fn sockets_that_are_passed_in_are_taken_over() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("portmap.sock");
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = tcp.local_addr().unwrap();
    let udp = UdpSocket::bind(addr).unwrap();
    let unix = UnixListener::bind(&path).unwrap();
    let notified = UnixDatagram::bind(directory.path().join("notify")).unwrap();
    notified.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    // Under numbers that the shell does not overwrite while it gives them those that they are to have. (bash: dash
    // knows no numbers of two digits.)
    let pass = |fd: &dyn AsFd| {
        let fd = fcntl_dupfd_cloexec(fd.as_fd(), 10).unwrap();
        fcntl_setfd(&fd, FdFlags::empty()).unwrap();
        fd
    };
    let [tcp, udp, unix] = [pass(&tcp), pass(&udp), pass(&unix)];
    let script = format!(
        "exec 3<&{} 4<&{} 5<&{}; LISTEN_FDS=3 LISTEN_PID=$$ exec \"$@\"",
        tcp.as_raw_fd(),
        udp.as_raw_fd(),
        unix.as_raw_fd()
    );
    // One that is named is opened besides, and no other.
    let besides = directory.path().join("besides.sock");
    let mut child = Command::new("bash")
        .args(["-c", &script, "bash", env!("CARGO_BIN_EXE_portmap"), "--unix"])
        .arg(&besides)
        .args(["--port", &addr.port().to_string()])
        .env("NOTIFY_SOCKET", directory.path().join("notify"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut ready = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
    let expected = format!("ready portmap tcp={addr} udp={addr} unix={}\n", besides.display());
    assert_eq!(ready, expected);
    assert_eq!(message(&notified), "READY=1");
    let over_udp = Portmap::connect_with(addr, Transport::Udp, Client::builder()).unwrap();
    let over_unix = [&path, &besides].map(|path| Portmap::connect(path.clone()).unwrap());
    for client in [Portmap::connect(addr).unwrap(), over_udp].into_iter().chain(over_unix) {
        let netids: Vec<String> =
            client.dump_all().unwrap().into_iter().map(|entry| entry.r_netid).collect();
        assert_eq!(netids, ["tcp", "tcp", "tcp", "udp", "udp", "udp", "local", "local"]);
    }
    let pid = child.id().to_string();
    assert!(Command::new("kill").arg(pid).status().unwrap().success());
    assert_eq!(message(&notified), "STOPPING=1");
    assert!(child.wait().unwrap().success());
    assert!(path.exists(), "the socket belongs to whoever made it");
}

/// As `timeout` sends it: to the process, and to its group. It may have ended before the second: so more than once.
#[test]
fn a_signal_sent_twice_is_one() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path().join("notify");
    let notified = UnixDatagram::bind(&at).unwrap();
    notified.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    for round in 0..3 {
        let mut portmap = Command::new(env!("CARGO_BIN_EXE_portmap"));
        portmap.args(["--port", "0"]).env("NOTIFY_SOCKET", &at).stdout(Stdio::null());
        let mut child = portmap.spawn().unwrap();
        assert_eq!(message(&notified), "READY=1");
        let (pid, began) = (Pid::from_child(&child), Instant::now());
        kill_process(pid, Signal::TERM).unwrap();
        assert_eq!(message(&notified), "STOPPING=1");
        kill_process(pid, Signal::TERM).unwrap();
        let code = child.wait().unwrap().code();
        // A machine that stood still made two of them.
        let are_two = began.elapsed() >= Duration::from_secs(1);
        assert!(code == Some(0) || are_two, "round {round}: {code:?}");
    }
}

fn message(socket: &UnixDatagram) -> String {
    let mut buffer = [0; 256];
    let count = socket.recv(&mut buffer).expect("a notification");
    String::from_utf8_lossy(&buffer[..count]).trim_end().to_owned()
}

#[test]
fn sighup_reads_the_state_file_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state");
    // Somebody else's table, as it is kept.
    let other = Portmapper::builder().listen("127.0.0.1:0").state(&path).spawn().unwrap();
    let client = Portmap::connect(other.tcp_addr().unwrap()).unwrap();
    client.set(PROGRAM, 1, Transport::Tcp, 4711).unwrap();
    let kept = fs::read(&path).unwrap();
    other.stop().unwrap();
    fs::remove_file(&path).unwrap();

    let program = Program::start(&["--state", path.to_str().unwrap()]);
    let client = Portmap::connect(program.addr("tcp")).unwrap();
    assert_eq!(client.get_port(PROGRAM, 1, Transport::Tcp).unwrap(), None);
    fs::write(&path, kept).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    program.signal("HUP");
    until(|| client.get_port(PROGRAM, 1, Transport::Tcp).unwrap() == Some(4711));
    // One that is damaged changes nothing.
    fs::write(&path, "nonsense").unwrap();
    program.signal("HUP");
    until(|| directory.path().join("state.bad").exists());
    assert_eq!(client.get_port(PROGRAM, 1, Transport::Tcp).unwrap(), Some(4711));
}

fn until(condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < deadline, "it does not come");
        std::thread::yield_now();
    }
}

#[test]
fn no_privilege_is_kept() {
    if !rustix::process::getuid().is_root() {
        eprintln!("left out: no_privilege_is_kept: only root has some to give up");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    chown(directory.path(), Some(65_534), None).unwrap();
    let state = directory.path().join("state");
    let args = ["--user", "nobody", "--state", state.to_str().unwrap()];
    let program = Program::start(&args);
    let status = fs::read_to_string(format!("/proc/{}/status", program.child.id())).unwrap();
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("{name} in {status}")).trim().replace('\t', " ")
    };
    assert_eq!(field("Uid:"), "65534 65534 65534 65534");
    assert_eq!(field("Groups:"), "");
    for set in ["CapInh:", "CapPrm:", "CapEff:", "CapAmb:"] {
        assert_eq!(field(set), "0000000000000000", "{set}");
    }
    assert_eq!(field("NoNewPrivs:"), "1");
    // It keeps its state, and trusts it when it starts as root again.
    let client = Portmap::connect(program.addr("tcp")).unwrap();
    client.set(PROGRAM, 1, Transport::Tcp, 4711).unwrap();
    drop(program);
    let again = Program::start(&args);
    let client = Portmap::connect(again.addr("tcp")).unwrap();
    assert_eq!(client.get_port(PROGRAM, 1, Transport::Tcp).unwrap(), Some(4711));
}

#[test]
fn a_user_that_does_not_exist_is_said_so() {
    let output = Command::new(env!("CARGO_BIN_EXE_portmap"))
        .args(["--port", "0", "--user", "no-such-user"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("no-such-user"), "{said}");
}

#[test]
fn statistics_are_served_over_http() {
    let program = Program::start(&["--metrics", "127.0.0.1:0"]);
    Portmap::connect(program.addr("tcp")).unwrap().dump().unwrap();
    let addr = program.addr("metrics");
    let found = get(addr, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    assert!(found.starts_with("HTTP/1.1 200 OK\r\n"), "{found}");
    assert!(found.contains("\nportmap_calls_total{version=\"2\",procedure=\"4\"} 1\n"), "{found}");
    assert!(get(addr, "GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404 "));
    assert!(get(addr, "nonsense\r\n\r\n").starts_with("HTTP/1.1 400 "));
    // Who sends too much, or nothing, does not keep others waiting for long.
    let _mute = TcpStream::connect(addr).unwrap();
    get(addr, &"x".repeat(100_000));
    assert!(get(addr, "GET /metrics HTTP/1.0\r\n\r\n").contains("portmap_registrations"));
}

/// What is answered; nothing where the other side hangs up on us.
fn get(addr: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(addr).unwrap();
    let mut answer = Vec::new();
    let _ = stream.write_all(request.as_bytes());
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}
