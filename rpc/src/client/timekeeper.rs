//! One thread for all clients that others read for ([`Call::callback`](crate::server::Call::callback)): it wakes their
//! tasks when their time is up, and sends what was not taken from a task. It exists while there are such clients that a
//! task has waited at.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    thread::{self, Thread},
    time::Instant,
};

use super::{background, calls::Calls};

static WATCHED: Mutex<Watched> = Mutex::new(Watched { clients: Vec::new(), thread: None });

struct Watched {
    clients: Vec<Weak<Calls>>,
    thread: Option<Thread>,
}

/// Keeps the time for one more client.
///
/// # Errors
///
/// The system gives no thread.
pub(super) fn watch(calls: &Arc<Calls>) -> io::Result<()> {
    let mut watched = watched();
    if watched.thread.is_none() {
        let started = thread::Builder::new().name("rpc-callbacks".to_owned()).spawn(work)?;
        watched.thread = Some(started.thread().clone());
    }
    watched.clients.push(Arc::downgrade(calls));
    watched.thread.iter().for_each(Thread::unpark);
    Ok(())
}

fn work() {
    while let Some(clients) = clients() {
        let until = clients.iter().filter_map(Weak::upgrade).map(|calls| look_after(&calls)).min();
        if let Some(until) = until {
            thread::park_timeout(background::left(until));
        }
    }
}

/// Does what is due; until when there is nothing else to do.
fn look_after(calls: &Calls) -> Instant {
    background::do_what_is_due(calls);
    calls.table().rest(thread::current(), background::latest(calls))
}

/// Those who are still there; where nobody is, the thread ends.
fn clients() -> Option<Vec<Weak<Calls>>> {
    let mut watched = watched();
    watched.clients.retain(|calls| calls.strong_count() > 0);
    if watched.clients.is_empty() {
        watched.thread = None;
        return None;
    }
    Some(watched.clients.clone())
}

fn watched() -> MutexGuard<'static, Watched> {
    WATCHED.lock().unwrap_or_else(PoisonError::into_inner)
}
