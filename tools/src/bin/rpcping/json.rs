//! Everything, for programs.

use hdrhistogram::Histogram;
use serde::Serialize;
use sunrpc_tools::output::Output;

use crate::{figures::Figures, report::Report, row::Row};

#[derive(Serialize)]
pub(crate) struct Whole<'a> {
    host: Option<&'a str>,
    program: u32,
    service: Option<&'a str>,
    version: Option<u32>,
    transports: Vec<Transport>,
}

#[derive(Serialize)]
struct Transport {
    name: String,
    netid: &'static str,
    connects: bool,
    address: Option<String>,
    calls: u64,
    lost: u64,
    resent: u64,
    /// Where calls were answered.
    nanoseconds: Option<Figures>,
    histogram: Vec<Bucket>,
    error: Option<String>,
}

/// The times that a histogram does not tell apart.
#[derive(Serialize)]
struct Bucket {
    from: u64,
    to: u64,
    calls: u64,
}

pub(crate) fn whole<'a>(report: &Report<'a>, rows: &[Row], output: &'a Output) -> Whole<'a> {
    Whole {
        host: report.host,
        program: report.program,
        service: output.names.name(report.program),
        version: report.version,
        transports: rows.iter().map(transport).collect(),
    }
}

fn transport(row: &Row) -> Transport {
    Transport {
        name: row.name(),
        netid: row.netid.name(),
        connects: row.connects,
        address: row.address(),
        calls: row.calls(),
        lost: row.lost,
        resent: row.resent(),
        nanoseconds: Figures::of(&row.times),
        histogram: buckets(&row.times),
        error: row.failure.as_ref().map(ToString::to_string),
    }
}

fn buckets(times: &Histogram<u64>) -> Vec<Bucket> {
    let bucket = |time: hdrhistogram::iterators::IterationValue<u64>| {
        let value = time.value_iterated_to();
        let (from, to) = (times.lowest_equivalent(value), times.highest_equivalent(value));
        Bucket { from, to, calls: time.count_at_value() }
    };
    times.iter_recorded().map(bucket).collect()
}
