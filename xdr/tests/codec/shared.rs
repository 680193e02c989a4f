//! `Bytes`: parts of a message without a copy where the reader shares it, copies within the limits where it does not.

use allocation_counter::measure;
use proptest::prelude::*;
use sunrpc_xdr::{
    Array, DecodeErrorKind as Kind, EncodeError, FixedOpaque, Limits, List, Opaque, Optional,
    Parts, Reader, bytes::Bytes, encode_into_parts,
};

use crate::check::{bytes_of, read, roundtrip};

/// `data` in the forms that opaque data has, one behind the other.
fn message(data: &[u8; 5]) -> Bytes {
    let opaque = bytes_of::<Opaque<5>, _>(&data.to_vec());
    let fixed = bytes_of::<FixedOpaque<5>, _>(data);
    Bytes::from([opaque, fixed].concat())
}

/// What of `bytes` lies within `owner`, by address.
fn place(owner: &Bytes, bytes: &Bytes) -> Option<usize> {
    let start = bytes.as_ptr().addr().checked_sub(owner.as_ptr().addr())?;
    (start + bytes.len() <= owner.len()).then_some(start)
}

#[test]
fn parts_of_what_is_shared() {
    let message = message(b"hello");
    let mut from = Reader::shared(&message);
    let opaque: Bytes = from.get_as::<Opaque<5>, _>().unwrap();
    let fixed: Bytes = from.get_as::<FixedOpaque<5>, _>().unwrap();
    from.finish().unwrap();
    assert_eq!((&opaque[..], &fixed[..]), (&b"hello"[..], &b"hello"[..]));
    assert_eq!((place(&message, &opaque), place(&message, &fixed)), (Some(4), Some(12)));
    // They outlive the message.
    drop(message);
    assert_eq!(opaque, fixed);
}

/// The input may be any part of its owner: the arguments behind a call's header.
#[test]
fn of_an_owner_of_more() {
    let message = message(b"hello");
    let mut from = Reader::with_limits(&message[12..], Limits::default()).sharing(&message);
    let fixed: Bytes = from.get_as::<FixedOpaque<5>, _>().unwrap();
    assert_eq!(place(&message, &fixed), Some(12));
}

/// An owner of other memory, beside the input or of one end of it, gives nothing.
#[test]
fn of_an_owner_of_something_else() {
    let message = message(b"hello");
    for other in [Bytes::from(message.to_vec()), message.slice(..8), message.slice(14..)] {
        let mut from = Reader::new(&message).sharing(&other);
        let opaque: Bytes = from.get_as::<Opaque<5>, _>().unwrap();
        let fixed: Bytes = from.get_as::<FixedOpaque<5>, _>().unwrap();
        assert_eq!((&opaque[..], &fixed[..]), (&b"hello"[..], &b"hello"[..]));
        assert_eq!((place(&message, &opaque), place(&message, &fixed)), (None, None));
    }
}

/// Sharing costs no heap, however little is allowed; a copy costs its length.
#[test]
fn heap() {
    let message = message(b"hello");
    let limits = |heap_floor| Limits { heap_factor: 0, heap_floor, ..Limits::default() };
    let of = |from: &mut Reader<'_>| {
        from.get_as::<Opaque, Bytes>()?;
        from.get_as::<FixedOpaque<5>, Bytes>()
    };
    assert!(of(&mut Reader::with_limits(&message, limits(0)).sharing(&message)).is_ok());
    assert!(of(&mut Reader::with_limits(&message, limits(10))).is_ok());
    let error = of(&mut Reader::with_limits(&message, limits(9))).unwrap_err();
    assert_eq!(*error.kind(), Kind::HeapLimit);
}

/// A thousand parts are one vector, whose elements count the message's users.
#[test]
fn allocations() {
    let items: Vec<Vec<u8>> = (0..1000).map(|n| vec![7; n % 50]).collect();
    let message = Bytes::from(bytes_of::<Array<Opaque>, _>(&items));
    // The first part of all makes the message countable, once.
    let first = message.clone();
    let mut parts: Vec<Bytes> = Vec::new();
    let cost = measure(|| {
        parts = Reader::shared(&message).get_as::<Array<Opaque>, _>().unwrap();
    });
    assert_eq!((cost.count_total, cost.bytes_max), (1, 1000 * size_of::<Bytes>() as u64));
    assert_eq!(parts, items);
    drop((first, message));
    assert_eq!(parts, items);
}

