//! The parts of a call, without sockets: for whoever changes one of them. `cargo bench -p sunrpc-bench [FILTER]`.
//!
//! What calls cost beside their peers, `bench/run` measures; and the codec beside its own, `bench/codec/run`.

use std::{hint::black_box, net::SocketAddr, time::Instant};

use divan::{Bencher, counter::BytesCount, counter::ItemsCount};
use sunrpc::{
    proto::{RecordLimits, RecordReader, RpcMsg},
    server::{Call, Core, Fault, Server},
    xdr,
};

sunrpc::include_x!(
    #[allow(unreachable_pub, reason = "what rpcgen emits is public wherever it is included")]
    mod echo
);

const NULL: [u32; 10] = [7, 0, 2, echo::ECHO_PROG, echo::ECHO_VERS, 0, 0, 0, 0, 0];
const ECHO: [u32; 10] = [7, 0, 2, echo::ECHO_PROG, echo::ECHO_VERS, echo::ECHO_ECHO, 0, 0, 0, 0];

fn main() {
    divan::main();
}

struct Echo;

impl echo::EchoV1 for Echo {
    fn echo(&self, _call: &Call<'_>, bytes: Vec<u8>) -> Result<Vec<u8>, Fault> {
        Ok(bytes)
    }
}

fn core() -> Core {
    Server::builder().service(echo::EchoV1Server(Echo)).core()
}

fn peer() -> SocketAddr {
    ([127, 0, 0, 1], 1000).into()
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// A message as one record.
fn record(message: &[u8]) -> Vec<u8> {
    let len = u32::try_from(message.len()).expect("a short message");
    [&(0x8000_0000 | len).to_be_bytes(), message].concat()
}

fn echo_of(bytes: u32) -> Vec<u8> {
    let data = vec![0; usize::try_from(bytes).expect("a short message")];
    [words(&ECHO), bytes.to_be_bytes().to_vec(), data].concat()
}

/// A call's header, decoded.
#[divan::bench]
fn parse_a_call(bencher: Bencher<'_, '_>) {
    let message = words(&NULL);
    bencher.bench(|| xdr::decode::<RpcMsg<'_>>(black_box(&message)).is_ok());
}

/// The records of 64 calls that came together.
#[divan::bench]
fn find_64_records(bencher: Bencher<'_, '_>) {
    let input = record(&words(&NULL)).repeat(64);
    let mut reader = RecordReader::new(RecordLimits::default());
    bencher.counter(ItemsCount::new(64_u32)).bench_local(|| {
        let mut rest = black_box(&input[..]);
        while let Ok(Some(record)) = reader.next(&mut rest) {
            black_box(record);
        }
    });
}

/// A record that comes in pieces of 64 KiB.
#[divan::bench(args = [256 << 10, 768 << 10])]
fn put_a_record_together(bencher: Bencher<'_, '_>, bytes: u32) {
    let input = record(&echo_of(bytes));
    let mut reader = RecordReader::new(RecordLimits::default());
    bencher.counter(BytesCount::new(bytes)).bench_local(|| {
        for mut piece in black_box(&input).chunks(64 << 10) {
            while let Ok(Some(record)) = reader.next(&mut piece) {
                black_box(record);
            }
        }
    });
}

/// A server's work for 64 NULL calls that came together.
#[divan::bench]
fn answer_64_calls(bencher: Bencher<'_, '_>) {
    let input = record(&words(&NULL)).repeat(64);
    let (mut core, mut out, now) = (core(), Vec::new(), Instant::now());
    let mut reader = RecordReader::new(RecordLimits::default());
    bencher.counter(ItemsCount::new(64_u32)).bench_local(|| {
        out.clear();
        core.stream(peer(), &mut reader, black_box(&input), now, &mut out).expect("calls");
        black_box(&out);
    });
}

/// A server's work for one call over UDP.
#[divan::bench]
fn answer_a_datagram(bencher: Bencher<'_, '_>) {
    let message = words(&NULL);
    let (mut core, mut out, now) = (core(), Vec::new(), Instant::now());
    bencher.bench_local(|| {
        out.clear();
        core.datagram(peer(), black_box(&message), now, &mut out);
        black_box(&out);
    });
}

/// A server's work for an echo that came whole.
#[divan::bench(args = [8 << 10, 256 << 10])]
fn answer_an_echo(bencher: Bencher<'_, '_>, bytes: u32) {
    let input = record(&echo_of(bytes));
    let (mut core, mut out, now) = (core(), Vec::new(), Instant::now());
    let mut reader = RecordReader::new(RecordLimits::default());
    bencher.counter(BytesCount::new(bytes)).bench_local(|| {
        out.clear();
        core.stream(peer(), &mut reader, black_box(&input), now, &mut out).expect("a call");
        black_box(&out);
    });
}
