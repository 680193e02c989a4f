//! The tables that compare, by name.

use crate::grid::{Grid, Row, Unit};

/// A row whose lines have one name, compared with the base's line of the same.
const fn work(label: &'static str, fields: &'static [(&'static str, &'static str)]) -> Row {
    Row { label, fields, base: &[] }
}

/// One call at a time.
pub(crate) const NULL: Grid = Grid {
    key: "p50_ns",
    unit: Unit::Time,
    base: "raw",
    whos: &["raw", "epoll", "ours-server", "ours", "libtirpc", "tonic"],
    rows: &[work("UDP", &[("work", "null-udp")]), work("TCP", &[("work", "null-tcp")])],
};

/// One call at a time, from one core to another.
pub(crate) const CORES: Grid = Grid {
    key: "p50_ns",
    unit: Unit::Time,
    base: "raw",
    whos: &["raw", "ours", "ours-busy", "libtirpc"],
    rows: &[work("UDP", &[("work", "cores-udp")]), work("TCP", &[("work", "cores-tcp")])],
};

/// Many outstanding.
pub(crate) const WINDOW: Grid = Grid {
    key: "calls_per_s",
    unit: Unit::Rate,
    base: "raw",
    whos: &["raw", "ours-server", "libtirpc-server", "ours", "tonic"],
    rows: &[work("TCP", &[("work", "window-tcp")]), work("UDP", &[("work", "window-udp")])],
};

/// Bytes to and fro.
pub(crate) const ECHO: Grid = Grid {
    key: "p50_ns",
    unit: Unit::Time,
    base: "raw",
    whos: &["raw", "ours-server", "ours-sharing", "ours", "libtirpc"],
    rows: &[work("8 KiB", &[("work", "echo-8k")]), work("256 KiB", &[("work", "echo-256k")])],
};

/// The portmapper's GETPORT, one at a time.
pub(crate) const GETPORT: Grid = Grid {
    key: "p50_ns",
    unit: Unit::Time,
    base: "raw",
    whos: &["raw", "ours", "rpcbind"],
    rows: &[work("UDP", &[("work", "getport-udp")]), work("TCP", &[("work", "getport-tcp")])],
};

/// The portmapper's GETPORT, many outstanding.
pub(crate) const LOOKUPS: Grid = Grid {
    key: "calls_per_s",
    unit: Unit::Rate,
    base: "raw",
    whos: &["raw", "ours", "rpcbind"],
    rows: &[work("TCP, 64 outstanding", &[("work", "getport-window")])],
};

/// The codec.
pub(crate) const CODEC: Grid = Grid {
    key: "min_ns",
    unit: Unit::Speed,
    base: "libtirpc",
    whos: &["libtirpc", "serde_xdr", "memcpy", "ours"],
    rows: &[
        work("batch, encode", &[("case", "batch"), ("op", "encode")]),
        work("batch, decode, owned", &[("case", "batch"), ("op", "decode")]),
        Row {
            label: "batch, decode, borrowed",
            fields: &[("case", "batch"), ("op", "borrow")],
            base: &[("case", "batch"), ("op", "decode")],
        },
        work("int<65536>, encode", &[("case", "numbers"), ("op", "encode")]),
        work("int<65536>, decode", &[("case", "numbers"), ("op", "decode")]),
        work("int[65536], encode", &[("case", "fixed"), ("op", "encode")]),
        work("int[65536], decode", &[("case", "fixed"), ("op", "decode")]),
        work("opaque<262144>, encode", &[("case", "blob"), ("op", "encode")]),
        work("opaque<262144>, decode", &[("case", "blob"), ("op", "decode")]),
        work("1000 messages, encode", &[("case", "messages"), ("op", "encode")]),
        work("1000 messages, decode", &[("case", "messages"), ("op", "decode+free")]),
    ],
};
