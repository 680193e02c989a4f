//! One call at a time, each of them timed.

use std::time::Instant;

use sunrpc::{client::Error, xdr::bytes::Bytes};

use crate::{Done, echo, shared};

/// A client of `echo.x` whose bytes are of type `B`.
pub(crate) trait Echo<B> {
    fn null(&self) -> Result<(), Error>;
    fn echo(&self, bytes: &B) -> Result<B, Error>;
}

impl Echo<Vec<u8>> for echo::EchoV1Client {
    fn null(&self) -> Result<(), Error> {
        self.null()
    }

    fn echo(&self, bytes: &Vec<u8>) -> Result<Vec<u8>, Error> {
        self.echo(bytes)
    }
}

impl Echo<Bytes> for shared::EchoV1Client {
    fn null(&self) -> Result<(), Error> {
        self.null()
    }

    fn echo(&self, bytes: &Bytes) -> Result<Bytes, Error> {
        self.echo(bytes)
    }
}

/// Calls NULL, or ECHO where there are `bytes`, and prints how long that took.
pub(crate) fn at_a_time<B: AsRef<[u8]>>(
    client: &impl Echo<B>,
    bytes: B,
    warmup: usize,
    calls: usize,
) -> Done {
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

fn call<B: AsRef<[u8]>>(client: &impl Echo<B>, bytes: &B) -> Result<(), Error> {
    let len = bytes.as_ref().len();
    if len == 0 {
        return client.null();
    }
    let back = client.echo(bytes)?;
    assert_eq!(back.as_ref().len(), len, "what is sent comes back");
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
