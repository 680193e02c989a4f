//! NULL calls through `sunrpc`, in the form that `bench/run` times beside its peers:
//!
//! ```text
//! sunrpc-bench server udp|tcp                       prints "port N", then answers until it is killed
//! sunrpc-bench client udp|tcp PORT WARMUP CALLS     prints one line of figures (see c/clock.h)
//! ```

use std::{env, error::Error, process::ExitCode, time::Instant};

use sunrpc::{
    Transport,
    client::Client,
    server::{Args, Call, Fault, Results, Server, Service},
};

/// The program of `idl/daytime.x`, of which only NULL is called here.
const PROGRAM: u32 = 0x2000_0867;
const VERSION: u32 = 1;

const USAGE: &str = "usage: sunrpc-bench server udp|tcp
       sunrpc-bench client udp|tcp PORT WARMUP CALLS";

struct Null;

impl Service for Null {
    fn program(&self) -> u32 {
        PROGRAM
    }

    fn version(&self) -> u32 {
        VERSION
    }

    fn dispatch(
        &self,
        call: &Call<'_>,
        args: Args<'_>,
        results: &mut Results<'_>,
    ) -> Result<(), Fault> {
        match call.procedure() {
            0 => results.put(&args.get::<()>()?),
            _ => Err(Fault::ProcUnavail),
        }
    }
}

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match *args {
        ["server", transport] => serve(transport),
        ["client", transport, port, warmup, calls] => call(transport, port, warmup, calls),
        _ => Err(USAGE.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

/// Answers on the main thread, so that nothing but the sockets wakes it.
fn serve(transport: &str) -> Result<(), Box<dyn Error>> {
    let builder = Server::builder().service(Null);
    let server = match transport.parse()? {
        Transport::Udp => builder.listen_udp("127.0.0.1:0"),
        _ => builder.listen_tcp("127.0.0.1:0"),
    }
    .bind()?;
    let addr = server.udp_addr().or(server.tcp_addr()).ok_or("no address")?;
    println!("port {}", addr.port());
    Ok(server.run()?)
}

fn call(transport: &str, port: &str, warmup: &str, calls: &str) -> Result<(), Box<dyn Error>> {
    let transport: Transport = transport.parse()?;
    let client = Client::builder().connect(transport, ("127.0.0.1", port.parse()?))?;
    let (warmup, calls): (usize, usize) = (warmup.parse()?, calls.parse()?);
    let mut took = Vec::with_capacity(calls);
    for number in 0..warmup + calls {
        let start = Instant::now();
        client.call::<_, ()>(PROGRAM, VERSION, 0, &())?;
        if number >= warmup {
            took.push(start.elapsed().as_nanos());
        }
    }
    took.sort_unstable();
    let at = |place: usize| took.get(place).copied().ok_or("no calls");
    println!(
        "transport={transport} who=ours calls={calls} min_ns={} p50_ns={} p99_ns={} max_ns={}",
        at(0)?,
        at(calls / 2)?,
        at((calls - 1) - calls / 100)?,
        at(calls - 1)?,
    );
    Ok(())
}
