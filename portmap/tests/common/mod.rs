//! The program `portmap`, as a child process.

use std::{
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    process::{Child, ChildStdout, Command, Stdio},
};

/// A running `portmap`; dropping it kills it.
pub(crate) struct Program {
    pub(crate) child: Child,
    pub(crate) ready: String,
    stdout: BufReader<ChildStdout>,
}

impl Program {
    /// Starts it on a free port and waits for its line.
    pub(crate) fn start(args: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_portmap"))
            .args(["--port", "0"])
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("portmap starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut ready = String::new();
        stdout.read_line(&mut ready).expect("a line");
        Self { child, ready, stdout }
    }

    /// Where it listens over `transport`, as its line says.
    pub(crate) fn addr(&self, transport: &str) -> SocketAddr {
        let prefix = format!("{transport}=");
        let word = self.ready.split_whitespace().find_map(|word| word.strip_prefix(&prefix));
        word.and_then(|addr| addr.parse().ok()).unwrap_or_else(|| panic!("{:?}", self.ready))
    }

    /// Sends a signal.
    #[allow(dead_code, reason = "not every test does")]
    pub(crate) fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &pid]).status().expect("kill");
        assert!(sent.success());
    }

    /// Waits for its end: its exit code, the rest of what it printed, and its log.
    #[allow(dead_code, reason = "not every test does")]
    pub(crate) fn end(mut self) -> (Option<i32>, String, String) {
        let (mut rest, mut log) = (String::new(), String::new());
        std::io::Read::read_to_string(&mut self.stdout, &mut rest).expect("stdout");
        let mut stderr = self.child.stderr.take().expect("a pipe");
        std::io::Read::read_to_string(&mut stderr, &mut log).expect("stderr");
        (self.child.wait().expect("its end").code(), rest, log)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
