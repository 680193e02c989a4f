//! The calls, one at a time, over each transport in turn: what else the machine does then meets all of them alike.

use std::{
    thread,
    time::{Duration, Instant},
};

use sunrpc::{client::Cancel, server::stop_on_signals};
use sunrpc_tools::failure::Failure;

use crate::{
    args::Args,
    row::{Row, Target},
};

/// Fills the rows, until all is done, or SIGINT or SIGTERM ends it.
pub(crate) fn all(rows: &mut [Row], target: Target<'_>, args: &Args) -> Result<(), Failure> {
    let cancel = Cancel::new();
    stop_at(&cancel)?;
    for way in rows.iter_mut().filter_map(|row| row.way.as_mut()) {
        way.client = way.client.cancelled_by(&cancel);
    }
    rounds(rows, target, args.warm_up(), Duration::ZERO, &cancel);
    rows.iter_mut().for_each(Row::begin);
    rounds(rows, target, args.count, args.interval.unwrap_or_default(), &cancel);
    Ok(())
}

/// Cancels on a signal, and wakes this thread.
fn stop_at(cancel: &Cancel) -> Result<(), Failure> {
    let (cancel, this) = (cancel.clone(), thread::current());
    stop_on_signals(move || {
        cancel.cancel();
        this.unpark();
    })
    .map_err(|error| Failure::new(format!("cannot wait for signals: {error}")))
}

/// A pause stands before every call, not before every round: the first call after one meets a machine that has slept.
fn rounds(rows: &mut [Row], target: Target<'_>, count: u32, interval: Duration, cancel: &Cancel) {
    let mut wait = Duration::ZERO;
    for _ in 0..count {
        for row in rows.iter_mut().filter(|row| row.failure.is_none()) {
            pause(wait, cancel);
            if cancel.is_cancelled() {
                return;
            }
            row.call(target, cancel);
            wait = interval;
        }
    }
}

/// Sleeps, unless cancelled.
fn pause(interval: Duration, cancel: &Cancel) {
    let began = Instant::now();
    while !cancel.is_cancelled() {
        let left = interval.saturating_sub(began.elapsed());
        if left.is_zero() {
            return;
        }
        thread::park_timeout(left);
    }
}
