//! Heap: a decoded value never takes more than eight times its bytes on the wire, however they were chosen.
//!
//! A list does not say how long it is, so its room grows by doubling at most. What it has room for counts towards the
//! limit; while an allocator that can't grow a block in place copies it (the counting one here never can), the old
//! block stands beside the new one: half as much again at the most.

use allocation_counter::measure;
use proptest::prelude::*;
use sunrpc_xdr::{
    Array, Decode, DecodeError, DecodeErrorKind as Kind, DecodeWith, FixedArray, FixedOpaque,
    Limits, List, Opaque, Optional, Reader, Small, Str, bytes::Bytes,
};

use crate::check::{bytes_of, read};
use crate::sample::{Entry, Kitchen, Shape, Tree, kitchen};

/// The limit of `Limits::default`, without the floor that short inputs have.
const FACTOR: usize = 8;

/// The same while a list is copied to a larger block.
const GROWING: usize = FACTOR + FACTOR / 2;

/// A large message, of minimal elements.
const WIRE: usize = 1 << 20;

/// Reads `bytes` and checks the most heap that was in use meanwhile. Says whether a value was read, and the factor.
fn factor<C, V>(bytes: &[u8], most: usize) -> (bool, f64)
where
    C: for<'de> DecodeWith<'de, V>,
{
    let mut read = false;
    let cost = measure(|| {
        let mut from = Reader::new(bytes);
        read = from.get_as::<C, V>().is_ok();
    });
    assert_eq!(cost.bytes_current, 0, "leaked");
    let peak = usize::try_from(cost.bytes_max).expect("a peak of memory");
    assert!(
        peak <= most * bytes.len(),
        "{}: {peak} bytes of heap for {} on the wire, {:.2} times as many",
        std::any::type_name::<V>(),
        bytes.len(),
        peak as f64 / bytes.len() as f64
    );
    (read, peak as f64 / bytes.len() as f64)
}

/// `unit` as often as `WIRE` holds it, after its count; then as a list.
fn arrays_and_lists<C, V>(unit: &[u32])
where
    C: for<'de> DecodeWith<'de, V>,
{
    let unit: Vec<u8> = unit.iter().flat_map(|word| word.to_be_bytes()).collect();
    let count = (WIRE - 4) / unit.len();
    let mut array = u32::try_from(count).expect("a count").to_be_bytes().to_vec();
    array.extend(unit.repeat(count));
    factor::<Array<C>, Vec<V>>(&array, FACTOR);

    let node: Vec<u8> = [0, 0, 0, 1].into_iter().chain(unit).collect();
    // Every count up to a doubling and a bit, because a list grows by doubling.
    let most = (WIRE - 4) / node.len();
    for nodes in [most, most / 2 + 1, most / 2, most * 3 / 4, (1 << 14) + 1, 1 << 14] {
        let mut list = node.repeat(nodes.min(most));
        list.extend([0; 4]);
        factor::<List<C>, Vec<V>>(&list, GROWING);
        // Without its end: an error at the last step, when the most is in use.
        factor::<List<C>, Vec<V>>(&list[..list.len() - 4], GROWING);
    }
}

/// A value that is larger in memory than eight times its least length on the wire: `None` of something large.
#[derive(Debug)]
struct Wide {
    _numbers: [u64; 100],
}

impl<'de> Decode<'de> for Wide {
    const MIN_LEN: usize = 800;
    fn decode(from: &mut Reader<'de>) -> Result<Self, DecodeError> {
        Ok(Self { _numbers: from.get()? })
    }
}

#[test]
fn of_minimal_elements() {
    arrays_and_lists::<u32, u32>(&[0]);
    arrays_and_lists::<u64, u64>(&[0, 0]);
    arrays_and_lists::<bool, bool>(&[1]);
    arrays_and_lists::<Str, String>(&[0]);
    arrays_and_lists::<Str, String>(&[1, 0x6100_0000]);
    arrays_and_lists::<Opaque, Vec<u8>>(&[0]);
    arrays_and_lists::<Opaque, Bytes>(&[0]);
    arrays_and_lists::<Opaque, Bytes>(&[1, 0x6100_0000]);
    arrays_and_lists::<FixedOpaque<1>, Bytes>(&[0x6100_0000]);
    arrays_and_lists::<Array<u32>, Vec<u32>>(&[0]);
    arrays_and_lists::<Array<u32>, Vec<u32>>(&[1, 7]);
    arrays_and_lists::<List<u32>, Vec<u32>>(&[0]);
    arrays_and_lists::<List<u32>, Vec<u32>>(&[1, 7, 0]);
    arrays_and_lists::<List<bool>, Vec<bool>>(&[1, 1, 1, 1, 0]);
    arrays_and_lists::<Optional<u64>, Option<u64>>(&[0]);
    arrays_and_lists::<Optional<Str>, Option<String>>(&[0]);
    arrays_and_lists::<Optional<Box<u32>>, Option<Box<u32>>>(&[1, 7]);
    arrays_and_lists::<FixedArray<u32, 2>, [u32; 2]>(&[0, 0]);
    arrays_and_lists::<FixedArray<Str, 2>, [String; 2]>(&[0, 0]);
    arrays_and_lists::<Array<Array<Str>>, Vec<Vec<String>>>(&[1, 1, 0]);
    arrays_and_lists::<Entry, Entry>(&[0, 0, 0, 0]);
    arrays_and_lists::<Shape, Shape>(&[3, 0]);
    arrays_and_lists::<Shape, Shape>(&[0xffff_fffb]);
    arrays_and_lists::<Kitchen, Kitchen>(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 0]);
    arrays_and_lists::<Tree, Tree>(&[7, 0, 0]);
    arrays_and_lists::<Tree, Tree>(&[7, 1, 7, 0, 0, 0]);
}

