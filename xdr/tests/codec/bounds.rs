//! Declared bounds hold in both directions, at the bound and one beyond it.

use std::fmt::Debug;

use sunrpc_xdr::{
    Array, DecodeErrorKind as Kind, DecodeWith, EncodeError, EncodeWith, FixedArray, FixedOpaque,
    Opaque, Sink, Str, encode, encode_into, encoded_len,
};

use crate::check::{bytes_of, read, roundtrip};
use crate::sample::{Color, Entry, Shape};

/// What codec `C` says to a value over its bound; nothing of it may stay in the buffer.
fn refused<C, V>(value: &V) -> EncodeError
where
    C: EncodeWith<V>,
    V: Debug,
{
    let mut bytes = b"before".to_vec();
    let error = encode_into::<C, V>(value, &mut bytes).expect_err("a value over its bound");
    assert_eq!(bytes, b"before");
    assert_eq!(encoded_len::<C, V>(value), Err(error));
    error
}

/// `Unbounded` writes what `Bounded` must refuse to write and to read, for one more than `max`; at `max` both agree.
fn bound<Bounded, Unbounded, V>(max: u32, what: &'static str, of_len: impl Fn(u32) -> V)
where
    Bounded: EncodeWith<V> + for<'de> DecodeWith<'de, V>,
    Unbounded: EncodeWith<V>,
    V: Debug + PartialEq,
{
    for len in 0..=max {
        roundtrip::<Bounded, V>(&of_len(len));
    }
    for len in [max + 1, max + 2, max + 50] {
        let value = of_len(len);
        assert_eq!(
            refused::<Bounded, V>(&value),
            EncodeError::TooLong { what, len: len as usize, max }
        );
        let bytes = bytes_of::<Unbounded, V>(&value);
        let error = read::<Bounded, V>(&bytes).expect_err("a length over its bound");
        assert_eq!((*error.kind(), error.offset()), (Kind::TooLong { len, max }, 0));
    }
}

#[test]
fn of_strings_opaques_and_arrays() {
    bound::<Str<5>, Str, String>(5, "string", |len| "x".repeat(len as usize));
    bound::<Opaque<7>, Opaque, Vec<u8>>(7, "opaque", |len| vec![7; len as usize]);
    bound::<Array<u32, 3>, Array<u32>, Vec<u32>>(3, "array", |len| (0..len).collect());
    bound::<Array<Str<4>, 2>, Array<Str>, Vec<String>>(2, "array", |len| {
        vec!["four".to_owned(); len as usize]
    });
    bound::<Str<0>, Str, String>(0, "string", |len| "y".repeat(len as usize));
}

/// The unbounded ones are bounded by the 32 bits of a length: items that take no memory can be more, whose lowest bits
/// look like few.
#[cfg(target_pointer_width = "64")]
#[test]
fn of_what_32_bits_can_count() {
    const MAX: u32 = u32::MAX;
    for few in [0, 3] {
        for len in [(1 << 32) + few, (1 << 33) + few] {
            let items = vec![(); len];
            let error = refused::<Array<()>, Vec<()>>(&items);
            assert_eq!(error, EncodeError::TooLong { what: "array", len, max: MAX });
            let error = refused::<FixedArray<(), 3>, Vec<()>>(&items);
            assert_eq!(error, EncodeError::WrongLength { len, expected: 3 });
        }
    }
}

/// A string's bound counts bytes, not characters.
#[test]
fn of_a_string_in_bytes() {
    roundtrip::<Str<6>, String>(&"äöü".to_owned());
    assert_eq!(
        refused::<Str<5>, String>(&"äöü".to_owned()),
        EncodeError::TooLong { what: "string", len: 6, max: 5 }
    );
}

/// An inner bound is found inside an outer value.
#[test]
fn of_inner_values() {
    let names = vec!["ok".to_owned(), "too long".to_owned()];
    assert_eq!(
        refused::<Array<Str<4>, 2>, _>(&names),
        EncodeError::TooLong { what: "string", len: 8, max: 4 }
    );
    let error =
        read::<Array<Str<4>, 2>, Vec<String>>(&bytes_of::<Array<Str>, _>(&names)).unwrap_err();
    assert_eq!((*error.kind(), error.offset()), (Kind::TooLong { len: 8, max: 4 }, 12));

    let entry = Entry { name: "seventeen letters".to_owned(), size: 0, rank: 0 };
    assert!(encode(&entry).is_err());
    assert!(encode(&Shape::Red(entry)).is_err());
    assert!(encode(&Shape::Green(vec![0; 10])).is_err());
}

/// A fixed length is that length.
#[test]
fn of_fixed_lengths() {
    for len in [0_u8, 1, 4, 6, 200] {
        let wrong = EncodeError::WrongLength { len: len.into(), expected: 5 };
        assert_eq!(refused::<FixedOpaque<5>, Vec<u8>>(&vec![0; len.into()]), wrong);
        assert_eq!(refused::<FixedArray<u32, 5>, Vec<u32>>(&vec![0; len.into()]), wrong);
    }
    roundtrip::<FixedOpaque<5>, Vec<u8>>(&vec![9; 5]);
    roundtrip::<FixedArray<u32, 5>, Vec<u32>>(&vec![9; 5]);
}

/// A union's default arm is not for a discriminant that has an arm of its own.
#[test]
fn of_a_default_arm() {
    assert_eq!(
        refused::<Shape, _>(&Shape::Default(Color::Red)),
        EncodeError::discriminant("shape")
    );
    roundtrip::<Shape, _>(&Shape::Default(Color::Blue));
}

/// Types that have a natural form need no codec by name, and it is the unbounded one.
#[test]
fn natural_forms() {
    let mut bytes = Vec::new();
    bytes.put("text").unwrap();
    bytes.put(&vec![1_u32, 2]).unwrap();
    bytes.put(&Some(7_u64)).unwrap();
    bytes.put(&[true, false]).unwrap();
    bytes.put(&Box::new(-1_i32)).unwrap();
    let expected = [
        4,
        0x7465_7874, // "text"
        2,
        1,
        2, // <1, 2>
        1,
        0,
        7, // *7
        1,
        0, // [true, false]
        u32::MAX,
    ];
    assert_eq!(bytes, expected.map(u32::to_be_bytes).concat());

    let mut from = sunrpc_xdr::Reader::new(&bytes);
    assert_eq!(from.get::<&str>().unwrap(), "text");
    assert_eq!(from.get::<Vec<u32>>().unwrap(), [1, 2]);
    assert_eq!(from.get::<Option<u64>>().unwrap(), Some(7));
    assert_eq!(from.get::<[bool; 2]>().unwrap(), [true, false]);
    assert_eq!(from.get::<Box<i32>>().unwrap(), Box::new(-1));
    from.finish().unwrap();
}
