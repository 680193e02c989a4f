//! Unions that contain themselves by value: boxes in Rust, nothing on the wire, and a limit to their depth.

use std::fmt::Debug;

use sunrpc::xdr::{Decode, DecodeError, DecodeErrorKind, Encode, Limits, Reader, decode, encode};
use sunrpc_options_tests::circles::{Chain, Forest, ForestRef, Grove, Node, Sum, Term, Tree};

/// The words of a message.
fn bytes(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

#[track_caller]
fn travels<T>(value: &T, words: &[u32])
where
    T: Encode + for<'de> Decode<'de> + PartialEq + Debug,
{
    let expected = bytes(words);
    assert_eq!(encode(value).unwrap(), expected);
    assert_eq!(decode::<T>(&expected).as_ref(), Ok(value));
    assert!(T::MIN_LEN <= expected.len(), "{value:?} is shorter than the least");
}

fn fork(left: Tree, right: Tree) -> Tree {
    Tree::False(Box::new(Node { left, right }))
}

#[test]
fn a_box_adds_nothing_to_the_wire() {
    travels(&Tree::True(7), &[1, 7]);
    travels(&fork(Tree::True(7), fork(Tree::True(8), Tree::True(9))), &[0, 1, 7, 0, 1, 8, 1, 9]);
    let end = Chain::Case0("end!".to_owned());
    let chain = Chain::Default(9, Box::new(Chain::Case2(Box::new(Chain::Case1(Box::new(end))))));
    travels(&chain, &[9, 2, 1, 0, 4, u32::from_be_bytes(*b"end!")]);
}

#[test]
fn arrays_are_their_own_boxes() {
    let leaf = || Grove::Case0(5);
    let pair = Grove::Case1(vec![leaf(), Grove::Case2(vec![leaf(), leaf()])]);
    travels(&pair, &[1, 0, 0, 5, 2, 0, 0, 5, 0, 0, 5]);
    travels(&Grove::Case3(vec![Grove::Case3(vec![]), leaf()]), &[3, 2, 3, 0, 0, 0, 5]);
    assert!(encode(&Grove::Case1(vec![leaf()])).is_err(), "one element of two");
}

#[test]
fn pointers_keep_their_bool() {
    let one = || Term::Case0(1);
    travels(&Term::Case2(Some(Box::new(Term::Case1(Box::new(one()))))), &[2, 1, 1, 0, 0, 1]);
    travels(&Term::Case2(None), &[2, 0]);
    let sum = Sum { first: one(), second: Some(one()), sign: String::new() };
    travels(&Term::Case3(Box::new(sum)), &[3, 0, 0, 1, 1, 0, 0, 1, 0]);
}

#[test]
fn what_uses_them_borrows() {
    let forest = Forest {
        name: "wood".to_owned(),
        first: fork(Tree::True(1), Tree::True(2)),
        rest: vec![Tree::True(3)],
        pair: [Term::Case0(4), Term::Case2(None)],
        end: Some(Chain::Case1(Box::new(Chain::Case0(String::new())))),
    };
    let message = encode(&forest).unwrap();
    let borrowed: ForestRef<'_> = decode(&message).unwrap();
    assert!(message.as_ptr_range().contains(&borrowed.name.as_ptr()), "a copy");
    assert_eq!(Forest::from(borrowed), forest);
    let json = serde_json::to_string(&forest).unwrap();
    assert_eq!(serde_json::from_str::<Forest>(&json).unwrap(), forest);
}

/// A million levels are an error long before they are a million stack frames.
#[test]
fn depth_has_a_limit() {
    fn is_too_deep<T: for<'de> Decode<'de> + Debug>(level: u32) {
        let error: DecodeError = decode::<T>(&bytes(&vec![level; 1_000_000])).unwrap_err();
        assert_eq!(*error.kind(), DecodeErrorKind::TooDeep);
    }
    is_too_deep::<Tree>(0);
    is_too_deep::<Chain>(1);
    is_too_deep::<Chain>(7);
    is_too_deep::<Grove>(1);
    is_too_deep::<Grove>(2);
    is_too_deep::<Term>(1);
    is_too_deep::<Term>(3);
}

/// So many levels as the limit says are read, and not one more.
#[test]
fn depth_is_counted_in_levels() {
    let levels = |count: u32| {
        let mut words = vec![1; usize::try_from(count).unwrap() - 1];
        words.extend([0, 0]);
        let message = bytes(&words);
        let limits = Limits { max_depth: 10, ..Limits::default() };
        Reader::with_limits(&message, limits).get::<Chain>()
    };
    assert!(levels(10).is_ok());
    assert_eq!(*levels(11).unwrap_err().kind(), DecodeErrorKind::TooDeep);
}
