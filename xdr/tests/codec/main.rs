//! The codec as its users see it: what it writes is what RFC 4506 says, what it reads it writes back byte for byte,
//! and what is wrong it refuses before it costs anything.

mod borrowed;
mod bounds;
mod canonical;
mod check;
mod depth;
mod heap;
mod hostile;
mod rfc4506;
mod roundtrip;
mod sample;
mod shared;
