//! Depth: a list of any length needs no stack, and what truly nests is limited.

use std::thread;

use sunrpc_xdr::{
    DecodeErrorKind as Kind, DecodeWith, EncodeWith, Limits, List, Opaque, Optional, Reader, Sink,
};

use crate::check::{bytes_of, read, roundtrip};
use crate::sample::Tree;

/// Runs `work` on a stack of 256 KiB.
fn on_a_small_stack(work: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().stack_size(256 << 10).spawn(work).expect("a thread");
    thread.join().expect("the work on a small stack");
}

#[test]
fn a_million_nodes_on_a_small_stack() {
    on_a_small_stack(|| {
        let list: Vec<i32> = (0..1_000_000).collect();
        let bytes = bytes_of::<List<i32>, _>(&list);
        assert_eq!(bytes.len(), 8 * list.len() + 4);
        assert_eq!(read::<List<i32>, Vec<i32>>(&bytes).unwrap(), list);
        // The same without its end.
        assert!(read::<List<i32>, Vec<i32>>(&bytes[..bytes.len() - 4]).is_err());
    });
}

/// A tree that leans left as far as `depth` levels.
fn leaning(depth: usize) -> Tree {
    let leaf = Tree { value: 0, left: None, right: None };
    (1..depth).fold(leaf, |tree, _| Tree { value: 1, left: Some(Box::new(tree)), right: None })
}

#[test]
fn nesting_to_the_limit_and_beyond() {
    let max = Limits::default().max_depth as usize;
    for depth in [1, 2, max - 1, max] {
        roundtrip::<Tree, _>(&leaning(depth));
    }
    let bytes = bytes_of::<Tree, _>(&leaning(max + 1));
    let error = read::<Tree, Tree>(&bytes).unwrap_err();
    assert_eq!(*error.kind(), Kind::TooDeep);
    assert_eq!(error.offset(), 8 * max);
}

/// The limit is one of depth, not of number: siblings are given back what each other used.
#[test]
fn siblings_do_not_nest() {
    let bytes = bytes_of::<List<Tree>, _>(&vec![leaning(64); 100]);
    assert_eq!(read::<List<Tree>, Vec<Tree>>(&bytes).unwrap().len(), 100);
    let both =
        Tree { value: 2, left: Some(Box::new(leaning(63))), right: Some(Box::new(leaning(63))) };
    roundtrip::<Tree, _>(&both);
}

/// The worst a peer can send: a million levels. An error, on a small stack too.
#[test]
fn a_million_levels() {
    on_a_small_stack(|| {
        let bytes = [0, 0, 0, 7, 0, 0, 0, 1].repeat(1_000_000);
        assert_eq!(*read::<Tree, Tree>(&bytes).unwrap_err().kind(), Kind::TooDeep);
    });
}

#[test]
fn a_limit_that_is_set() {
    let bytes = bytes_of::<Tree, _>(&leaning(3));
    let limits = |max_depth| Limits { max_depth, ..Limits::default() };
    assert!(Reader::with_limits(&bytes, limits(3)).get::<Tree>().is_ok());
    let error = Reader::with_limits(&bytes, limits(2)).get::<Tree>().unwrap_err();
    assert_eq!(*error.kind(), Kind::TooDeep);
    assert!(Reader::with_limits(&bytes, limits(0)).get::<Tree>().is_err());
}

/// Optional values that do not nest are not charged: any number of them in a row.
#[test]
fn optionals_in_a_row() {
    type Row = Vec<Option<Vec<u8>>>;
    let row: Row = vec![Some(vec![1]); 1000];
    let mut bytes = Vec::new();
    for item in &row {
        bytes.put_as::<Optional<Opaque<4>>, _>(item).unwrap();
    }
    let mut from = Reader::with_limits(&bytes, Limits { max_depth: 0, ..Limits::default() });
    for item in &row {
        assert_eq!(from.get_as::<Optional<Opaque<4>>, Option<Vec<u8>>>().unwrap(), *item);
    }
    from.finish().unwrap();
    both_ways::<List<Optional<Opaque<4>>>, Row>(&row);
}

/// A value of any length comes back.
fn both_ways<C, V>(value: &V)
where
    C: EncodeWith<V> + for<'de> DecodeWith<'de, V>,
    V: std::fmt::Debug + PartialEq,
{
    assert_eq!(read::<C, V>(&bytes_of::<C, V>(value)).as_ref(), Ok(value));
}
