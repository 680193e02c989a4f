//! Finding registrations whose owner has died without taking them back.

use std::{
    collections::HashMap,
    fs, io,
    os::unix::fs::{FileTypeExt as _, MetadataExt as _},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

use sunrpc::client::{Client, Error};

use crate::{Owner, Registration, Table, Uaddr, own, rpcb::RPCBPROG};

/// How registrations are probed.
///
/// # Defaults
///
/// Every 30 s, dropped after 3 misses in a row, 1 s for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probing {
    /// The time from one round to the next.
    pub interval: Duration,
    /// How often in a row a program may not answer before it is dropped.
    pub misses: u32,
    /// How long a program may take to answer. One that hangs holds the round up for so long.
    pub timeout: Duration,
}

impl Default for Probing {
    fn default() -> Self {
        Self { interval: Duration::from_secs(30), misses: 3, timeout: Duration::from_secs(1) }
    }
}

/// A thread that probes; dropping this ends it, after the round under way.
#[derive(Debug)]
pub struct Prober {
    stop: Option<mpsc::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Prober {
    /// Begins to probe what is in `table`: calls procedure 0 of each program that is registered, the portmapper
    /// itself left out.
    ///
    /// # Errors
    ///
    /// The system refuses a thread.
    pub fn spawn(table: Table, probing: Probing) -> io::Result<Self> {
        let (stop, stopped) = mpsc::channel();
        let run = move || {
            let mut misses = HashMap::new();
            while stopped.recv_timeout(probing.interval) == Err(RecvTimeoutError::Timeout) {
                round(&table, probing, &mut misses, &stopped);
            }
        };
        let thread = thread::Builder::new().name("probe".to_owned()).spawn(run)?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Prober {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// How often in a row each registration was not answered for, by program, version and transport.
type Misses = HashMap<(u32, u32, crate::Netid), u32>;

/// Probes each registration once.
fn round(table: &Table, probing: Probing, misses: &mut Misses, stopped: &mpsc::Receiver<()>) {
    let registrations = table.registrations();
    let mut missed = Misses::new();
    for entry in registrations.iter().filter(|entry| entry.program != RPCBPROG) {
        if stopped.try_recv() == Err(mpsc::TryRecvError::Disconnected) {
            return;
        }
        let Err(error) = probe(entry, probing.timeout) else { continue };
        let key = (entry.program, entry.version, entry.netid);
        let count = misses.get(&key).copied().unwrap_or_default().saturating_add(1);
        if count >= probing.misses {
            drop_dead(table, entry, &error);
        } else {
            missed.insert(key, count);
        }
    }
    *misses = missed;
}

fn drop_dead(table: &Table, entry: &Registration, why: &Error) {
    let Registration { program, version, netid, addr, .. } = entry;
    match table.drop_dead(entry) {
        Ok(true) => {
            tracing::warn!(program, version, %netid, %addr, "dropped, it does not answer: {why}");
        }
        Ok(false) => {}
        Err(error) => {
            tracing::error!(program, version, %netid, %error, "dead, but cannot be dropped")
        }
    }
}

/// Whether somebody answers for a registration. That he refuses is an answer; that he knows nothing of the program
/// or of the version is none.
fn probe(entry: &Registration, timeout: Duration) -> Result<(), Error> {
    let builder = Client::builder().timeout(timeout).connect_timeout(timeout);
    let client = match &entry.addr {
        Uaddr::Inet(addr) => match own::reachable(*addr) {
            Some(addr) => builder.connect(entry.netid.transport(), addr)?,
            // On another machine: nobody's to judge.
            None => return Ok(()),
        },
        Uaddr::Local(path) if is_anothers(path, entry.owner) => return Ok(()),
        Uaddr::Local(path) => builder.connect_unix(path)?,
    };
    match client.call::<(), ()>(entry.program, entry.version, 0, &()) {
        Err(
            Error::ProcUnavail
            | Error::GarbageArgs
            | Error::SystemErr
            | Error::RpcMismatch { .. }
            | Error::Auth(_),
        ) => Ok(()),
        result => result,
    }
}

/// Whether there is something at `path` that is not the owner's: nobody may send the portmapper, which can reach more
/// than he, to sockets of others.
fn is_anothers(path: &str, owner: Owner) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| {
        !metadata.file_type().is_socket() || owner != Owner::User(metadata.uid())
    })
}
