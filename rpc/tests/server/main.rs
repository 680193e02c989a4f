//! The server: whom it hears, what it answers, and what it lets its callers cost.

#[path = "../common/mod.rs"]
mod common;

mod af_unix;
mod calls;
mod context;
mod core;
mod everywhere;
mod flavors;
mod hard_times;
mod interceptors;
mod ipv6;
mod long_messages;
#[cfg(feature = "metrics")]
mod metrics;
mod pools;
mod repeats;
mod silence;
mod slow_readers;
mod starts;
mod stops;
mod turns;
