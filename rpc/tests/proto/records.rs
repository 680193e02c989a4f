//! Record marking: any records, cut into any fragments, arriving in any pieces, come out as they went in.

use proptest::prelude::*;
use sunrpc::proto::{Found, RecordError, RecordLimits, RecordReader, end_record_with};

/// The bytes of a record cut into fragments at the given places.
fn fragments(record: &[u8], cuts: &[usize]) -> Vec<u8> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut % (record.len() + 1)).collect();
    places.sort_unstable();
    places.push(record.len());
    let mut bytes = Vec::new();
    let mut start = 0;
    for (number, end) in places.iter().enumerate() {
        let last = if number + 1 == places.len() { 0x8000_0000 } else { 0 };
        bytes.extend_from_slice(&(u32::try_from(end - start).unwrap() | last).to_be_bytes());
        bytes.extend_from_slice(&record[start..*end]);
        start = *end;
    }
    bytes
}

/// All records in a stream that arrives in the given pieces.
fn read(
    stream: &[u8],
    pieces: &[usize],
    limits: RecordLimits,
) -> Result<Vec<Vec<u8>>, RecordError> {
    let mut reader = RecordReader::new(limits);
    let mut records = Vec::new();
    let mut rest = stream;
    let mut sizes = pieces.iter().cycle();
    while !rest.is_empty() {
        let size = sizes.next().map_or(1, |size| size % 64 + 1).min(rest.len());
        let (mut piece, later) = rest.split_at(size);
        rest = later;
        while let Some(record) = reader.next(&mut piece)? {
            records.push(record.to_vec());
        }
        assert!(piece.is_empty(), "a piece is used up before the next");
    }
    assert!(reader.is_at_start());
    Ok(records)
}

proptest! {
    #[test]
    fn what_goes_in_comes_out(
        records in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..200), prop::collection::vec(any::<usize>(), 0..6)), 0..6),
        pieces in prop::collection::vec(any::<usize>(), 1..20),
    ) {
        let stream: Vec<u8> = records.iter().flat_map(|(record, cuts)| fragments(record, cuts)).collect();
        let expected: Vec<Vec<u8>> = records.into_iter().map(|(record, _)| record).collect();
        prop_assert_eq!(read(&stream, &pieces, RecordLimits::default()), Ok(expected));
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(stream in prop::collection::vec(any::<u8>(), 0..400)) {
        let limits = RecordLimits { max_record_bytes: 300, max_short_fragments: 5 };
        let mut reader = RecordReader::new(limits);
        let mut rest = &stream[..];
        while let Ok(Some(record)) = reader.next(&mut rest) {
            prop_assert!(record.len() <= 300);
        }
    }
}

#[test]
fn the_limits_hold_to_the_byte() {
    let limits = RecordLimits { max_record_bytes: 100, max_short_fragments: 3 };
    let long = |len: usize, cuts: &[usize]| {
        read(&fragments(&vec![1; len], cuts), &[63], limits).map(|all| all.len())
    };
    assert_eq!(long(100, &[]), Ok(1));
    assert_eq!(long(101, &[]), Err(RecordError::TooLong));
    assert_eq!(long(100, &[50]), Ok(1));
    assert_eq!(long(101, &[50]), Err(RecordError::TooLong));
    assert_eq!(long(100, &[1, 2]), Ok(1));
    assert_eq!(long(100, &[1, 2, 3]), Err(RecordError::TooManyFragments));
    assert_eq!(long(0, &[0, 0, 0]), Err(RecordError::TooManyFragments));
    // All in one piece, as it may be taken without a look at its parts.
    for (len, is_found) in [(100, true), (101, false)] {
        let record = fragments(&vec![1; len], &[]);
        assert_eq!(RecordReader::new(limits).next(&mut &record[..]).is_ok(), is_found, "{len}");
    }
    // A mark of 2 GiB is refused before a byte of it has come.
    assert_eq!(RecordReader::new(limits).next(&mut &[0xFF; 4][..]), Err(RecordError::TooLong));
}

#[test]
fn short_fragments_are_counted_in_each_record_anew() {
    let limits = RecordLimits { max_record_bytes: 10_000, max_short_fragments: 3 };
    let one = fragments(&[1; 100], &[1, 2]);
    assert_eq!(read(&one.repeat(3), &[63], limits).map(|all| all.len()), Ok(3));
    // Of 512 bytes none is short.
    let count = |len: usize| {
        let cuts: Vec<usize> = (1..6).map(|number| number * len).collect();
        read(&fragments(&vec![1; 6 * len], &cuts), &[63], limits).map(|all| all.len())
    };
    assert_eq!([count(511), count(512)], [Err(RecordError::TooManyFragments), Ok(1)]);
}

