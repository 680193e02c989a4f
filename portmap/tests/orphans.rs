//! What a process has registered over `AF_UNIX` goes with it, where that is wanted.

mod common;

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use common::Program;
use sunrpc::Transport;
use sunrpc_portmap::{Portmap, Portmapper};

const DIES: u32 = 0x2000_0001;
const TAKEN_OVER: u32 = 0x2000_0002;
const LIVES: u32 = 0x2000_0003;
const OVER_TCP: u32 = 0x2000_0004;

#[test]
fn what_a_process_has_registered_goes_with_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("portmap.sock");
    let free_path = directory.path().join("free.sock");
    let portmapper = Portmapper::builder()
        .listen("127.0.0.1:0")
        .listen_unix(&path)
        .bind_processes(Duration::from_millis(10))
        .spawn()
        .unwrap();
    let free = Portmapper::builder().listen_unix(&free_path).spawn().unwrap();
    let mut registrar = Registrar::start(&[&path, &free_path]);
    let client = Portmap::connect(path).unwrap();
    client.set(LIVES, 1, Transport::Tcp, 4711).unwrap();
    let over_tcp = Portmap::connect(portmapper.tcp_addr().unwrap()).unwrap();
    over_tcp.set(OVER_TCP, 1, Transport::Tcp, 4711).unwrap();
    // The same user and the same address: it is this process's from now on.
    client.set(TAKEN_OVER, 1, Transport::Tcp, 4711).unwrap();
    assert!(programs(&client).contains(&DIES), "the child still runs");
    registrar.0.kill().unwrap();
    // Before its parent has waited for it, too.
    wait_until_gone(&client, DIES);
    assert_eq!(programs(&client), [TAKEN_OVER, LIVES, OVER_TCP]);
    let unbound = Portmap::connect(free_path).unwrap();
    assert_eq!(programs(&unbound), [DIES, TAKEN_OVER], "there it was not wanted");
    drop(free);
}

#[test]
fn the_program_does_so_over_its_own_restart() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("portmap.sock");
    let state = directory.path().join("state");
    let args = ["--unix", path.to_str().unwrap(), "--state", state.to_str().unwrap()];
    let bound = [&args[..], &["--bind-processes", "--bind-interval", "1"]].concat();
    let program = Program::start(&bound);
    let mut registrar = Registrar::start(&[&path]);
    let client = Portmap::connect(path.clone()).unwrap();
    client.set(LIVES, 1, Transport::Tcp, 4711).unwrap();
    let over_tcp = Portmap::connect(program.addr("tcp")).unwrap();
    over_tcp.set(OVER_TCP, 1, Transport::Tcp, 4711).unwrap();
    program.signal("KILL");
    program.end();
    let program = Program::start(&bound);
    let client = Portmap::connect(path.clone()).unwrap();
    assert_eq!(programs(&client), [DIES, TAKEN_OVER, LIVES, OVER_TCP], "all live");
    registrar.0.kill().unwrap();
    wait_until_gone(&client, DIES);
    assert_eq!(programs(&client), [LIVES, OVER_TCP]);
    // What dies while no portmapper runs.
    let mut registrar = Registrar::start(&[&path]);
    program.signal("KILL");
    program.end();
    registrar.0.kill().unwrap();
    registrar.0.wait().unwrap();
    let _program = Program::start(&bound);
    let client = Portmap::connect(path).unwrap();
    wait_until_gone(&client, DIES);
    assert_eq!(programs(&client), [LIVES, OVER_TCP]);
}

/// What stands in the table besides the portmapper itself, in order.
fn programs(client: &Portmap) -> Vec<u32> {
    let entries = client.dump_all().unwrap().into_iter();
    entries.map(|entry| entry.r_prog).filter(|program| *program >= DIES).collect()
}

fn wait_until_gone(client: &Portmap, program: u32) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while programs(client).contains(&program) {
        assert!(Instant::now() < deadline, "still there");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Another process, which registers, says so, and waits to be killed.
struct Registrar(Child);

impl Registrar {
    fn start(sockets: &[&Path]) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "registers_what_it_is_told", "--nocapture"])
            .env(SOCKETS, std::env::join_paths(sockets).unwrap())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let told = said.inspect(|line| eprintln!("{line}")).any(|line| line.contains(REGISTERED));
        assert!(told, "{:?}", child.wait());
        Self(child)
    }
}

impl Drop for Registrar {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Where the other process is to register; it does nothing where it is told nothing.
const SOCKETS: &str = "SUNRPC_TEST_SOCKETS";
const REGISTERED: &str = "everything is registered";

#[test]
fn registers_what_it_is_told() {
    let Some(sockets) = std::env::var_os(SOCKETS) else { return };
    for socket in std::env::split_paths(&sockets) {
        // It closes its connection, as libtirpc does: only the process counts.
        let client = Portmap::connect(socket).unwrap();
        for program in [DIES, TAKEN_OVER] {
            client.set(program, 1, Transport::Tcp, 4711).unwrap();
        }
    }
    println!("{REGISTERED}");
    // Should the test end without killing it, its end of the pipe closes.
    let _ = std::io::stdin().read_line(&mut String::new());
}
