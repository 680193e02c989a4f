//! The codec's half of the benchmark that `run` puts together:
//!
//! ```text
//! sunrpc-bench-codec time REPEATS            prints a line for each case (see time.rs)
//! sunrpc-bench-codec only WORK OP REPEATS    one case of ours, for a profiler
//! sunrpc-bench-codec dump batch|mixed        writes the encoded batch, to be compared with libtirpc's
//! ```

use std::{env, error::Error, hint::black_box, io::Write, process::ExitCode};

use sunrpc_xdr::{Decode, Encode, Reader, encode, encode_into};

mod samples;
mod serde;
mod time;

/// What the code that rpcgen makes calls its runtime.
mod xdr {
    pub(crate) use sunrpc_xdr::*;
}

#[allow(unreachable_pub, reason = "what rpcgen emits is public wherever it is included")]
mod batch {
    include!(concat!(env!("OUT_DIR"), "/batch.rs"));
}

use batch::{Batch, Blob, Fixed, Note, Numbers};
use samples::BorrowedBatch;

const USAGE: &str = "usage: sunrpc-bench-codec time REPEATS
       sunrpc-bench-codec only WORK OP REPEATS
       sunrpc-bench-codec dump batch|mixed";

/// Which cases are run, and how often.
struct Plan {
    repeats: usize,
    only: Option<(String, String)>,
}

impl Plan {
    fn case<T>(&self, name: [&str; 3], bytes: usize, case: impl FnMut() -> T) {
        let wanted = self
            .only
            .as_ref()
            .is_none_or(|(work, op)| name == [work.as_str(), op.as_str(), "ours"]);
        if wanted {
            time::case(self.repeats, name, bytes, case);
        }
    }

    /// Into a buffer that is used again and again, as a connection does it; and into a new one.
    fn encode<T: Encode>(&self, work: &str, value: &T) -> Vec<u8> {
        let bytes = encode(value).expect("a value within its bounds");
        let mut buffer = Vec::new();
        self.case([work, "encode", "ours"], bytes.len(), || {
            buffer.clear();
            encode_into::<T, T>(black_box(value), &mut buffer).expect("a value within its bounds");
            black_box(&buffer);
        });
        self.case([work, "new", "ours"], bytes.len(), || encode(black_box(value)));
        bytes
    }

    fn decode<'de, T: Decode<'de>>(&self, work: &str, [op, and_free]: [&str; 2], bytes: &'de [u8]) {
        let decode = || Reader::new(black_box(bytes)).get::<T>().expect("a value");
        self.case([work, op, "ours"], bytes.len(), decode);
        self.case([work, and_free, "ours"], bytes.len(), || drop(black_box(decode())));
    }

    fn serde<T>(&self, work: &str, value: &T)
    where
        T: ::serde::Serialize + ::serde::de::DeserializeOwned,
    {
        let mut buffer = Vec::new();
        serde_xdr::to_writer(&mut buffer, value).expect("a value it supports");
        let bytes = buffer.clone();
        self.case([work, "encode", "serde_xdr"], bytes.len(), || {
            buffer.clear();
            serde_xdr::to_writer(&mut buffer, black_box(value)).expect("a value it supports");
            black_box(&buffer);
        });
        let decode = || -> T {
            let mut from = black_box(bytes.as_slice());
            serde_xdr::from_reader(&mut from).expect("a value it supports")
        };
        self.case([work, "decode", "serde_xdr"], bytes.len(), decode);
        self.case([work, "decode+free", "serde_xdr"], bytes.len(), || drop(black_box(decode())));
    }
}

const OWNED: [&str; 2] = ["decode", "decode+free"];
const BORROWED: [&str; 2] = ["borrow", "borrow+free"];

fn batches(plan: &Plan, work: &str, batch: &Batch) {
    let bytes = plan.encode(work, batch);
    plan.decode::<Batch>(work, OWNED, &bytes);
    plan.decode::<BorrowedBatch<'_>>(work, BORROWED, &bytes);
    plan.serde(work, batch);
}

/// Messages of one item each, as most calls are.
fn messages(plan: &Plan, notes: &[Note]) {
    let messages: Vec<Vec<u8>> =
        notes.iter().map(|note| encode(note).expect("a note within its bounds")).collect();
    let bytes = messages.iter().map(Vec::len).sum();
    let mut buffer = Vec::new();
    plan.case(["messages", "encode", "ours"], bytes, || {
        for note in black_box(notes) {
            buffer.clear();
            encode_into::<Note, Note>(note, &mut buffer).expect("a note within its bounds");
            black_box(&buffer);
        }
    });
    plan.case(["messages", "decode+free", "ours"], bytes, || {
        for message in black_box(&messages) {
            drop(black_box(sunrpc_xdr::decode::<Note>(message).expect("a note")));
        }
    });
}

fn all(plan: &Plan) {
    batches(plan, "batch", &samples::even_batch());
    batches(plan, "mixed", &samples::mixed_batch());

    let numbers = samples::numbers();
    plan.decode::<Numbers>("numbers", OWNED, &plan.encode("numbers", &numbers));
    plan.serde("numbers", &numbers);
    plan.decode::<Fixed>("fixed", OWNED, &plan.encode("fixed", &samples::fixed()));

    let blob = samples::blob();
    plan.decode::<Blob>("blob", OWNED, &plan.encode("blob", &blob));
    plan.serde("blob", &serde::Bytes(blob.data));

    messages(plan, &samples::notes());
}

fn dump(work: &str) -> Result<(), Box<dyn Error>> {
    let batch = if work == "mixed" { samples::mixed_batch() } else { samples::even_batch() };
    let bytes = encode(&batch)?;
    let back: Batch = sunrpc_xdr::decode(&bytes)?;
    let borrowed: BorrowedBatch<'_> = sunrpc_xdr::decode(&bytes)?;
    assert_eq!(back, batch, "what is read is what was written");
    assert_eq!(encode(&borrowed.items)?, bytes, "borrowed as well");
    std::io::stdout().write_all(&bytes)?;
    Ok(())
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["time", repeats] => all(&Plan { repeats: repeats.parse()?, only: None }),
        ["only", work, op, repeats] => {
            all(&Plan { repeats: repeats.parse()?, only: Some((work.to_owned(), op.to_owned())) })
        }
        ["dump", work] => dump(work)?,
        _ => {
            eprintln!("{USAGE}");
            return Ok(ExitCode::from(2));
        }
    }
    Ok(ExitCode::SUCCESS)
}
