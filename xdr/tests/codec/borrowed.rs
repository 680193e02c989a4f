//! Values that lie where they came in: the same bytes, no heap, and owned at will.

use std::fmt::Debug;

use allocation_counter::measure;
use sunrpc_xdr::{
    Array, DecodeWith, EncodeWith, FixedArray, FixedOpaque, IntoOwned, Opaque, Optional, Reader,
    Str,
};

use crate::check::{bytes_of, read};

/// `owned` is read borrowed without the heap, is written back as the same bytes, and becomes what it was.
fn borrows<'de, C, V, Owned>(owned: &Owned, bytes: &'de mut Vec<u8>)
where
    C: EncodeWith<Owned> + EncodeWith<V> + DecodeWith<'de, V> + DecodeWith<'de, Owned>,
    V: IntoOwned<Owned = Owned> + Debug,
    Owned: Debug + PartialEq,
{
    *bytes = bytes_of::<C, Owned>(owned);
    let mut value = None;
    let cost = measure(|| value = Reader::new(bytes).get_as::<C, V>().ok());
    assert_eq!(cost.count_total, 0, "{owned:?} takes heap");
    let value = value.expect("it is read");
    assert_eq!(bytes_of::<C, V>(&value), *bytes);
    assert_eq!(value.into_owned(), *owned);
    assert_eq!(<C as DecodeWith<'de, V>>::MIN_LEN, <C as DecodeWith<'de, Owned>>::MIN_LEN);
}

#[test]
fn without_heap() {
    let bytes = &mut Vec::new();
    borrows::<Str<5>, &str, String>(&"hello".to_owned(), bytes);
    let bytes = &mut Vec::new();
    borrows::<Opaque, &[u8], Vec<u8>>(&b"hello".to_vec(), bytes);
    let bytes = &mut Vec::new();
    borrows::<FixedOpaque<5>, &[u8], Vec<u8>>(&b"hello".to_vec(), bytes);
    let bytes = &mut Vec::new();
    borrows::<Optional<Str>, Option<&str>, Option<String>>(&Some("hello".to_owned()), bytes);
    let (bytes, two) = (&mut Vec::new(), ["hello".to_owned(), String::new()]);
    borrows::<FixedArray<Str, 2>, [&str; 2], [String; 2]>(&two, bytes);
    let (bytes, two) = (&mut Vec::new(), [b"hello".to_vec(), Vec::new()]);
    borrows::<FixedArray<Opaque<9>, 2>, [&[u8]; 2], [Vec<u8>; 2]>(&two, bytes);
    let (bytes, two) = (&mut Vec::new(), [b"hello".to_vec(), b"world".to_vec()]);
    borrows::<FixedArray<FixedOpaque<5>, 2>, [&[u8]; 2], [Vec<u8>; 2]>(&two, bytes);
}

/// An array of borrowed values is its own vector and nothing else.
#[test]
fn one_vector() {
    let names: Vec<String> = (0..100).map(|n| format!("name {n}")).collect();
    let bytes = bytes_of::<Array<Str>, _>(&names);
    let mut borrowed: Vec<&str> = Vec::new();
    let cost = measure(|| borrowed = read::<Array<Str>, _>(&bytes).expect("it is read"));
    assert_eq!((cost.count_total, cost.bytes_max), (1, 100 * size_of::<&str>() as u64));
    assert_eq!(borrowed.into_owned(), names);
}
