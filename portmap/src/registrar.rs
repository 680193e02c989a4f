//! Registered with the portmapper from start to stop, whenever there is one.

use std::{
    io,
    net::SocketAddr,
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    thread::{self, JoinHandle},
    time::Duration,
};

use sunrpc::Transport;

use crate::{Address, Error, Portmap, client, entry::Entry};

/// How patient a [`Registrar`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// The first pause after a failure; each further one is twice as long.
    ///
    /// # Default
    /// 250 ms.
    pub first_retry: Duration,
    /// The longest pause after a failure.
    ///
    /// # Default
    /// 10 s.
    pub last_retry: Duration,
    /// How often a registration is looked after: a portmapper that was restarted has lost it.
    ///
    /// # Default
    /// 30 s.
    pub check: Duration,
    /// How long one answer of the portmapper may take.
    ///
    /// # Default
    /// 2 s.
    pub timeout: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            first_retry: Duration::from_millis(250),
            last_retry: Duration::from_secs(10),
            check: Duration::from_secs(30),
            timeout: Duration::from_secs(2),
        }
    }
}

/// Keeps a server registered, on a thread of its own, until it is dropped; then the registration is taken back.
///
/// It waits for a portmapper that is not there yet, registers again with one that was restarted, takes the place of a
/// server that was killed, and leaves it to a successor. What it does it tells by `tracing`, within the span that it was
/// started in. Starting and dropping it wait for the portmapper's answers, as long as [`Timing::timeout`] lets each.
///
/// ```
/// use sunrpc::{Transport, server::Server};
/// use sunrpc_portmap::{Portmap, Portmapper, Registrar};
/// # const HELLO_PROG: u32 = 0x2000_0001;
/// # const HELLO_VERS: u32 = 1;
///
/// # let portmapper = Portmapper::bind("127.0.0.1:0")?;
/// # let portmap = portmapper.tcp_addr().ok_or("no TCP")?;
/// let server = Server::builder().listen("127.0.0.1:0").bind()?;
/// let addr = server.tcp_addr().ok_or("no TCP")?;
/// let registrar = Registrar::start(portmap, HELLO_PROG, HELLO_VERS, addr)?;
/// let asked = Portmap::connect(portmap)?;
/// assert_eq!(asked.get_port(HELLO_PROG, HELLO_VERS, Transport::Udp)?, Some(addr.port()));
/// drop(registrar);
/// assert_eq!(asked.get_port(HELLO_PROG, HELLO_VERS, Transport::Udp)?, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Registrar {
    /// Closed to end the thread.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Registrar {
    /// Registers a server that listens at `addr` over TCP and over UDP. Returns once the first try has succeeded or
    /// failed: where there is a portmapper, the server can be looked up from then on.
    ///
    /// # Errors
    ///
    /// The system refuses a thread.
    pub fn start(
        portmap: impl Into<Address>,
        program: u32,
        version: u32,
        addr: SocketAddr,
    ) -> io::Result<Self> {
        Self::start_with(portmap, program, version, addr, Timing::default())
    }

    /// The same, as patient as `timing` says.
    ///
    /// # Errors
    ///
    /// See [`start`](Self::start).
    pub fn start_with(
        portmap: impl Into<Address>,
        program: u32,
        version: u32,
        addr: SocketAddr,
        timing: Timing,
    ) -> io::Result<Self> {
        let (stop, stopped) = mpsc::channel();
        let (tried, first_try) = mpsc::channel();
        let keeper = Keeper {
            portmap: portmap.into(),
            entry: Entry { program, version, at: addr },
            timing,
            state: State::Unregistered,
            has_begun: false,
            failing: false,
        };
        let span = tracing::Span::current();
        let thread = thread::Builder::new()
            .name("registrar".to_owned())
            .spawn(move || span.in_scope(|| keeper.run(&stopped, tried)))?;
        // An error means that the thread ended, which its join will tell.
        let _ = first_try.recv();
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Registrar {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the registrar's thread panicked");
        }
    }
}

