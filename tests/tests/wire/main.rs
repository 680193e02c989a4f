//! A server and a client of `sunrpc` against messages put together by hand: every answer of RFC 5531 byte for byte,
//! and the rows of the list of what has broken RPC software before. After each, the server lives, its memory has not
//! grown, and it answers.

mod answers;
mod arguments;
mod auth;
mod bytes;
mod client;
mod connections;
mod cut;
mod random;
mod records;
mod repeats;
mod restarts;
mod victim;
