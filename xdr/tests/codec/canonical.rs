//! encode(decode(bytes)) == bytes for whatever bytes decode: there is one form of each value, and no other is read.

use proptest::collection::vec;
use proptest::prelude::*;
use sunrpc_xdr::{
    Array, DecodeErrorKind as Kind, FixedArray, FixedOpaque, List, Opaque, Optional, Quadruple,
    Small, Str,
};

use crate::check::{bytes_of, canonical, read};
use crate::sample::{Color, Kitchen, Shape, Tree, kitchen, tree};

/// Bytes that look like XDR often enough to be read some way: units of small numbers, of text, and of anything.
fn plausible() -> impl Strategy<Value = Vec<u8>> {
    let unit = prop_oneof![
        6 => (0_u32..6).prop_map(u32::to_be_bytes),
        1 => Just([0xff, 0xff, 0xff, 0xfb]),
        2 => any::<[u8; 4]>(),
        1 => Just(*b"ab\0\0"),
        1 => Just(*b"abcd"),
    ];
    (vec(unit, 0..40), vec(any::<u8>(), 0..3))
        .prop_map(|(units, tail)| units.concat().into_iter().chain(tail).collect())
}

/// Everything that is read from `bytes` is written back the same.
fn all_codecs(bytes: &[u8]) -> usize {
    [
        canonical::<i32, i32>(bytes),
        canonical::<u64, u64>(bytes),
        canonical::<Quadruple, Quadruple>(bytes),
        canonical::<bool, bool>(bytes),
        canonical::<Small, i8>(bytes),
        canonical::<Small, u16>(bytes),
        canonical::<Str<6>, String>(bytes),
        canonical::<Str, String>(bytes),
        canonical::<Opaque<6>, Vec<u8>>(bytes),
        canonical::<Opaque, Vec<u8>>(bytes),
        canonical::<FixedOpaque<6>, [u8; 6]>(bytes),
        canonical::<FixedOpaque<33>, Vec<u8>>(bytes),
        canonical::<Array<u32, 5>, Vec<u32>>(bytes),
        canonical::<Array<f32>, Vec<f32>>(bytes),
        canonical::<Array<Str<6>, 5>, Vec<String>>(bytes),
        canonical::<FixedArray<bool, 3>, [bool; 3]>(bytes),
        canonical::<Optional<Opaque<6>>, Option<Vec<u8>>>(bytes),
        canonical::<List<Small>, Vec<i16>>(bytes),
        canonical::<List<List<bool>>, Vec<Vec<bool>>>(bytes),
        canonical::<Array<(), 5>, Vec<()>>(bytes),
        canonical::<Color, Color>(bytes),
        canonical::<Shape, Shape>(bytes),
        canonical::<Kitchen, Kitchen>(bytes),
        canonical::<Tree, Tree>(bytes),
    ]
    .into_iter()
    .filter(|read| *read)
    .count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn of_plausible_bytes(bytes in plausible()) {
        all_codecs(&bytes);
    }

    #[test]
    fn of_random_bytes(bytes in vec(any::<u8>(), 0..200)) {
        all_codecs(&bytes);
    }
}

proptest! {
    /// One wrong byte in a proper value: it is refused, or it is another value's only form.
    #[test]
    fn of_damaged_values(kitchen in kitchen(), tree in tree(), at: prop::sample::Index, byte: u8) {
        let mut bytes = bytes_of::<Kitchen, _>(&kitchen);
        let place = at.index(bytes.len());
        bytes[place] = byte;
        canonical::<Kitchen, Kitchen>(&bytes);

        let mut bytes = bytes_of::<Tree, _>(&tree);
        let place = at.index(bytes.len());
        bytes[place] = byte;
        canonical::<Tree, Tree>(&bytes);
    }
}

/// The strategy above is worth its time only while it finds bytes that decode.
#[test]
fn plausible_bytes_decode_often() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut found = 0;
    for _ in 0..200 {
        found += all_codecs(&plausible().new_tree(&mut runner).unwrap().current());
    }
    assert!(found > 1000, "{found} of 4800 decodings");
}

