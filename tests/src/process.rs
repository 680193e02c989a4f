//! Other processes: run to their end within a time, or kept for as long as a test needs them.

use std::{
    ffi::OsStr,
    fmt,
    io::{BufRead as _, BufReader, Read, Write as _},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};

use crate::needs::find;

/// How long a program may take that should take no time. Generous: it decides nothing but that a hang is a failure.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// What a program said and how it ended.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The command, for messages.
    pub command: String,
    /// How it ended.
    pub status: ExitStatus,
    /// What it said.
    pub stdout: String,
    /// What it complained of.
    pub stderr: String,
}

impl Finished {
    /// The same where it ended well.
    ///
    /// # Panics
    ///
    /// It did not.
    #[must_use]
    pub fn ok(self) -> Self {
        assert!(self.status.success(), "{self}");
        self
    }

    /// The same where it ended with `code`.
    ///
    /// # Panics
    ///
    /// It did not.
    #[must_use]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.status.code(), Some(code), "{self}");
        self
    }
}

impl fmt::Display for Finished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { command, status, stdout, stderr } = self;
        write!(f, "{command}: {status}\n--- stdout\n{stdout}\n--- stderr\n{stderr}")
    }
}

/// A command, looked for where Debian keeps programs for administrators too.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let program = program.as_ref();
    let found = program.to_str().filter(|name| !name.contains('/')).and_then(find);
    Command::new(found.as_deref().map_or(program, |path| path.as_os_str()))
}

/// Runs a command to its end, within [`PATIENCE`].
///
/// # Panics
///
/// It cannot be started, or does not end in time.
pub fn run(command: &mut Command) -> Finished {
    run_with_input(command, "")
}

/// Runs a command to its end, within a time.
///
/// # Panics
///
/// It cannot be started, or does not end in time.
pub fn run_within(command: &mut Command, patience: Duration) -> Finished {
    Daemon::start(command.stdin(Stdio::null())).wait_within(patience)
}

/// Runs a command that reads `input`, within [`PATIENCE`].
///
/// # Panics
///
/// It cannot be started, or does not end in time.
pub fn run_with_input(command: &mut Command, input: &str) -> Finished {
    let mut daemon = Daemon::start(command.stdin(Stdio::piped()));
    if let Some(mut stdin) = daemon.child.stdin.take() {
        // A program that does not read its input closes the pipe: no fault of the test.
        let _ = stdin.write_all(input.as_bytes());
    }
    daemon.wait()
}

/// A process that lives as long as this value, at the longest.
#[derive(Debug)]
pub struct Daemon {
    name: String,
    child: Child,
    lines: mpsc::Receiver<String>,
    stdout: Arc<Mutex<String>>,
    stderr: Arc<Mutex<String>>,
    readers: Vec<thread::JoinHandle<()>>,
}

impl Daemon {
    /// Starts a process; its input is empty unless the command says otherwise.
    ///
    /// # Panics
    ///
    /// It cannot be started.
    pub fn start(command: &mut Command) -> Self {
        let name = format!("{command:?}");
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let (sender, lines) = mpsc::channel();
        let (stdout, stderr) = (Arc::default(), Arc::default());
        let readers = vec![
            keep(child.stdout.take(), &stdout, Some(sender)),
            keep(child.stderr.take(), &stderr, None),
        ];
        Self { name, child, lines, stdout, stderr, readers }
    }

    /// The process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next line on its standard output.
    ///
    /// # Panics
    ///
    /// None comes within [`PATIENCE`].
    pub fn line(&mut self) -> String {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => line,
            Err(error) => panic!("{}: no line ({error})\n{}", self.name, text(&self.stderr)),
        }
    }

    /// The next line on its standard output that holds `what`.
    ///
    /// # Panics
    ///
    /// None comes within [`PATIENCE`].
    pub fn line_with(&mut self, what: &str) -> String {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            let line = self.line();
            if line.contains(what) {
                return line;
            }
        }
        panic!("{}: no line with {what:?}", self.name);
    }

    /// Waits until what it said on standard error holds `what`.
    ///
    /// # Panics
    ///
    /// It does not within [`PATIENCE`].
    pub fn complains_of(&mut self, what: &str) {
        eventually(&format!("{what:?} on standard error of {}", self.name), || {
            text(&self.stderr).contains(what)
        });
    }

    /// Whether it lives.
    ///
    /// # Panics
    ///
    /// The system does not know.
    pub fn is_alive(&mut self) -> bool {
        self.child.try_wait().expect("a child's state").is_none()
    }

    /// What it has said on standard error so far.
    #[must_use]
    pub fn stderr(&self) -> String {
        text(&self.stderr)
    }

    /// Sends a signal: `TERM`, `INT`, …
    ///
    /// # Panics
    ///
    /// It cannot be sent.
    pub fn signal(&self, signal: &str) {
        // The shell's own `kill`: the program is not installed everywhere.
        let kill = format!("kill -s {signal} {}", self.id());
        let status = Command::new("sh").args(["-c", &kill]).status();
        assert!(status.expect("kill").success(), "signal {signal} to {}", self.name);
    }

    /// Waits for its end.
    ///
    /// # Panics
    ///
    /// It does not end within [`PATIENCE`].
    pub fn wait(self) -> Finished {
        self.wait_within(PATIENCE)
    }

    fn wait_within(mut self, patience: Duration) -> Finished {
        let mut status = None;
        let until = Instant::now() + patience;
        while Instant::now() < until {
            status = self.child.try_wait().expect("a child's state");
            if status.is_some() {
                break;
            }
            thread::sleep(Duration::from_millis(2));
        }
        let Some(status) = status else {
            let _ = self.child.kill();
            panic!("{} did not end\n{}\n{}", self.name, text(&self.stdout), text(&self.stderr));
        };
        // What it left in the pipes; a child of its own may hold them open, so this has an end of its own.
        let closed = Instant::now() + Duration::from_secs(10);
        while !self.readers.iter().all(thread::JoinHandle::is_finished) && Instant::now() < closed {
            thread::sleep(Duration::from_millis(1));
        }
        Finished {
            command: self.name.clone(),
            status,
            stdout: text(&self.stdout),
            stderr: text(&self.stderr),
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
        if thread::panicking() {
            eprintln!("--- {} on standard error\n{}", self.name, text(&self.stderr));
        }
    }
}

/// Waits until `is_so`.
///
/// # Panics
///
/// It is not within [`PATIENCE`].
pub fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < until, "still waiting for {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Collects what comes from a pipe, and passes its lines on.
fn keep(
    pipe: Option<impl Read + Send + 'static>,
    into: &Arc<Mutex<String>>,
    lines: Option<mpsc::Sender<String>>,
) -> thread::JoinHandle<()> {
    let into = Arc::clone(into);
    thread::spawn(move || {
        let Some(pipe) = pipe else { return };
        let mut pipe = BufReader::new(pipe);
        let mut line = Vec::new();
        while pipe.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
            let text = String::from_utf8_lossy(&line);
            into.lock().unwrap_or_else(PoisonError::into_inner).push_str(&text);
            if let Some(lines) = &lines {
                // Nobody may be waiting for it.
                let _ = lines.send(text.trim_end().to_owned());
            }
            line.clear();
        }
    })
}

fn text(of: &Mutex<String>) -> String {
    of.lock().unwrap_or_else(PoisonError::into_inner).clone()
}
