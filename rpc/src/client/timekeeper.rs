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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::client::{Builder, link::Link};

    fn watch_another() -> Arc<Calls> {
        let link = Link::udp("127.0.0.1:9".parse().unwrap()).unwrap();
        let calls = Arc::new(Calls::new(link, Builder::default()).unwrap());
        watch(&calls).unwrap();
        calls
    }

    /// Has the thread look until it has seen this.
    fn until(what: &str, seen: impl Fn(&Watched) -> bool) {
        let began = Instant::now();
        while !seen(&watched()) {
            assert!(began.elapsed() < Duration::from_secs(5), "{what}");
            watched().thread.iter().for_each(Thread::unpark);
            thread::yield_now();
        }
    }

    #[test]
    fn who_is_there_is_kept_and_the_thread_ends_with_the_last() {
        for _ in 0..2 {
            let (stays, goes) = (watch_another(), watch_another());
            assert_eq!(watched().clients.len(), 2);
            drop(goes);
            until("who has gone is kept, or others go with him", |watched| {
                watched.clients.iter().map(Weak::as_ptr).eq([Arc::as_ptr(&stays)])
            });
            drop(stays);
            until("the thread goes on", |watched| watched.thread.is_none());
            assert!(watched().clients.is_empty());
        }
    }
}
