//! What the fuzz targets do with their input: each takes any bytes at all, and panics where something does not hold.
//!
//! `fuzz/fuzz_targets` runs them under libFuzzer (`fuzz/README.md` says how); `tests/smoke.rs`
//! runs the same functions on their seeds and on mutations of those, without any tool.

pub mod codec;
pub mod datagrams;
pub mod dynamic;
pub mod idl;
mod input;
pub mod kitchen;
pub mod message;
pub mod mutate;
pub mod records;
pub mod registry;
pub mod state;
pub mod stream;
pub mod uaddr;

/// One target.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, for libFuzzer and for its corpus.
    pub name: &'static str,
    /// Takes any input.
    pub run: fn(&[u8]),
    /// Inputs that lead somewhere, to start from.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All targets.
pub const TARGETS: [Target; 10] = [
    Target { name: "codec", run: codec::run, seeds: codec::seeds },
    Target { name: "records", run: records::run, seeds: records::seeds },
    Target { name: "message", run: message::run, seeds: message::seeds },
    Target { name: "datagrams", run: datagrams::run, seeds: datagrams::seeds },
    Target { name: "stream", run: stream::run, seeds: stream::seeds },
    Target { name: "idl", run: idl::run, seeds: idl::seeds },
    Target { name: "registry", run: registry::run, seeds: registry::seeds },
    Target { name: "uaddr", run: uaddr::run, seeds: uaddr::seeds },
    Target { name: "state", run: state::run, seeds: state::seeds },
    Target { name: "dynamic", run: dynamic::run, seeds: dynamic::seeds },
];