/// What is much larger in memory than on the wire is refused, not paid for.
#[test]
fn of_elements_that_grow() {
    let mut array = (1_u32 << 18).to_be_bytes().to_vec();
    array.extend(vec![0; 4 << 18]);
    let (read_, _) = factor::<Array<Optional<Wide>>, Vec<Option<Wide>>>(&array, FACTOR);
    assert!(!read_, "a million bytes became eight hundred million");
    let error = read::<Array<Optional<Wide>>, Vec<Option<Wide>>>(&array).unwrap_err();
    assert_eq!(*error.kind(), Kind::HeapLimit);
    arrays_and_lists::<Optional<Wide>, Option<Wide>>(&[0]);
}

/// The floor serves short inputs, and it is a limit too.
#[test]
fn of_short_inputs() {
    let limits = Limits::default();
    let most = u32::try_from(limits.heap_floor / size_of::<Option<Wide>>()).expect("a count");
    for (count, good) in [(most, true), (most + 1, false)] {
        let mut bytes = count.to_be_bytes().to_vec();
        bytes.extend(vec![0; 4 * count as usize]);
        let mut read_ = false;
        let cost = measure(|| {
            read_ = read::<Array<Optional<Wide>>, Vec<Option<Wide>>>(&bytes).is_ok();
        });
        assert_eq!(read_, good, "{count} elements");
        assert!(cost.bytes_max <= limits.heap_floor as u64);
    }
}

/// Whatever takes `heap` bytes is read where that much is allowed, and refused where one byte less is.
fn takes<C, V>(bytes: &[u8], heap: usize)
where
    C: for<'de> DecodeWith<'de, V>,
{
    let limits = |heap_floor| Limits { heap_factor: 0, heap_floor, ..Limits::default() };
    assert!(Reader::with_limits(bytes, limits(heap)).get_as::<C, V>().is_ok());
    if let Some(less) = heap.checked_sub(1) {
        match Reader::with_limits(bytes, limits(less)).get_as::<C, V>() {
            Err(error) => assert_eq!(*error.kind(), Kind::HeapLimit),
            Ok(_) => panic!("{} in {less} bytes of heap", std::any::type_name::<V>()),
        }
    }
}

/// Limits are the caller's to set, and everything on the heap counts.
#[test]
fn limits_that_are_set() {
    let bytes = bytes_of::<Opaque, Vec<u8>>(&vec![b'1'; 1000]);
    takes::<Opaque, Vec<u8>>(&bytes, 1000);
    takes::<Opaque, Bytes>(&bytes, 1000);
    takes::<Str, String>(&bytes, 1000);
    takes::<FixedOpaque<800>, Vec<u8>>(&bytes, 800);
    takes::<FixedArray<u32, 20>, Vec<u32>>(&bytes, 80);
    takes::<Box<u64>, Box<u64>>(&bytes, 8);
    takes::<u64, u64>(&bytes, 0);
    takes::<Array<Small>, Vec<u16>>(&[0, 0, 0, 1, 0, 0, 0, 7], 2);
    // What is borrowed from the input takes no heap.
    let none = Limits { heap_factor: 0, heap_floor: 0, ..Limits::default() };
    assert!(Reader::with_limits(&bytes, none).get_as::<Opaque, &[u8]>().is_ok());
    assert!(Reader::with_limits(&bytes, none).get_as::<Str, &str>().is_ok());
}

/// A list makes no room for nodes that the input cannot hold.
#[test]
fn of_a_list_of_one_large_node() {
    let mut list = vec![0, 0, 0, 1];
    list.extend([0; 800]);
    list.extend([0; 4]);
    let cost = measure(|| {
        assert_eq!(read::<List<Wide>, Vec<Wide>>(&list).map(|nodes| nodes.len()), Ok(1));
    });
    // One node and at most one to spare, and the block through which its array is read.
    assert!(cost.bytes_max <= 3 * 800, "{} bytes of heap", cost.bytes_max);
}

proptest! {
    /// Values as users make them are read well below the limit.
    #[test]
    fn of_usual_values(kitchen in kitchen()) {
        let bytes = bytes_of::<Kitchen, _>(&kitchen);
        let (read, factor) = factor::<Kitchen, Kitchen>(&bytes, FACTOR);
        prop_assert!(read && factor < 4.0, "factor {}", factor);
    }
}

/// A buffer is made once, of the right size.
#[test]
fn of_encoding() {
    let names: Vec<String> = (0..1000).map(|n| format!("name {n}")).collect();
    let mut bytes = Vec::new();
    let cost = measure(|| bytes = sunrpc_xdr::encode(&names).unwrap());
    assert_eq!(cost.count_total, 1, "one allocation");
    assert_eq!(cost.bytes_max, bytes.len() as u64);
}