struct Keeper {
    portmap: Address,
    entry: Entry,
    timing: Timing,
    state: State,
    /// Something was to be entered: half of it may have been, where that failed.
    has_begun: bool,
    /// The last try failed, which was told.
    failing: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing succeeded yet.
    Unregistered,
    Registered,
    /// It was ours, and another server has it now.
    Taken,
}

impl Keeper {
    fn run(mut self, stopped: &Receiver<()>, tried: Sender<()>) {
        let mut tried = Some(tried);
        let mut pause = self.timing.first_retry;
        loop {
            let wait = match self.keep() {
                Ok(state) => {
                    self.tell(state);
                    pause = self.timing.first_retry;
                    self.timing.check
                }
                Err(problem) => {
                    self.tell_problem(&problem);
                    let wait = pause;
                    pause = pause.saturating_mul(2).min(self.timing.last_retry);
                    wait
                }
            };
            drop(tried.take());
            match stopped.recv_timeout(wait) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) | Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.unregister();
    }

    fn connect(&self) -> Result<Portmap, Error> {
        let timeout = self.timing.timeout;
        let patience = client::builder().timeout(timeout).connect_timeout(timeout);
        Portmap::connect_with(&self.portmap, Transport::Tcp, patience)
    }

    /// Looks after the entry: makes it, makes it again when it is lost, leaves it to a successor.
    fn keep(&mut self) -> Result<State, Error> {
        let portmap = self.connect()?;
        let ports = self.entry.registered(&portmap)?;
        if ports == self.entry.ports() {
            return Ok(State::Registered);
        }
        // Two that took it from each other would never end.
        match self.state {
            State::Registered if ports.is_whole() => return Ok(State::Taken),
            State::Taken if !ports.is_empty() => return Ok(State::Taken),
            _ => {}
        }
        if !ports.is_empty() {
            // Left behind by a server that was killed, or a predecessor's.
            let Entry { program, version, .. } = self.entry;
            let now = self.entry.ports();
            tracing::warn!(program, version, before = %ports, %now, "taking over a registration");
            self.entry.unset(&portmap)?;
        }
        self.has_begun = true;
        self.entry.set(&portmap)?;
        // After a failure it is told in any case.
        if self.state == State::Registered && !self.failing {
            let Entry { program, version, at } = self.entry;
            let portmap = tracing::field::display(&self.portmap);
            tracing::info!(program, version, %at, portmap, "registered again: the portmapper had lost it");
        }
        Ok(State::Registered)
    }

    /// Says what has changed, not what is as before.
    fn tell(&mut self, state: State) {
        let before = std::mem::replace(&mut self.state, state);
        let recovered = std::mem::take(&mut self.failing);
        if state == before && !recovered {
            return;
        }
        let Entry { program, version, at } = self.entry;
        let portmap = tracing::field::display(&self.portmap);
        match state {
            State::Registered => tracing::info!(program, version, %at, portmap, "registered"),
            State::Taken => {
                tracing::warn!(program, version, %at, portmap, "another server has taken over the registration");
            }
            State::Unregistered => {}
        }
    }

    fn tell_problem(&mut self, problem: &Error) {
        let Entry { program, version, at } = self.entry;
        if std::mem::replace(&mut self.failing, true) {
            tracing::debug!(program, version, %problem, "still cannot register");
            return;
        }
        tracing::warn!(
            program, version, %at, %problem,
            "cannot register with the portmapper; serving all the same, and trying again until it can"
        );
    }

    /// Removes the entry, or half of it, where nothing of it is another's.
    fn unregister(&self) {
        let may_be_there = self.state == State::Registered || self.has_begun;
        if self.state == State::Taken || !may_be_there {
            return;
        }
        let unset = || {
            let portmap = self.connect()?;
            let is_ours = self.entry.registered(&portmap)?.is_part_of(self.entry.ports());
            Ok::<bool, Error>(is_ours && self.entry.unset(&portmap)?)
        };
        let Entry { program, version, .. } = self.entry;
        let portmap = tracing::field::display(&self.portmap);
        match unset() {
            Ok(true) => tracing::info!(program, version, portmap, "unregistered"),
            Ok(false) => {
                tracing::warn!(program, version, portmap, "the registration was gone already")
            }
            Err(error) => tracing::warn!(program, version, portmap, %error, "could not unregister"),
        }
    }
}
