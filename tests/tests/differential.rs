//! Our bytes against those of `serde_xdr`, another implementation of RFC 4506, for the types that it supports.
//!
//! It knows no bounds, checks no padding and writes an enum as its place in the declaration, so it is asked only what
//! it can answer (strings of ASCII, for one); and it never reads what a network sent.

use proptest::{collection::vec, prelude::*};
use serde::{Deserialize, Serialize};
use sunrpc::xdr::{
    Array, Decode, DecodeError, DecodeWith, Encode, EncodeError, EncodeWith, FixedArray, List,
    Opaque, Optional, Reader, Sink, Str, encode_into,
};

/// Both write the same bytes for `value`, and each reads what the other wrote.
fn agree<C, V>(value: &V)
where
    C: EncodeWith<V> + for<'de> DecodeWith<'de, V>,
    V: Serialize + for<'de> Deserialize<'de> + PartialEq + std::fmt::Debug,
{
    agree_as::<C, V, V>(value, value);
}

/// The same where the other implementation needs another type for the same form.
fn agree_as<C, V, W>(value: &V, other: &W)
where
    C: EncodeWith<V> + for<'de> DecodeWith<'de, V>,
    V: PartialEq + std::fmt::Debug,
    W: Serialize + for<'de> Deserialize<'de> + PartialEq + std::fmt::Debug,
{
    let mut ours = Vec::new();
    encode_into::<C, V>(value, &mut ours).expect("a value that can be encoded");
    let mut theirs = Vec::new();
    serde_xdr::to_writer(&mut theirs, other).expect("a value that can be encoded");
    assert_eq!(ours, theirs, "{value:?}");

    let mut from = Reader::new(&theirs);
    assert_eq!(from.get_as::<C, V>().as_ref(), Ok(value));
    from.finish().expect("all of it");
    let back: W =
        serde_xdr::from_reader(&mut ours.as_slice()).expect("a value that can be decoded");
    assert_eq!(&back, other);
}

/// A struct of everything that both can do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Record {
    number: i32,
    name: String,
    size: u64,
    ratio: f64,
    good: bool,
    ids: Vec<u32>,
    next: Option<i64>,
    pair: (u32, u32),
}

impl Encode for Record {
    fn encode<S: Sink + ?Sized>(&self, to: &mut S) -> Result<(), EncodeError> {
        to.put(&self.number)?;
        to.put_as::<Str<64>, _>(&self.name)?;
        to.put(&self.size)?;
        to.put(&self.ratio)?;
        to.put(&self.good)?;
        to.put_as::<Array<u32>, _>(&self.ids)?;
        to.put_as::<Optional<i64>, _>(&self.next)?;
        to.put_as::<FixedArray<u32, 2>, _>(&[self.pair.0, self.pair.1])
    }
}

impl<'de> Decode<'de> for Record {
    const MIN_LEN: usize = 44;
    fn decode(from: &mut Reader<'de>) -> Result<Self, DecodeError> {
        Ok(Self {
            number: from.get()?,
            name: from.get_as::<Str<64>, _>()?,
            size: from.get()?,
            ratio: from.get()?,
            good: from.get()?,
            ids: from.get_as::<Array<u32>, _>()?,
            next: from.get_as::<Optional<i64>, _>()?,
            pair: from.get_as::<FixedArray<u32, 2>, [u32; 2]>()?.into(),
        })
    }
}

fn finite() -> impl Strategy<Value = f64> {
    prop_oneof![any::<i32>().prop_map(f64::from), -1e300..1e300, Just(-0.0)]
}

proptest! {
    // A file of failures would lie beside the sources; what fails is printed.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn numbers(a: i32, b: u32, c: i64, d: u64, e in finite(), f in -1e30_f32..1e30, g: bool) {
        agree::<i32, _>(&a);
        agree::<u32, _>(&b);
        agree::<i64, _>(&c);
        agree::<u64, _>(&d);
        agree::<f64, _>(&e);
        agree::<f32, _>(&f);
        agree::<bool, _>(&g);
    }

    #[test]
    fn strings_and_opaques(text in "[ -~]{0,40}", bytes in vec(any::<u8>(), 0..70)) {
        agree::<Str, String>(&text);
        agree_as::<Opaque, Vec<u8>, Bytes>(&bytes, &Bytes(bytes.clone()));
    }

    #[test]
    fn arrays_and_options(
        ints in vec(any::<i32>(), 0..40),
        names in vec("[a-z]{0,9}", 0..6),
        nested in vec(vec(any::<u64>(), 0..4), 0..4),
        option in proptest::option::of(any::<u32>()),
    ) {
        agree::<Array<i32>, Vec<i32>>(&ints);
        agree::<Array<Str<9>>, Vec<String>>(&names);
        agree::<Array<Array<u64>>, Vec<Vec<u64>>>(&nested);
        agree::<Optional<u32>, Option<u32>>(&option);
        agree_as::<List<Str>, Vec<String>, Option<Box<Node>>>(&names, &linked(&names));
    }

    #[test]
    fn structs(
        number: i32, name in "[ -~]{0,64}", size: u64, ratio in finite(), good: bool,
        ids in vec(any::<u32>(), 0..9), next in proptest::option::of(any::<i64>()), pair: (u32, u32),
    ) {
        agree::<Record, _>(&Record { number, name, size, ratio, good, ids, next, pair });
    }
}

/// Opaque bytes, as serde has to be told.
#[derive(Debug, PartialEq)]
struct Bytes(Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Bytes;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("bytes")
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }
            fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Bytes, E> {
                Ok(Bytes(bytes))
            }
        }
        from.deserialize_byte_buf(Visitor)
    }
}

/// A node of a linked list, as C has it: what we write in a loop must be what recursion writes.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Node {
    name: String,
    next: Option<Box<Node>>,
}

fn linked(names: &[String]) -> Option<Box<Node>> {
    let node = |next, name: &String| Some(Box::new(Node { name: name.clone(), next }));
    names.iter().rev().fold(None, node)
}
