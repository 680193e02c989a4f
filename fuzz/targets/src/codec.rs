//! Decode, then encode: whatever is accepted is canonical.

use sunrpc::xdr::{
    Array, DecodeWith, EncodeWith, FixedOpaque, Limits, List, Opaque, Optional, Parts, Reader,
    Small, Str, bytes::Bytes, encode_into, encode_into_parts, encoded_len,
};
use sunrpc_portmap::{pmap, rpcb};

use crate::{
    input::Input,
    kitchen::{
        self,
        x::{Entry, Kitchen, Node, Numbered, Shape, Tree, Verdict},
    },
};

/// The first byte says which type the rest is to be, the second one under which limits.
pub fn run(data: &[u8]) {
    let mut input = Input(data);
    let (which, limits) = (input.byte(), limits(input.byte()));
    let index = usize::from(which) % CHECKS.len();
    if let Some(check) = CHECKS.get(index) {
        check(input.0, limits);
    }
}

/// Every type, empty and full.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    use kitchen::bytes;
    let samples = [
        bytes::<Kitchen, _>(&kitchen::full()),
        bytes::<Kitchen, _>(&kitchen::bare()),
        bytes::<Tree, _>(&kitchen::tree(4)),
        bytes::<List<Node>, _>(&kitchen::nodes()),
        bytes::<Opaque, _>(&vec![1; 100]),
        bytes::<Array<Opaque>, _>(&vec![vec![2; 3], vec![3; 20_000]]),
        bytes::<Array<u32>, _>(&vec![1, 2, 3]),
        vec![0; 64],
        vec![0xff; 64],
    ];
    let types = 0..u8::try_from(CHECKS.len()).expect("few types");
    types
        .flat_map(|which| samples.iter().map(move |sample| [&[which, 0], &sample[..]].concat()))
        .collect()
}

type Check = fn(&[u8], Limits);

const CHECKS: [Check; 26] = [
    check::<Kitchen, Kitchen>,
    check::<Entry, Entry>,
    check::<Shape, Shape>,
    check::<Verdict, Verdict>,
    check::<Numbered, Numbered>,
    check::<Tree, Tree>,
    check::<List<Node>, Vec<Node>>,
    check::<Array<u32>, Vec<u32>>,
    check::<Array<i64, 1000>, Vec<i64>>,
    check::<Array<f64>, Vec<f64>>,
    check::<Array<Small>, Vec<i16>>,
    check::<Array<Array<Str<5>>>, Vec<Vec<String>>>,
    check::<Opaque, Vec<u8>>,
    check::<Array<Opaque>, Vec<Bytes>>,
    check::<Array<FixedOpaque<33>>, Vec<Bytes>>,
    check::<FixedOpaque<33>, Vec<u8>>,
    check::<Str, String>,
    check::<Array<bool>, Vec<bool>>,
    check::<Optional<Box<Tree>>, Option<Box<Tree>>>,
    check::<List<u32>, Vec<u32>>,
    check::<Array<Optional<Kitchen>>, Vec<Option<Kitchen>>>,
    check::<pmap::CallArgs, pmap::CallArgs>,
    check::<List<pmap::Pmaplist>, Vec<pmap::Pmaplist>>,
    check::<rpcb::Rpcb, rpcb::Rpcb>,
    check::<List<rpcb::RpcbEntryList>, Vec<rpcb::RpcbEntryList>>,
    check::<rpcb::RpcbStat, rpcb::RpcbStat>,
];

fn limits(choice: u8) -> Limits {
    match choice % 4 {
        0 => Limits::default(),
        1 => Limits { max_depth: 2, ..Limits::default() },
        2 => Limits { heap_factor: 1, heap_floor: 0, ..Limits::default() },
        _ => Limits { max_depth: 0, heap_factor: 0, heap_floor: 256 },
    }
}

/// What is read is written back as the very bytes it was read from; an error lies within the input.
fn check<C, V>(bytes: &[u8], limits: Limits)
where
    C: EncodeWith<V> + for<'de> DecodeWith<'de, V>,
{
    let mut from = Reader::with_limits(bytes, limits);
    match from.get_as::<C, V>() {
        Ok(value) => {
            let taken = from.offset();
            let least = <C as DecodeWith<'_, V>>::MIN_LEN;
            assert!(taken >= least, "read from {taken} bytes, MIN_LEN is {least}");
            assert_eq!(encoded_len::<C, V>(&value), Ok(taken));
            let mut back = Vec::new();
            encode_into::<C, V>(&value, &mut back).expect("what was read can be written");
            assert_eq!(back, bytes[..taken]);
            let (mut copied, mut parts) = (Vec::new(), Parts::new());
            encode_into_parts::<C, V>(&value, &mut copied, &mut parts).expect("the same again");
            assert_eq!(parts.between(&copied).flatten().copied().collect::<Vec<u8>>(), back);
        }
        Err(error) => assert!(error.offset() <= bytes.len(), "{error} of {} bytes", bytes.len()),
    }
}
