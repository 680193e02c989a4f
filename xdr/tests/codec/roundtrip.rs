//! decode(encode(x)) == x in every codec, every truncation is an error, and so is every byte too many.

use proptest::collection::vec;
use proptest::prelude::*;
use sunrpc_xdr::{
    Array, DecodeWith, EncodeWith, FixedArray, FixedOpaque, List, Opaque, Optional, Quadruple,
    Reader, Small, Str,
};

use crate::check::{bytes_of, read, roundtrip, truncations};
use crate::sample::{Kitchen, Shape, Tree, bytes, kitchen, shape, text, tree};

proptest! {
    #[test]
    fn numbers(a: i32, b: u32, c: i64, d: u64, e: bool, q: [u8; 16]) {
        roundtrip::<i32, _>(&a);
        roundtrip::<u32, _>(&b);
        roundtrip::<i64, _>(&c);
        roundtrip::<u64, _>(&d);
        roundtrip::<bool, _>(&e);
        roundtrip::<Quadruple, _>(&Quadruple(q));
        prop_assert_eq!(bytes_of::<i32, _>(&a), a.to_be_bytes());
        prop_assert_eq!(bytes_of::<u32, _>(&b), b.to_be_bytes());
        prop_assert_eq!(bytes_of::<i64, _>(&c), c.to_be_bytes());
        prop_assert_eq!(bytes_of::<u64, _>(&d), d.to_be_bytes());
        prop_assert_eq!(bytes_of::<bool, _>(&e), [0, 0, 0, u8::from(e)]);
        prop_assert_eq!(bytes_of::<Quadruple, _>(&Quadruple(q)), q);
    }

    #[test]
    fn small_numbers(a: i8, b: u8, c: i16, d: u16) {
        roundtrip::<Small, i8>(&a);
        roundtrip::<Small, u8>(&b);
        roundtrip::<Small, i16>(&c);
        roundtrip::<Small, u16>(&d);
        prop_assert_eq!(bytes_of::<Small, _>(&a), i32::from(a).to_be_bytes());
        prop_assert_eq!(bytes_of::<Small, _>(&d), u32::from(d).to_be_bytes());
    }

    /// By their bits: NaN keeps its payload, zero its sign, one at a time and in bulk.
    #[test]
    fn floats(singles in vec(any::<u32>(), 0..40), doubles in vec(any::<u64>(), 0..40)) {
        let special = [0x7f80_0001, 0xffc0_1234, 0x8000_0000, 0x7f80_0000];
        let singles: Vec<u32> = singles.into_iter().chain(special).collect();
        let floats: Vec<f32> = singles.iter().map(|bits| f32::from_bits(*bits)).collect();
        let wire: Vec<u8> = singles.iter().flat_map(|bits| bits.to_be_bytes()).collect();
        prop_assert_eq!(&bytes_of::<Array<f32>, _>(&floats)[4..], &wire[..]);
        let back = read::<Array<f32>, Vec<f32>>(&bytes_of::<Array<f32>, _>(&floats)).unwrap();
        prop_assert_eq!(back.iter().map(|f| f.to_bits()).collect::<Vec<_>>(), singles);
        for float in &floats {
            let bytes = bytes_of::<f32, _>(float);
            prop_assert_eq!(read::<f32, f32>(&bytes).unwrap().to_bits(), float.to_bits());
            truncations::<f32, f32>(&bytes);
        }

        let special = [0x7ff0_0000_0000_0001, 0xfff8_0000_0000_1234, 1 << 63];
        let doubles: Vec<u64> = doubles.into_iter().chain(special).collect();
        let floats: Vec<f64> = doubles.iter().map(|bits| f64::from_bits(*bits)).collect();
        let wire: Vec<u8> = doubles.iter().flat_map(|bits| bits.to_be_bytes()).collect();
        prop_assert_eq!(&bytes_of::<Array<f64>, _>(&floats)[4..], &wire[..]);
        let back = read::<Array<f64>, Vec<f64>>(&bytes_of::<Array<f64>, _>(&floats)).unwrap();
        prop_assert_eq!(back.iter().map(|f| f.to_bits()).collect::<Vec<_>>(), doubles);
        for float in &floats {
            let bytes = bytes_of::<f64, _>(float);
            prop_assert_eq!(read::<f64, f64>(&bytes).unwrap().to_bits(), float.to_bits());
            truncations::<f64, f64>(&bytes);
        }
    }

    #[test]
    fn strings(text in text(40)) {
        roundtrip::<Str<40>, String>(&text);
        roundtrip::<Str, String>(&text);
        let bytes = bytes_of::<Str<40>, String>(&text);
        prop_assert_eq!(&bytes[4..4 + text.len()], text.as_bytes());
        prop_assert!(bytes[4 + text.len()..].iter().all(|byte| *byte == 0));
        prop_assert_eq!(read::<Str<40>, &str>(&bytes), Ok(text.as_str()));
    }

    #[test]
    fn opaques(data in bytes(70), fixed: [u8; 5]) {
        roundtrip::<Opaque<70>, Vec<u8>>(&data);
        roundtrip::<Opaque, Vec<u8>>(&data);
        let bytes = bytes_of::<Opaque, _>(&data);
        prop_assert_eq!(read::<Opaque, &[u8]>(&bytes), Ok(data.as_slice()));
        roundtrip::<FixedOpaque<5>, [u8; 5]>(&fixed);
        roundtrip::<FixedOpaque<5>, Vec<u8>>(&fixed.to_vec());
        prop_assert_eq!(bytes_of::<FixedOpaque<5>, _>(&fixed).len(), 8);
    }

    #[test]
    fn arrays(
        ints in vec(any::<i32>(), 0..600),
        hypers in vec(any::<u64>(), 0..300),
        small in vec(any::<i16>(), 0..9),
        names in vec(text(9), 0..6),
        pairs: [[u32; 2]; 3],
        bools in vec(any::<bool>(), 35..=35),
    ) {
        roundtrip_long::<Array<i32>, _>(&ints);
        roundtrip_long::<Array<u64, 300>, _>(&hypers);
        roundtrip::<Array<Small, 9>, Vec<i16>>(&small);
        roundtrip::<Array<Str<9>, 6>, Vec<String>>(&names);
        roundtrip::<FixedArray<FixedArray<u32, 2>, 3>, [[u32; 2]; 3]>(&pairs);
        roundtrip::<Array<FixedArray<u32, 2>, 3>, Vec<[u32; 2]>>(&pairs.to_vec());
        roundtrip::<FixedArray<bool, 35>, Vec<bool>>(&bools);
        roundtrip::<Array<Array<bool, 40>, 1>, Vec<Vec<bool>>>(&vec![bools]);
    }

    #[test]
    fn optionals_and_lists(
        option in proptest::option::of(text(9)),
        list in vec(proptest::option::of(any::<u64>()), 0..40),
        lists in vec(vec(text(5), 0..4), 0..4),
    ) {
        roundtrip::<Optional<Str<9>>, Option<String>>(&option);
        roundtrip::<List<Optional<u64>>, Vec<Option<u64>>>(&list);
        roundtrip::<List<List<Str<5>>>, Vec<Vec<String>>>(&lists);
        roundtrip::<Optional<Optional<Str<9>>>, Option<Option<String>>>(&Some(option));
    }

    #[test]
    fn constructed_types(kitchen in kitchen(), shape in shape(), tree in tree()) {
        roundtrip::<Kitchen, _>(&kitchen);
        roundtrip::<Shape, _>(&shape);
        roundtrip::<Tree, _>(&tree);
        roundtrip::<Array<Optional<Tree>, 2>, _>(&vec![Some(tree), None]);
    }

    /// Values behind one another are read one behind another.
    #[test]
    fn one_behind_another(a in text(30), b in bytes(30), c: u64) {
        let mut wire = bytes_of::<Str, String>(&a);
        wire.extend(bytes_of::<Opaque, Vec<u8>>(&b));
        wire.extend(bytes_of::<u64, _>(&c));
        let mut from = Reader::new(&wire);
        prop_assert_eq!(from.get_as::<Str, String>().unwrap(), a);
        prop_assert_eq!(from.get_as::<Opaque, Vec<u8>>().unwrap(), b);
        prop_assert_eq!(from.remaining(), 8);
        prop_assert_eq!(from.get::<u64>().unwrap(), c);
        prop_assert!(from.finish().is_ok());
    }
}

