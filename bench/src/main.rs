//! Calls through `sunrpc`, in the form that `bench/run` times beside its peers in `bench/c/`:
//!
//! ```text
//! sunrpc-bench server udp|tcp BYTES                       prints "port N", then answers until it is killed
//! sunrpc-bench sharer udp|tcp BYTES                       the same, by one whose bytes are shared with the messages
//! sunrpc-bench client udp|tcp BYTES PORT WARMUP CALLS     one call at a time; prints figures as c/clock.h does
//! sunrpc-bench sharing udp|tcp BYTES PORT WARMUP CALLS    the same with bytes that are shared
//! sunrpc-bench window udp|tcp WINDOW PORT MILLIS          WINDOW calls outstanding; prints "calls=… calls_per_s=…"
//! ```
//!
//! With `--busy` before them all, that side asks again and again for a tenth of a millisecond before it sleeps.
//!
//! BYTES is 0 for NULL, else the length of what is echoed; a server takes both as they come.

use std::{env, error::Error, process::ExitCode, time::Duration};

use sunrpc::client::{Client, ProgramClient};

mod one;
mod serve;
mod window;

sunrpc::include_x!(
    #[allow(unreachable_pub, reason = "what rpcgen emits is public wherever it is included")]
    mod echo
);

type Done = Result<(), Box<dyn Error>>;

/// With `bytes::Bytes` for opaque data.
mod shared {
    #![allow(
        unreachable_pub,
        dead_code,
        reason = "what rpcgen emits is whole wherever it is included"
    )]
    sunrpc::include_x!("shared/echo");
}

const USAGE: &str = "usage: sunrpc-bench [--busy] server|sharer udp|tcp BYTES
       sunrpc-bench [--busy] client|sharing udp|tcp BYTES PORT WARMUP CALLS
       sunrpc-bench [--busy] window udp|tcp WINDOW PORT MILLIS";

const BUSY: Duration = Duration::from_micros(100);

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let mut args: Vec<&str> = args.iter().map(String::as_str).collect();
    let is_busy = args.first() == Some(&"--busy");
    let args = args.split_off(is_busy.into());
    match run(&args, if is_busy { BUSY } else { Duration::ZERO }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn run(args: &[&str], busy: Duration) -> Done {
    match *args {
        ["server", transport, _] => serve::generated(transport.parse()?, busy),
        ["sharer", transport, _] => serve::sharing(transport.parse()?, busy),
        ["client", transport, bytes, port, warmup, calls] => {
            let client: echo::EchoV1Client = connect(transport, port, busy)?;
            one::at_a_time(&client, vec![0; bytes.parse()?], warmup.parse()?, calls.parse()?)
        }
        ["sharing", transport, bytes, port, warmup, calls] => {
            let client: shared::EchoV1Client = connect(transport, port, busy)?;
            one::at_a_time(&client, vec![0; bytes.parse()?].into(), warmup.parse()?, calls.parse()?)
        }
        ["window", transport, window, port, millis] => {
            window::full(&connect(transport, port, busy)?, window.parse()?, millis.parse()?)
        }
        _ => Err(USAGE.into()),
    }
}

fn connect<C: ProgramClient>(
    transport: &str,
    port: &str,
    busy: Duration,
) -> Result<C, Box<dyn Error>> {
    let client = Client::builder()
        .busy_poll(busy)
        .connect(transport.parse()?, ("127.0.0.1", port.parse()?))?;
    Ok(C::new(client))
}
