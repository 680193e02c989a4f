//! Lengths and counts that lie: an error at once, and no memory for them.

use std::fmt::Debug;

use allocation_counter::measure;
use sunrpc_xdr::{
    Array, DecodeErrorKind as Kind, DecodeWith, FixedArray, FixedOpaque, List, Opaque, Optional,
    Small, Str,
};

use crate::check::read;
use crate::sample::{Entry, Kitchen};

/// Lengths around every edge: of 32 bits, of padding, of the sign, and of counts that overflow when multiplied.
const LENGTHS: [u32; 16] = [
    0xffff_ffff,
    0xffff_fffe,
    0xffff_fffd,
    0xffff_fffc,
    0xffff_fff0,
    0x8000_0001,
    0x8000_0000,
    0x7fff_ffff,
    0x7fff_fffc,
    0x4000_0001,
    0x4000_0000,
    0x2000_0001,
    0x2000_0000,
    0x1000_0001,
    0x1000_0000,
    0x0100_0000,
];

/// Every hostile length before `tail`, in codec `C`, is an error that costs less than `allowed` bytes.
fn refused<C, V>(prefix: &[u32], tail: &[u8], allowed: u64)
where
    C: for<'de> DecodeWith<'de, V>,
    V: Debug,
{
    for len in LENGTHS {
        let mut bytes: Vec<u8> = prefix.iter().flat_map(|word| word.to_be_bytes()).collect();
        bytes.extend(len.to_be_bytes());
        bytes.extend(tail);
        let mut result = None;
        let cost = measure(|| result = Some(read::<C, V>(&bytes).map_err(|error| *error.kind())));
        match result {
            Some(Err(Kind::Truncated { .. } | Kind::TooLong { .. } | Kind::HeapLimit)) => {}
            other => panic!("length {len:#x}: {other:?}"),
        }
        assert!(cost.bytes_total <= allowed, "length {len:#x} cost {} bytes", cost.bytes_total);
    }
}

#[test]
fn lengths_of_strings_and_opaques() {
    for tail in [&[][..], &[0; 4], &[0; 64], b"abcdefgh"] {
        refused::<Str, String>(&[], tail, 0);
        refused::<Str<255>, String>(&[], tail, 0);
        refused::<Opaque, Vec<u8>>(&[], tail, 0);
        refused::<Opaque<0x7fff_ffff>, Vec<u8>>(&[], tail, 0);
        refused::<Optional<Str>, Option<String>>(&[1], tail, 0);
    }
}

#[test]
fn counts_of_arrays() {
    for tail in [&[][..], &[0; 4], &[0; 64]] {
        refused::<Array<u32>, Vec<u32>>(&[], tail, 0);
        refused::<Array<u64>, Vec<u64>>(&[], tail, 0);
        refused::<Array<f64>, Vec<f64>>(&[], tail, 0);
        refused::<Array<bool>, Vec<bool>>(&[], tail, 0);
        refused::<Array<Small>, Vec<u8>>(&[], tail, 0);
        refused::<Array<Str>, Vec<String>>(&[], tail, 0);
        refused::<Array<Array<u32>>, Vec<Vec<u32>>>(&[], tail, 0);
        refused::<Array<Entry>, Vec<Entry>>(&[], tail, 0);
        refused::<Array<FixedArray<u32, 4>>, Vec<[u32; 4]>>(&[], tail, 0);
        refused::<Array<FixedOpaque<40>>, Vec<Vec<u8>>>(&[], tail, 0);
        refused::<Array<Optional<u32>>, Vec<Option<u32>>>(&[], tail, 0);
        refused::<Array<List<u32>>, Vec<Vec<u32>>>(&[], tail, 0);
    }
}

/// The lie may be the inner one: the outer array then has what its own count justified.
#[test]
fn counts_of_inner_arrays() {
    let outer = 2 * size_of::<Vec<u32>>() as u64;
    refused::<Array<Array<u32>>, Vec<Vec<u32>>>(&[2], &[0; 32], outer);
    refused::<Array<Str>, Vec<String>>(&[2], &[0; 32], outer);
    let kitchen_before_entries = [0; 1 + 4 + 2];
    refused::<Kitchen, Kitchen>(&kitchen_before_entries, &[0; 64], 0);
}

/// A small lie, of a count that no limit on heap would refuse: no memory is taken either.
#[test]
fn counts_a_little_too_high() {
    for count in [3_u8, 4, 100] {
        let bytes = [0, 0, 0, count, 0, 0, 0, 1, 0, 0, 0, 1];
        let cost = measure(|| {
            assert!(read::<Array<u32>, Vec<u32>>(&bytes).is_err());
            assert!(read::<Array<bool>, Vec<bool>>(&bytes).is_err());
            assert!(read::<Array<Str>, Vec<String>>(&bytes).is_err());
            assert!(read::<Array<Entry>, Vec<Entry>>(&bytes).is_err());
        });
        assert_eq!(cost.bytes_total, 0, "count {count}");
    }
}

/// Items of no length on the wire are bounded too, in memory and in steps.
#[test]
fn counts_of_voids() {
    for tail in [&[][..], &[0; 64]] {
        refused::<Array<()>, Vec<()>>(&[], tail, 0);
        refused::<Array<FixedArray<u64, 0>>, Vec<Vec<u64>>>(&[], tail, 0);
        refused::<Array<FixedOpaque<0>>, Vec<[u8; 0]>>(&[], tail, 0);
    }
}

/// A fixed length that the input does not have.
#[test]
fn fixed_lengths_without_input() {
    let cost = measure(|| {
        for tail in [&[][..], &[0; 4], &[0; 64]] {
            assert!(read::<FixedOpaque<{ u32::MAX }>, Vec<u8>>(tail).is_err());
            assert!(read::<FixedArray<u64, { u32::MAX }>, Vec<u64>>(tail).is_err());
            assert!(read::<FixedArray<Str, 0x4000_0001>, Vec<String>>(tail).is_err());
            assert!(
                read::<FixedArray<FixedArray<u64, 0x8000_0000>, 0x8000_0000>, Vec<Vec<u64>>>(tail)
                    .is_err()
            );
        }
    });
    assert_eq!(cost.bytes_total, 0);
}