#[test]
fn a_mark_says_31_bits_and_no_more() {
    let end = |more| end_record_with(&mut [0; 4], 0, more);
    assert_eq!([end(0x7FFF_FFFF), end(0x8000_0000)], [Ok(()), Err(RecordError::TooLong)]);
    assert_eq!(end(0x1_0000_0000), Err(RecordError::TooLong));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// As a server reads: long records straight into their place, with a buffer that goes from hand to hand.
    #[test]
    fn long_records_come_out_as_they_went_in(
        records in prop::collection::vec((0_usize..200_000, prop::collection::vec(any::<usize>(), 0..3)), 1..6),
        sizes in prop::collection::vec(1_usize..70_000, 1..20),
    ) {
        let contents: Vec<Vec<u8>> =
            (0_u8..).zip(&records).map(|(mark, (len, _))| (0..*len).map(|place| place.to_le_bytes()[0] ^ mark).collect()).collect();
        let stream: Vec<u8> =
            contents.iter().zip(&records).flat_map(|(bytes, (_, cuts))| fragments(bytes, cuts)).collect();
        let mut reader = RecordReader::new(RecordLimits::default());
        let mut lent = vec![0xEE; 1000];
        let mut sizes = sizes.iter().cycle();
        let mut chunk = vec![0; 70_000];
        let (mut rest, mut found, mut straight) = (&stream[..], Vec::new(), 0);
        while !rest.is_empty() {
            let size = (*sizes.next().unwrap()).min(rest.len());
            let mut piece: &[u8] = &[];
            if let Some(room) = reader.room() {
                let count = size.min(room.len());
                room[..count].copy_from_slice(&rest[..count]);
                reader.fill(count);
                straight += count;
                rest = &rest[count..];
            } else {
                (piece, rest) = rest.split_at(size.min(reader.ahead(&mut chunk).len()));
                reader.lend(&mut lent);
            }
            while let Some(place) = reader.find(&mut piece).unwrap() {
                found.push(match place {
                    Found::Whole(record) => record.to_vec(),
                    Found::Assembled => {
                        let record = reader.take();
                        lent.clone_from(&record);
                        record
                    }
                });
            }
            prop_assert!(piece.is_empty());
        }
        prop_assert!(reader.is_at_start());
        prop_assert!(found == contents);
        // What could be read straight into its place, was: all but the first bytes of a record that is long enough.
        prop_assert!(straight > 0 || records.iter().all(|(len, cuts)| *len < 120_000 || !cuts.is_empty()));
    }
}

/// Behind a long record the mark of the next is read alone; with the buffer of the one before, all the rest then has
/// room.
#[test]
fn long_records_that_follow_each_other_are_read_into_their_place() {
    let (len, mut chunk) = (100_000, [0; 70_000]);
    let mark = 0x8000_0000 | u32::try_from(len).unwrap();
    let mut reader = RecordReader::new(RecordLimits::default());
    assert_eq!(reader.ahead(&mut chunk).len(), 70_000);
    let first = [&mark.to_be_bytes()[..], &vec![1; len]].concat();
    assert_eq!(reader.find(&mut &first[..60_000]), Ok(None));
    assert_eq!(reader.find(&mut &first[60_000..]), Ok(Some(Found::Assembled)));
    let mut buffer = reader.take();
    for _ in 0..3 {
        assert_eq!(reader.ahead(&mut chunk).len(), 4);
        assert_eq!(reader.find(&mut &mark.to_be_bytes()[..]), Ok(None));
        assert_eq!(reader.room(), None, "without a buffer");
        buffer.push(7);
        reader.lend(&mut buffer);
        let room = reader.room().unwrap();
        room.fill(2);
        assert_eq!(room.len(), len);
        // More than the room cannot have come.
        reader.fill(len + 1);
        assert_eq!(reader.find(&mut &[][..]), Ok(Some(Found::Assembled)));
        buffer = reader.take();
        assert_eq!(buffer, vec![2; len]);
    }
    // A short one is found as ever, and the next is not waited for in two steps.
    assert_eq!(reader.find(&mut &[0x80, 0, 0, 1][..]), Ok(None));
    assert_eq!(reader.find(&mut &[9][..]), Ok(Some(Found::Assembled)));
    assert_eq!(reader.ahead(&mut chunk).len(), 70_000);
}

/// Worst case of the limit: that much memory.
#[test]
fn a_record_takes_no_more_memory_than_its_limit() {
    let limits = RecordLimits::default();
    let len = limits.max_record_bytes;
    for step in [1000, 70_000, 1 << 20] {
        let stream = fragments(&vec![1; len], &[]);
        let (mut reader, mut rest) = (RecordReader::new(limits), &stream[..]);
        while !rest.is_empty() {
            let mut piece: &[u8] = &[];
            if let Some(room) = reader.room() {
                let (read, later) = rest.split_at(room.len().min(step).min(rest.len()));
                room[..read.len()].copy_from_slice(read);
                reader.fill(read.len());
                rest = later;
            } else {
                (piece, rest) = rest.split_at(step.min(rest.len()));
            }
            let found = reader.find(&mut piece).unwrap();
            assert_eq!(found, rest.is_empty().then_some(Found::Assembled));
        }
        let record = reader.take();
        assert_eq!((record.len(), record.capacity()), (len, len), "{step} bytes at a time");
    }
}

#[test]
fn room_is_never_more_than_has_arrived() {
    let mut reader = RecordReader::new(RecordLimits::default());
    let mut arrived = [&0x8010_0000_u32.to_be_bytes()[..], &[1; 20_000]].concat();
    assert_eq!(reader.next(&mut &arrived[..4 + 10]), Ok(None));
    assert!(reader.room().is_none(), "ten bytes are worth nothing");
    assert_eq!(reader.next(&mut &arrived.split_off(14)[..]), Ok(None));
    assert_eq!(reader.room().map(|room| room.len()), Some(20_000));
    reader.fill(20_000);
    assert_eq!(reader.room().map(|room| room.len()), Some(40_000));
    reader.fill(1);
    // The room that is there is offered in full.
    assert_eq!(reader.room().map(|room| room.len()), Some(40_001));
    reader.fill(usize::MAX);
    assert_eq!(reader.room().map(|room| room.len()), Some(80_002));
}
