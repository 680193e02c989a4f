//! How long calls take.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use sunrpc::Transport;
use sunrpc_portmap::Address;

use super::could_not;
use crate::{
    cli::{failure::Failure, print},
    idl::daytime::DaytimeV1Client,
};

/// Calls of each transport, unless its time is up before.
const CALLS: u64 = 20_000;
const TIME: Duration = Duration::from_secs(2);
/// Calls before those that count, until caches and the like are warm.
const WARM_UP: u64 = 200;

pub(super) fn show(portmap: &Address) -> Result<(), Failure> {
    print("")?;
    print("How long a NULL call to daytime takes, one after the other, in microseconds:")?;
    print("")?;
    print(&row("transport", ["calls", "p50", "p99", "max"].map(Into::into)))?;
    for transport in Transport::INET {
        let times = measure(portmap, transport)?;
        let micros = |nanos: u64| format!("{}.{}", nanos / 1000, nanos % 1000 / 100);
        let figures = [
            times.len().to_string(),
            micros(times.value_at_quantile(0.5)),
            micros(times.value_at_quantile(0.99)),
            micros(times.max()),
        ];
        print(&row(transport.name(), figures))?;
    }
    Ok(())
}

fn row(name: &str, figures: [String; 4]) -> String {
    let [calls, p50, p99, max] = figures;
    format!("    {name:<10}{calls:>9}{p50:>10}{p99:>10}{max:>10}")
}

/// Times in nanoseconds.
fn measure(portmap: &Address, transport: Transport) -> Result<Histogram<u64>, Failure> {
    let daytime: DaytimeV1Client = sunrpc_portmap::connect(portmap, transport)
        .map_err(could_not(&format!("look daytime up over {transport}")))?;
    let mut times = Histogram::new(3).map_err(could_not("make a histogram"))?;
    let began = Instant::now();
    for number in 0..WARM_UP.saturating_add(CALLS) {
        let called = Instant::now();
        daytime.null().map_err(could_not("call daytime"))?;
        let took = called.elapsed();
        if number >= WARM_UP {
            let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
            times.record(nanos).map_err(could_not("note a time"))?;
        }
        if began.elapsed() > TIME && number > WARM_UP {
            break;
        }
    }
    Ok(times)
}
