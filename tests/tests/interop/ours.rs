//! Our portmapper and our services, as the programs that users run, and servers of the tests' own.

use std::{path::Path, process::Command};

use sunrpc::server::{self, Running};
use sunrpc_portmap::{Address, Portmap};
use sunrpc_tests::{
    build::program,
    process::{Daemon, eventually, run},
};
use tempfile::TempDir;

/// The services, their program numbers in decimal as `rpcinfo` writes them.
pub(crate) const PROGRAMS: [(&str, u32); 3] =
    [("daytime", 0x2000_0867), ("doctor", 0x2000_1966), ("passcheck", 0x2000_1978)];

/// `portmap` on port 111.
pub(crate) fn portmap(args: &[&str]) -> Daemon {
    let mut portmap = Daemon::start(Command::new(program("portmap")).args(args));
    let ready = portmap.line();
    assert!(ready.starts_with("ready portmap tcp=127.0.0.1:111 udp=127.0.0.1:111"), "{ready}");
    portmap
}

/// A server of the test's own over TCP and UDP, all of whose programs are registered with the portmapper on port 111.
pub(crate) fn serve(builder: server::Builder, programs: &[(u32, u32)]) -> Running {
    let server = builder.listen("127.0.0.1:0").bind().and_then(|server| server.spawn());
    let server = server.expect("a server");
    let port = server.tcp_addr().expect("a port").port();
    let portmap = Portmap::connect(Address::default()).expect("our portmapper");
    for (program, version) in programs {
        portmap.replace(*program, *version, port).expect("it registers");
    }
    server
}

/// `services serve`, with what it printed of where it listens.
pub(crate) struct Services {
    pub(crate) daemon: Daemon,
    pub(crate) lines: Vec<String>,
    _passwords: TempDir,
}

impl Services {
    pub(crate) fn start(names: &[&str]) -> Self {
        let passwords = TempDir::new().expect("a folder");
        let file = passwords.path().join("passwords");
        if names.contains(&"passcheck") {
            add_account(&file);
        }
        let mut serve = Command::new(program("services"));
        serve.arg("serve").args(names).arg("--passwords").arg(&file).env("RUST_LOG", "info");
        let mut daemon = Daemon::start(&mut serve);
        let lines = names.iter().map(|_| daemon.line()).collect();
        Self { daemon, lines, _passwords: passwords }
    }

    /// Started, and known to the portmapper.
    pub(crate) fn registered(names: &[&str]) -> Self {
        let services = Self::start(names);
        for name in names {
            eventually(&format!("{name} to be registered"), || is_registered(name));
        }
        services
    }

    /// The port of a service, from its own words: `ready daytime prog=… vers=1 tcp=127.0.0.1:40001 udp=…`.
    pub(crate) fn port(&self, name: &str, transport: &str) -> u16 {
        let start = format!("ready {name} ");
        let line = self.lines.iter().find(|line| line.starts_with(&start));
        line.and_then(|line| {
            line.split(' ').find_map(|part| part.strip_prefix(&format!("{transport}=")))
        })
        .and_then(|addr| addr.rsplit_once(':'))
        .and_then(|(_, port)| port.parse().ok())
        .unwrap_or_else(|| panic!("{name} {transport} in {:?}", self.lines))
    }
}

fn add_account(file: &Path) {
    let mut add = Command::new(program("services"));
    add.args(["passcheck", "add", "alice", "--passwords"]).arg(file);
    let _ = sunrpc_tests::process::run_with_input(&mut add, "wonderland\n").ok();
}

/// Whether a service can be found over both transports, as our own client sees it.
pub(crate) fn is_registered(name: &str) -> bool {
    let (_, number) = PROGRAMS.iter().find(|(known, _)| *known == name).expect("a service");
    let list = run(sunrpc_tests::process::command("rpcinfo").args(["-p", "127.0.0.1"]));
    let rows =
        list.stdout.lines().filter(|line| line.trim_start().starts_with(&number.to_string()));
    rows.count() == 2
}

/// `services NAME` as a client, at port 111.
pub(crate) fn ask(args: &[&str], transport: &str) -> Command {
    let mut ask = Command::new(program("services"));
    ask.args(args).args(["--portmap", "127.0.0.1:111", "--transport", transport]);
    ask
}