/// What has no length keeps no message in use.
#[test]
fn nothing_is_no_part() {
    let message = Bytes::from(bytes_of::<Opaque, _>(&Vec::new()));
    let empty: Bytes = Reader::shared(&message).get_as::<Opaque, _>().unwrap();
    assert!(empty.is_empty());
    assert!(message.is_unique(), "an empty part keeps its message");
}

#[test]
fn bounds() {
    for len in 0..=5 {
        roundtrip::<Opaque<5>, Bytes>(&Bytes::from(vec![7; len]));
    }
    roundtrip::<FixedOpaque<5>, Bytes>(&Bytes::from_static(b"fixed"));
    let long = Bytes::from_static(b"longer");
    let refused = sunrpc_xdr::encoded_len::<Opaque<5>, Bytes>(&long);
    assert_eq!(refused, Err(EncodeError::TooLong { what: "opaque", len: 6, max: 5 }));
    let refused = sunrpc_xdr::encoded_len::<FixedOpaque<5>, Bytes>(&long);
    assert_eq!(refused, Err(EncodeError::WrongLength { len: 6, expected: 5 }));
    let error = read::<Opaque<5>, Bytes>(&bytes_of::<Opaque, _>(&long)).unwrap_err();
    assert_eq!(*error.kind(), Kind::TooLong { len: 6, max: 5 });
}

/// From how many bytes on what is encoded is shared.
const LONG: usize = 16 << 10;

/// `items` as one message in pieces, of which `shared` are theirs.
fn pieces(items: &Vec<Bytes>) -> (Vec<u8>, usize) {
    let (mut bytes, mut parts) = (b"before".to_vec(), Parts::new());
    encode_into_parts::<Array<Opaque>, _>(items, &mut bytes, &mut parts).unwrap();
    let message: Vec<u8> = parts.between(&bytes).flatten().copied().collect();
    assert_eq!(message.len(), bytes.len() + parts.len());
    let theirs = |piece: &&[u8]| items.iter().any(|item| item.as_ptr() == piece.as_ptr());
    let shared = parts.between(&bytes).filter(theirs).map(<[u8]>::len).sum();
    assert_eq!(shared, parts.len());
    parts.clear();
    assert!(parts.is_empty());
    (message, shared)
}

#[test]
fn what_is_long_is_encoded_without_a_copy() {
    for (len, shared) in [(LONG - 1, 0), (LONG, LONG), (LONG + 3, LONG + 3)] {
        let (message, count) = pieces(&vec![Bytes::from(vec![7; len])]);
        assert_eq!((message.len(), count), (6 + 8 + len.next_multiple_of(4), shared));
    }
}

#[test]
fn what_cannot_be_encoded_leaves_no_part() {
    let items = vec![Bytes::from(vec![7; LONG]), Bytes::from(vec![7; 2 * LONG])];
    let (mut bytes, mut parts) = (b"before".to_vec(), Parts::new());
    let fixed = encode_into_parts::<Array<FixedOpaque<16384>>, _>(&items, &mut bytes, &mut parts);
    assert!(fixed.is_err());
    assert_eq!((&bytes[..], parts.is_empty()), (&b"before"[..], true));
}

#[test]
fn json() {
    let data = Bytes::from_static(b"abc");
    let text = serde_json::to_string(&data).unwrap();
    assert_eq!(text, "[97,98,99]");
    assert_eq!(serde_json::from_str::<Bytes>(&text).unwrap(), data);
}

proptest! {
    /// In pieces or in one, the bytes are the same.
    #[test]
    fn encoded_as_copied(lens in proptest::collection::vec(prop_oneof![0_usize..9, LONG - 2..LONG + 5], 0..6)) {
        let items: Vec<Bytes> = (0_u8..).zip(&lens).map(|(n, len)| vec![n; *len].into()).collect();
        let (message, shared) = pieces(&items);
        prop_assert_eq!(&message[6..], bytes_of::<Array<Opaque>, _>(&items));
        prop_assert_eq!(shared, lens.iter().filter(|len| **len >= LONG).sum::<usize>());
    }

    /// Whatever comes in, sharing it says what copying it says.
    #[test]
    fn as_copied(words in proptest::collection::vec(0_u32..3, 0..20)) {
        type Codec = List<Optional<Array<Opaque<40>>>>;
        let bytes: Bytes = words.iter().flat_map(|word| word.to_be_bytes()).collect();
        let copied = Reader::new(&bytes).get_as::<Codec, Vec<Option<Vec<Bytes>>>>();
        let shared = Reader::shared(&bytes).get_as::<Codec, Vec<Option<Vec<Bytes>>>>();
        prop_assert_eq!(copied, shared);
    }
}
