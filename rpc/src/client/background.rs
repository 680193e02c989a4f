//! The thread that reads the socket for tasks, which have no thread of their own to wait in. It exists from the
//! first poll of a [`Pending`](super::Pending) on, until its client is dropped.

use std::{
    sync::{Arc, Weak, atomic::Ordering},
    thread,
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
pub(super) fn start(calls: &Arc<Calls>) {
    let weak = Arc::downgrade(calls);
    let started = thread::Builder::new().name("rpc-client".to_owned()).spawn(move || work(&weak));
    if let Err(error) = started {
        // Without it no task would ever be woken: let them all know.
        calls.break_off(Broken::Io(error.kind()));
    }
}

fn work(calls: &Weak<Calls>) {
    while let Some(calls) = calls.upgrade() {
        do_what_is_due(&calls);
        let stuck = calls.stuck.load(Ordering::Relaxed);
        let (slice, rest) = if stuck { (STUCK_SLICE, STUCK_SLICE) } else { (SLICE, REST) };
        let duty = calls.table().duty(thread::current());
        let left = |until: Option<Instant>, most: Duration| {
            until.map_or(most, |until| until.saturating_duration_since(Instant::now()).min(most))
        };
        match duty {
            Duty::Lead(until) => {
                if let Err(error) = calls.receive_for_others(left(until, slice)) {
                    tracing::debug!(%error, "no replies");
                }
                calls.table().resign();
            }
            Duty::Rest(until) => {
                drop(calls);
                thread::park_timeout(left(until, rest));
            }
        }
    }
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
