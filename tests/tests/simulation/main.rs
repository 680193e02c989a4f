//! Clients and servers on simulated networks: virtual time, and everything that happens chosen by a seed.
//!
//! The parts are the project's own: [`Core`](sunrpc::server::Core) answers, and on the callers' side stand
//! [`Attempt`](sunrpc::proto::Attempt) with its `Backoff`, [`Xids`](sunrpc::proto::Xids),
//! [`RecordReader`](sunrpc::proto::RecordReader) and the codec. What lies between them loses, copies, delays, reorders,
//! cuts and glues what is sent, and breaks connections. Each call has an effect that must not happen twice; a
//! [`ledger`] keeps the books, and the first entry that must not be there ends the run with the seed that leads to it.
//!
//! - `SIMULATION_SEEDS=1000 cargo test --release -p sunrpc-tests --test simulation` tries more seeds;
//! - `SIMULATION_SEED=17` runs this one only: the same seed, the same run;
//! - `SIMULATION_CALLS=1000000` sets how many calls the long run makes: a million is what it makes in release.
//!
//! [`sabotage`] breaks one part at a time and sees to it that the simulation notices.

mod chance;
mod copies;
mod datagrams;
mod ledger;
mod limits;
mod link;
mod long;
mod order;
mod pipe;
mod queue;
mod resend;
mod sabotage;
mod seeds;
mod server;
mod service;
mod splits;
mod streams;
mod worlds;
