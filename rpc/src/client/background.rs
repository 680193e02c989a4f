//! The thread that reads the socket for tasks, which have no thread of their own to wait in, and to hear the server's
//! calls, which another thread answers (`inbound.rs`). It exists from the first poll of a [`Pending`](super::Pending)
//! on, or where calls are answered, from the beginning, until its client is dropped or the connection has failed. Clients
//! that others read for share one (`timekeeper.rs`).

use std::{
    io,
    sync::{Arc, Weak, atomic::Ordering},
    thread,
    time::{Duration, Instant},
};

use super::{
    Error,
    calls::Calls,
    table::{Broken, Duty},
    timekeeper,
};

/// How long the socket is read for at a time: so late may a call be sent again, or its time be up.
const SLICE: Duration = Duration::from_millis(50);
/// The same while a stream does not take what tasks want to send.
const STUCK_SLICE: Duration = Duration::from_millis(5);
/// How often a resting thread looks whether its client is gone.
const REST: Duration = Duration::from_secs(1);

/// Sees to it that tasks are woken: by a thread of the client's, or where others read, by one that they all share.
pub(super) fn start(calls: &Arc<Calls>) {
    let started =
        if calls.link.is_read_elsewhere() { timekeeper::watch(calls) } else { start_thread(calls) };
    // Without it no task would ever be woken: let them all know.
    if let Err(error) = started {
        calls.break_off(Broken::Io(error.kind()));
    }
}

fn start_thread(calls: &Arc<Calls>) -> io::Result<()> {
    let weak = Arc::downgrade(calls);
    thread::Builder::new().name("rpc-client".to_owned()).spawn(move || work(&weak))?;
    Ok(())
}

fn work(calls: &Weak<Calls>) {
    while let Some(calls) = calls.upgrade().filter(|calls| !calls.is_broken()) {
        do_what_is_due(&calls);
        let slice = if calls.stuck.load(Ordering::Relaxed) { STUCK_SLICE } else { SLICE };
        let duty = calls.table().duty(thread::current(), latest(&calls));
        match duty {
            Duty::Lead(until) => {
                let left = until.map_or(slice, |until| left(until).min(slice));
                let received = calls.receive_for_others(left);
                tell_tasks(&calls, received.map(|_| ()));
                calls.table().resign();
            }
            Duty::Rest(until) => {
                drop(calls);
                thread::park_timeout(left(until));
            }
        }
    }
}

/// Until when the thread may rest.
pub(super) fn latest(calls: &Calls) -> Instant {
    let rest = if calls.stuck.load(Ordering::Relaxed) { STUCK_SLICE } else { REST };
    let now = Instant::now();
    now.checked_add(rest).unwrap_or(now)
}

pub(super) fn left(until: Instant) -> Duration {
    until.saturating_duration_since(Instant::now())
}

/// Wakes the tasks whose time is up, sends again what has not been answered (UDP), and sends what a stream has not
/// taken yet.
pub(super) fn do_what_is_due(calls: &Calls) {
    if calls.stuck.load(Ordering::Relaxed)
        && let Err(error) = calls.push()
    {
        tracing::debug!(%error, "cannot send");
    }
    let messages = calls.table().due(Instant::now());
    for message in messages {
        calls.counters.retransmission();
        tell_tasks(calls, calls.send_datagram(&message));
    }
}

/// What the network has reported (UDP) of what was sent. Over a stream everybody has been told.
fn tell_tasks(calls: &Calls, result: Result<(), Error>) {
    if let Err(Error::Io(error) | Error::Connect { source: error, .. }) = result {
        tracing::debug!(%error, "no replies");
        calls.table().fail_watched(error.kind());
    }
}

#[cfg(test)]
mod tests {
    use std::{net::UdpSocket, sync::mpsc};

    use super::*;
    use crate::client::{Builder, link::Link};

    #[test]
    fn the_thread_ends_with_its_connection() {
        let server = UdpSocket::bind("127.0.0.1:0").unwrap();
        let link = Link::udp(server.local_addr().unwrap()).unwrap();
        let calls = Arc::new(Calls::new(link, Builder::default()).unwrap());
        let weak = Arc::downgrade(&calls);
        let (ended, end) = mpsc::channel();
        thread::spawn(move || {
            work(&weak);
            ended.send(()).unwrap();
        });
        calls.break_off(Broken::Closed);
        end.recv_timeout(Duration::from_secs(20)).unwrap();
    }
}
