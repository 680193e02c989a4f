//! The thread that reads the socket for tasks, which have no thread of their own to wait in, and to hear the server's
//! calls, which another thread answers (`inbound.rs`). It exists from the first poll of a [`Pending`](super::Pending) on, or
//! where calls are answered, from the beginning, until its client is dropped.

use std::{
    sync::{Arc, Weak, atomic::Ordering},
    thread::{self, Thread},
    time::{Duration, Instant},
};

use super::{
    calls::Calls,
    table::{Broken, Duty},
};

/// How long the socket is read for at a time: so late may a call be sent again, or its time be up.
const SLICE: Duration = Duration::from_millis(50);
/// The same while a stream does not take what tasks want to send.
const STUCK_SLICE: Duration = Duration::from_millis(5);
/// How often a resting thread looks whether its client is gone.
const REST: Duration = Duration::from_secs(1);

/// Starts the thread.
pub(super) fn start(calls: &Arc<Calls>) -> Option<Thread> {
    let weak = Arc::downgrade(calls);
    let started = thread::Builder::new().name("rpc-client".to_owned()).spawn(move || work(&weak));
    // Without it no task would ever be woken: let them all know.
    let started = started.inspect_err(|error| calls.break_off(Broken::Io(error.kind())));
    Some(started.ok()?.thread().clone())
}

fn work(calls: &Weak<Calls>) {
    while let Some(calls) = calls.upgrade() {
        do_what_is_due(&calls);
        let stuck = calls.stuck.load(Ordering::Relaxed);
        let (slice, rest) = if stuck { (STUCK_SLICE, STUCK_SLICE) } else { (SLICE, REST) };
        let now = Instant::now();
        let duty = calls.table().duty(thread::current(), now.checked_add(rest).unwrap_or(now));
        match duty {
            Duty::Lead(until) => {
                let left = until.map_or(slice, |until| left(until).min(slice));
                if let Err(error) = calls.receive_for_others(left) {
                    tracing::debug!(%error, "no replies");
                }
                calls.table().resign();
            }
            Duty::Rest(until) => {
                drop(calls);
                thread::park_timeout(left(until));
            }
        }
    }
}

fn left(until: Instant) -> Duration {
    until.saturating_duration_since(Instant::now())
}

/// Wakes the tasks whose time is up, sends again what has not been answered (UDP), and sends what a stream has not
/// taken yet.
fn do_what_is_due(calls: &Calls) {
    if calls.stuck.load(Ordering::Relaxed)
        && let Err(error) = calls.push()
    {
        tracing::debug!(%error, "cannot send");
    }
    let messages = calls.table().due(Instant::now());
    for message in messages {
        calls.counters.retransmission();
        if let Err(error) = calls.send_datagram(&message) {
            tracing::debug!(%error, "cannot send again");
        }
    }
}
