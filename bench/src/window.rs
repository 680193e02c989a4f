//! Many NULL calls outstanding on one connection.

use std::time::{Duration, Instant};

use sunrpc::client::{Error, Pending, ProgramClient};

use crate::{
    Done,
    echo::{ECHO_NULL, EchoV1Client},
};

/// Keeps up to `window` calls outstanding for `millis`, and prints how many a second were answered.
pub(crate) fn full(client: &EchoV1Client, window: usize, millis: u64) -> Done {
    let (began, end) = (Instant::now(), Duration::from_millis(millis));
    let mut pending = Vec::with_capacity(window);
    let mut calls = 0_u32;
    while began.elapsed() < end {
        for _ in 0..window {
            pending.push(start(client)?);
        }
        for call in pending.drain(..) {
            call.wait()?;
            calls += 1;
        }
    }
    let rate = f64::from(calls) / began.elapsed().as_secs_f64();
    println!("calls={calls} calls_per_s={rate:.0}");
    Ok(())
}

fn start(client: &EchoV1Client) -> Result<Pending<()>, Error> {
    client.client().start(EchoV1Client::PROGRAM, EchoV1Client::VERSION, ECHO_NULL, &())
}
