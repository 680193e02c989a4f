//! The program `services` as a process.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio},
};

/// The program, with nothing of this process's surroundings that it would heed.
pub fn services() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_services"));
    for name in ["RUST_LOG", "PORTMAP", "PASSCHECK_FILE", "XDG_CONFIG_HOME", "HOME"] {
        command.env_remove(name);
    }
    command
}

/// Runs it to its end with that input.
pub fn run(args: &[&str], input: &str) -> Output {
    let mut child = services()
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    // It may end without reading all; the pipe then breaks.
    let _ = child.stdin.take().expect("its input").write_all(input.as_bytes());
    child.wait_with_output().expect("the program ends")
}

/// Standard output, standard error and exit status of a run.
pub fn told(args: &[&str], input: &str) -> (String, String, i32) {
    let output = run(args, input);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr), output.status.code().expect("no signal"))
}

/// `services serve`, until it is dropped.
pub struct Serving {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Serving {
    pub fn start(portmap: &str, passwords: &Path, args: &[&str]) -> Self {
        Self::start_in_zone("UTC", portmap, passwords, args)
    }

    pub fn start_in_zone(zone: &str, portmap: &str, passwords: &Path, args: &[&str]) -> Self {
        let mut serve = services();
        serve.env("TZ", zone).args(["serve", "--portmap", portmap, "--passwords"]);
        Self::spawn(serve.arg(passwords).args(args).stderr(Stdio::null()))
    }

    pub fn spawn(serve: &mut Command) -> Self {
        let mut child = serve.stdout(Stdio::piped()).spawn().expect("the program runs");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        Self { child, lines }
    }

    /// The next line that it prints: waits for it.
    pub fn line(&mut self) -> String {
        self.lines.next().expect("a line").expect("text")
    }

    /// Asks it to stop and waits; what it still printed, and how it ended.
    pub fn stop(mut self, signal: &str) -> (Vec<String>, ExitStatus) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status().expect("kill runs");
        assert!(sent.success());
        let rest = self.lines.by_ref().map(|line| line.expect("text")).collect();
        (rest, self.child.wait().expect("it ends"))
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
