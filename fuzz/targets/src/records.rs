//! The record reader, fed in pieces, against a plain reading of RFC 5531 section 11.

use sunrpc::proto::{Found, RecordError, RecordLimits, RecordReader};
use sunrpc_tests::wire::{fragment, record};

use crate::input::Input;

/// Limits, then how the stream is cut, then the stream.
pub fn run(data: &[u8]) {
    let mut input = Input(data);
    let limits = RecordLimits {
        max_record_bytes: usize::from(input.short()),
        max_short_fragments: u32::from(input.byte() % 80).max(1),
    };
    let cuts = usize::from(input.byte());
    let mut cuts = Input(input.chunk(cuts));
    let pieces = cuts.pieces(input.0);
    let (wanted, end) = plainly(input.0, limits);
    assert_eq!(in_pieces(&pieces, limits), (wanted, end));
    long(Input(data));
}

/// Records of one and of several fragments, and such as break a limit.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let streams = [
        record(b"abcd"),
        [record(b""), record(&[7; 700]), fragment(b"ab", false), record(b"cd")].concat(),
        [fragment(b"", false).repeat(70), record(b"late")].concat(),
        [fragment(&[1; 600], false), fragment(&[2; 600], true), record(&[3; 5])].concat(),
        vec![0xff; 12],
        record(&[0; 20])[..9].to_vec(),
    ];
    let lengths = [&[2][..], &[7, 200, 0, 0, 0], &[9, 140, 0, 255, 0], &[255; 12]].concat();
    let streams = streams.into_iter().chain([lengths]).collect::<Vec<_>>();
    let heads: [&[u8]; 3] = [&[4, 0, 64, 0], &[0, 8, 3, 2, 1, 1], &[255, 255, 64, 4, 3, 1, 200, 7]];
    heads.iter().flat_map(|head| streams.iter().map(move |s| [head, &s[..]].concat())).collect()
}

/// How much a server reads at a time.
const CHUNK: usize = 64 << 10;

/// Long records, read as a server reads them: as far as there is room straight into their place, in a buffer that goes
/// from hand to hand.
fn long(mut input: Input<'_>) {
    let (mut stream, mut sent) = (Vec::new(), Vec::new());
    for _ in 0..input.byte() % 5 {
        let body = vec![input.byte(); 2 * usize::from(input.short())];
        let (first, last) = body.split_at(usize::from(input.short()).min(body.len()));
        if !first.is_empty() {
            stream.extend(fragment(first, false));
        }
        stream.extend(fragment(last, true));
        sent.push(body);
    }
    let mut reader = RecordReader::new(RecordLimits::default());
    let (mut chunk, mut spare, mut rest, mut found) = (vec![0; CHUNK], Vec::new(), &stream[..], 0);
    while !rest.is_empty() {
        let most = if input.is_empty() { rest.len() } else { usize::from(input.short()).max(1) };
        let (place, is_room) = match reader.room() {
            Some(room) => (room, true),
            None => (reader.ahead(&mut chunk), false),
        };
        let count = most.min(place.len()).min(rest.len());
        let (read, later) = rest.split_at(count);
        place[..count].copy_from_slice(read);
        rest = later;
        let mut piece: &[u8] = &[];
        if is_room {
            reader.fill(count);
        } else {
            reader.lend(&mut spare);
            piece = read;
        }
        while let Some(record) = reader.find(&mut piece).expect("within the limits") {
            match record {
                Found::Whole(record) => assert!(record == sent[found]),
                Found::Assembled => {
                    let mut record = reader.take();
                    assert!(record == sent[found]);
                    reader.lend(&mut record);
                    reader.reclaim(&mut spare);
                }
            }
            found += 1;
        }
        assert!(piece.is_empty(), "no record, and yet bytes are left");
    }
    assert!(found == sent.len() && reader.is_at_start());
}

/// How a stream ended.
#[derive(Debug, PartialEq, Eq)]
enum End {
    BetweenRecords,
    WithinRecord,
    Broken(RecordError),
}

fn in_pieces(pieces: &[&[u8]], limits: RecordLimits) -> (Vec<Vec<u8>>, End) {
    let mut reader = RecordReader::new(limits);
    let mut records = Vec::new();
    for piece in pieces {
        let mut rest = *piece;
        loop {
            match reader.next(&mut rest) {
                Ok(Some(record)) => records.push(record.to_vec()),
                Ok(None) => break,
                Err(error) => return (records, End::Broken(error)),
            }
        }
        assert!(rest.is_empty(), "no record, and yet bytes are left");
    }
    let end = if reader.is_at_start() { End::BetweenRecords } else { End::WithinRecord };
    (records, end)
}

/// The same, with the whole stream at hand.
fn plainly(mut stream: &[u8], limits: RecordLimits) -> (Vec<Vec<u8>>, End) {
    let mut records = Vec::new();
    let (mut record, mut short) = (Vec::new(), 0);
    let mut end = End::BetweenRecords;
    while !stream.is_empty() {
        end = End::WithinRecord;
        let Some((mark, rest)) = stream.split_first_chunk::<4>() else { break };
        let mark = u32::from_be_bytes(*mark);
        let len = (mark & 0x7fff_ffff) as usize;
        if record.len() + len > limits.max_record_bytes {
            return (records, End::Broken(RecordError::TooLong));
        }
        short += u32::from(len < 512);
        if short > limits.max_short_fragments {
            return (records, End::Broken(RecordError::TooManyFragments));
        }
        let Some((body, rest)) = rest.split_at_checked(len) else { break };
        record.extend_from_slice(body);
        stream = rest;
        if mark >> 31 == 1 {
            records.push(std::mem::take(&mut record));
            (short, end) = (0, End::BetweenRecords);
        }
    }
    (records, end)
}
