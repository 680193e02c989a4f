//! Registered with the portmapper from start to stop, whenever there is one.

use std::{
    io,
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    thread::{self, JoinHandle},
    time::Duration,
};

use sunrpc::{
    Transport,
    client::{self, Client},
};
use sunrpc_portmap::{Address, Portmap};

use super::entry::Entry;

/// How patient a registration is.
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

/// Keeps a service registered, on a thread of its own, until it is dropped; then the entry is removed.
#[derive(Debug)]
pub(super) struct Registration {
    /// Closed to end the thread.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Registration {
    /// Starts to keep the entry. Returns once the first try has succeeded or failed: where there is a
    /// portmapper, the service can be looked up from then on.
    pub(super) fn start(portmap: Address, entry: Entry, timing: Timing) -> io::Result<Self> {
        let (stop, stopped) = mpsc::channel();
        let (tried, first_try) = mpsc::channel();
        let keeper = Keeper { portmap, entry, timing, state: State::Unregistered, failing: false };
        let thread = thread::Builder::new()
            .name(format!("register-{}", entry.name))
            .spawn(move || keeper.run(&stopped, tried))?;
        // An error means that the thread ended, which its join will tell.
        let _ = first_try.recv();
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the registration's thread panicked");
        }
    }
}

struct Keeper {
    portmap: Address,
    entry: Entry,
    timing: Timing,
    state: State,
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

/// Why there is no registration: no more than a text for the log.
type Problem = Box<dyn std::error::Error>;

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

    fn connect(&self) -> Result<Portmap, client::Error> {
        let timeout = self.timing.timeout;
        let patience = Client::builder().timeout(timeout).connect_timeout(timeout);
        Portmap::connect_with(&self.portmap, Transport::Tcp, patience)
    }

    /// Looks after the entry: makes it, makes it again when it is lost, leaves it to a successor.
    fn keep(&self) -> Result<State, Problem> {
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
            let name = self.entry.name;
            tracing::warn!(name, before = %ports, now = %self.entry.ports(), "taking over a registration");
            self.entry.unset(&portmap)?;
        }
        self.entry.set(&portmap)?;
        // After a failure it is told in any case.
        if self.state == State::Registered && !self.failing {
            let Entry { name, at, .. } = self.entry;
            let portmap = tracing::field::display(&self.portmap);
            tracing::info!(name, %at, portmap, "registered again: the portmapper had lost it");
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
        let Entry { name, at, .. } = self.entry;
        let portmap = tracing::field::display(&self.portmap);
        match state {
            State::Registered => tracing::info!(name, %at, portmap, "registered"),
            State::Taken => {
                tracing::warn!(name, %at, portmap, "another server has taken over the registration");
            }
            State::Unregistered => {}
        }
    }

    fn tell_problem(&mut self, problem: &Problem) {
        let Entry { name, program, version, at } = self.entry;
        let portmap = tracing::field::display(&self.portmap);
        if std::mem::replace(&mut self.failing, true) {
            tracing::debug!(name, portmap, %problem, "still cannot register");
            return;
        }
        tracing::warn!(
            name, program, version, %at, portmap, %problem,
            "cannot register with the portmapper; serving all the same, and trying again until it can"
        );
    }

    /// Removes the entry where it is still ours.
    fn unregister(&self) {
        if self.state != State::Registered {
            return;
        }
        let unset = || {
            let portmap = self.connect()?;
            let ours = self.entry.registered(&portmap)? == self.entry.ports();
            Ok::<bool, client::Error>(ours && self.entry.unset(&portmap)?)
        };
        let name = self.entry.name;
        let portmap = tracing::field::display(&self.portmap);
        match unset() {
            Ok(true) => tracing::info!(name, portmap, "unregistered"),
            Ok(false) => tracing::warn!(name, portmap, "the registration was gone already"),
            Err(error) => tracing::warn!(name, portmap, %error, "could not unregister"),
        }
    }
}