/// RFC 4506 section 4.4: a bool is 0 or 1.
#[test]
fn bools() {
    for value in [2_u32, 3, 0x100, 0x0100_0000, 0x8000_0000, u32::MAX] {
        let error = read::<bool, bool>(&value.to_be_bytes()).unwrap_err();
        assert_eq!((*error.kind(), error.offset()), (Kind::Bool(value), 0));
        let error = read::<Optional<u32>, Option<u32>>(&value.to_be_bytes()).unwrap_err();
        assert_eq!(*error.kind(), Kind::Bool(value));
        let error = read::<List<u32>, Vec<u32>>(&value.to_be_bytes()).unwrap_err();
        assert_eq!(*error.kind(), Kind::Bool(value));
    }
}

/// An enum has its declared values and no other; the error names it.
#[test]
fn enums() {
    for value in [0_i32, 1, 4, -1, i32::MIN, i32::MAX] {
        let error = read::<Color, Color>(&value.to_be_bytes()).unwrap_err();
        assert_eq!((*error.kind(), error.offset()), (Kind::Enum { name: "color", value }, 0));
    }
}

/// `char` and `short` hold what they can hold.
#[test]
fn small_numbers_out_of_range() {
    for value in [-129_i32, 128, i32::MIN, i32::MAX] {
        let error = read::<Small, i8>(&value.to_be_bytes()).unwrap_err();
        assert_eq!(*error.kind(), Kind::OutOfRange(value.into()));
    }
    for value in [256_u32, u32::MAX] {
        let error = read::<Small, u8>(&value.to_be_bytes()).unwrap_err();
        assert_eq!(*error.kind(), Kind::OutOfRange(value.into()));
    }
    for value in [-32769_i32, 32768] {
        assert!(read::<Small, i16>(&value.to_be_bytes()).is_err());
    }
    assert!(read::<Small, u16>(&65536_u32.to_be_bytes()).is_err());
}

/// RFC 4506 section 3: what fills up to four bytes is zero.
#[test]
fn padding() {
    for len in [1_u8, 2, 3, 5, 6, 7] {
        let data = vec![b'x'; len.into()];
        let good = bytes_of::<Opaque, Vec<u8>>(&data);
        for place in 4 + usize::from(len)..good.len() {
            for wrong in [1, 0x80, 0xff] {
                let mut bytes = good.clone();
                bytes[place] = wrong;
                for kind in [
                    *read::<Opaque, Vec<u8>>(&bytes).unwrap_err().kind(),
                    *read::<Opaque, &[u8]>(&bytes).unwrap_err().kind(),
                    *read::<Str, String>(&bytes).unwrap_err().kind(),
                    *read::<Array<Str>, Vec<String>>(&[&[0, 0, 0, 1], &bytes[..]].concat())
                        .unwrap_err()
                        .kind(),
                ] {
                    assert_eq!(kind, Kind::Padding, "byte {place} is {wrong}");
                }
            }
        }
    }
    let mut fixed = bytes_of::<FixedOpaque<5>, _>(&[1_u8; 5]);
    fixed[7] = 1;
    assert_eq!(*read::<FixedOpaque<5>, [u8; 5]>(&fixed).unwrap_err().kind(), Kind::Padding);
    assert_eq!(*read::<FixedOpaque<5>, Vec<u8>>(&fixed).unwrap_err().kind(), Kind::Padding);
}

/// A string is UTF-8 or an error, never a guess.
#[test]
fn strings_that_are_not_utf8() {
    for bad in [&[0xff_u8][..], &[0xc0, 0x80], &[0xed, 0xa0, 0x80], &[0xf5, 0x80, 0x80, 0x80]] {
        let bytes = bytes_of::<Opaque, Vec<u8>>(&bad.to_vec());
        assert_eq!(*read::<Str, String>(&bytes).unwrap_err().kind(), Kind::Utf8);
        assert_eq!(*read::<Str, &str>(&bytes).unwrap_err().kind(), Kind::Utf8);
    }
}