/// A long value: all of [`roundtrip`], but only a few truncations.
fn roundtrip_long<C, V>(value: &V)
where
    C: EncodeWith<V> + for<'de> DecodeWith<'de, V>,
    V: std::fmt::Debug + PartialEq,
{
    let bytes = bytes_of::<C, V>(value);
    assert_eq!(read::<C, V>(&bytes).as_ref(), Ok(value));
    for cut in [0, 3, 4, bytes.len() / 2, bytes.len() - 1] {
        if cut < bytes.len() {
            assert!(read::<C, V>(&bytes[..cut]).is_err(), "cut at {cut} of {}", bytes.len());
        }
    }
}

/// `()` is `void`: no bytes.
#[test]
fn void() {
    roundtrip::<(), ()>(&());
    assert!(bytes_of::<(), ()>(&()).is_empty());
}

/// Bulk conversion goes through a stage of fixed size; lengths around it are where it would break.
#[test]
fn bulk_around_the_stage() {
    for count in [0, 1, 255, 256, 257, 511, 512, 513, 1024, 65_536_u32] {
        let ints: Vec<u32> = (0..count).map(|n| n.wrapping_mul(0x9e37_79b9)).collect();
        let bytes = bytes_of::<Array<u32>, _>(&ints);
        let expected: Vec<u8> =
            std::iter::once(&count).chain(&ints).flat_map(|n| n.to_be_bytes()).collect();
        assert_eq!(bytes, expected);
        assert_eq!(read::<Array<u32>, Vec<u32>>(&bytes).unwrap(), ints);
        let hypers: Vec<i64> = ints.iter().map(|n| i64::from(*n) << 31).collect();
        assert_eq!(
            read::<Array<i64>, Vec<i64>>(&bytes_of::<Array<i64>, _>(&hypers)).unwrap(),
            hypers
        );
    }
}
