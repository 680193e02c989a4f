//! One call at a time, each of them timed.

use std::time::Instant;

use sunrpc::client;

use crate::{Done, echo::EchoV1Client};

/// Calls NULL, or ECHO where there are `bytes`, and prints how long that took.
pub(crate) fn at_a_time(client: &EchoV1Client, bytes: usize, warmup: usize, calls: usize) -> Done {
    let bytes = vec![0; bytes];
    let mut took = Vec::with_capacity(calls);
    for number in 0..warmup + calls {
        let start = Instant::now();
        call(client, &bytes)?;
        if number >= warmup {
            took.push(start.elapsed().as_nanos());
        }
    }
    print(took)
}

fn call(client: &EchoV1Client, bytes: &[u8]) -> Result<(), client::Error> {
    if bytes.is_empty() {
        return client.null();
    }
    let back = client.echo(bytes)?;
    assert_eq!(back.len(), bytes.len(), "what is sent comes back");
    Ok(())
}

fn print(mut took: Vec<u128>) -> Done {
    took.sort_unstable();
    let calls = took.len();
    let at = |place: usize| took.get(place).copied().ok_or("no calls");
    println!(
        "calls={calls} min_ns={} p50_ns={} p99_ns={} max_ns={}",
        at(0)?,
        at(calls / 2)?,
        at((calls - 1) - calls / 100)?,
        at(calls - 1)?,
    );
    Ok(())
}
