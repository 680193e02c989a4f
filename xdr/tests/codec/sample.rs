//! Types as `rpcgen` would emit them (`docs/GENERATED.md`), and how to make any of them:
//!
//! ```text
//! enum color { RED = 2, GREEN = 3, BLUE = -5 };
//! struct entry { string name<16>; unsigned hyper size; short rank; };
//! union shape switch (color c) { case RED: entry e; case GREEN: opaque blob<9>; default: void; };
//! struct kitchen { bool b; quadruple q; opaque tag[7]; entry entries<4>; shape *shape; color colors[3]; unsigned u<>; };
//! struct tree { int value; tree *left; tree *right; };
//! ```

use proptest::collection::vec;
use proptest::prelude::*;
use sunrpc_xdr::{
    Array, Decode, DecodeError, Encode, EncodeError, FixedArray, FixedOpaque, Opaque, Optional,
    Quadruple, Reader, Sink, Small, Str,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Color {
    Red = 2,
    Green = 3,
    Blue = -5,
}

impl Encode for Color {
    fn encode<S: Sink + ?Sized>(&self, to: &mut S) -> Result<(), EncodeError> {
        to.put(&(*self as i32))
    }
}

impl<'de> Decode<'de> for Color {
    const MIN_LEN: usize = 4;
    fn decode(from: &mut Reader<'de>) -> Result<Self, DecodeError> {
        match from.get::<i32>()? {
            2 => Ok(Self::Red),
            3 => Ok(Self::Green),
            -5 => Ok(Self::Blue),
            other => Err(from.invalid_enum("color", other)),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) size: u64,
    pub(crate) rank: i16,
}

impl Encode for Entry {
    fn encode<S: Sink + ?Sized>(&self, to: &mut S) -> Result<(), EncodeError> {
        to.put_as::<Str<16>, _>(&self.name)?;
        to.put(&self.size)?;
        to.put_as::<Small, _>(&self.rank)
    }
}

impl<'de> Decode<'de> for Entry {
    const MIN_LEN: usize = 16;
    fn decode(from: &mut Reader<'de>) -> Result<Self, DecodeError> {
        Ok(Self {
            name: from.get_as::<Str<16>, _>()?,
            size: from.get()?,
            rank: from.get_as::<Small, _>()?,
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Red(Entry),
    Green(Vec<u8>),
    Default(Color),
}

impl Encode for Shape {
    fn encode<S: Sink + ?Sized>(&self, to: &mut S) -> Result<(), EncodeError> {
        match self {
            Self::Red(entry) => {
                to.put(&Color::Red)?;
                to.put(entry)
            }
            Self::Green(blob) => {
                to.put(&Color::Green)?;
                to.put_as::<Opaque<9>, _>(blob)
            }
            Self::Default(Color::Red | Color::Green) => Err(EncodeError::discriminant("shape")),
            Self::Default(color) => to.put(color),
        }
    }
}

impl<'de> Decode<'de> for Shape {
    const MIN_LEN: usize = 4;
    fn decode(from: &mut Reader<'de>) -> Result<Self, DecodeError> {
        match from.get::<Color>()? {
            Color::Red => from.get().map(Self::Red),
            Color::Green => from.get_as::<Opaque<9>, _>().map(Self::Green),
            color => Ok(Self::Default(color)),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Kitchen {
    pub(crate) b: bool,
    pub(crate) q: Quadruple,
    pub(crate) tag: [u8; 7],
    pub(crate) entries: Vec<Entry>,
    pub(crate) shape: Option<Shape>,
    pub(crate) colors: [Color; 3],
    pub(crate) u: Vec<u32>,
}

impl Encode for Kitchen {
    fn encode<S: Sink + ?Sized>(&self, to: &mut S) -> Result<(), EncodeError> {
        to.put(&self.b)?;
        to.put(&self.q)?;
        to.put_as::<FixedOpaque<7>, _>(&self.tag)?;
        to.put_as::<Array<Entry, 4>, _>(&self.entries)?;
        to.put_as::<Optional<Shape>, _>(&self.shape)?;
        to.put_as::<FixedArray<Color, 3>, _>(&self.colors)?;
        to.put_as::<Array<u32>, _>(&self.u)
    }
}

impl<'de> Decode<'de> for Kitchen {
    const MIN_LEN: usize = 52;
    fn decode(from: &mut Reader<'de>) -> Result<Self, DecodeError> {
        Ok(Self {
            b: from.get()?,
            q: from.get()?,
            tag: from.get_as::<FixedOpaque<7>, _>()?,
            entries: from.get_as::<Array<Entry, 4>, _>()?,
            shape: from.get_as::<Optional<Shape>, _>()?,
            colors: from.get_as::<FixedArray<Color, 3>, _>()?,
            u: from.get_as::<Array<u32>, _>()?,
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tree {
    pub(crate) value: i32,
    pub(crate) left: Option<Box<Tree>>,
    pub(crate) right: Option<Box<Tree>>,
}

impl Encode for Tree {
    fn encode<S: Sink + ?Sized>(&self, to: &mut S) -> Result<(), EncodeError> {
        to.put(&self.value)?;
        to.put_as::<Optional<Box<Tree>>, _>(&self.left)?;
        to.put_as::<Optional<Box<Tree>>, _>(&self.right)
    }
}

impl<'de> Decode<'de> for Tree {
    const MIN_LEN: usize = 12;
    fn decode(from: &mut Reader<'de>) -> Result<Self, DecodeError> {
        from.nested(|from| {
            Ok(Self {
                value: from.get()?,
                left: from.get_as::<Optional<Box<Tree>>, _>()?,
                right: from.get_as::<Optional<Box<Tree>>, _>()?,
            })
        })
    }
}

/// Text of at most `max` bytes, of characters that take one to four bytes each.
pub(crate) fn text(max: usize) -> impl Strategy<Value = String> {
    let chars = prop_oneof![
        4 => proptest::char::range(' ', '~'),
        1 => Just('\0'),
        1 => proptest::char::any(),
    ];
    vec(chars, 0..=max).prop_map(move |chars| {
        let mut text = String::new();
        for c in chars {
            if text.len() + c.len_utf8() <= max {
                text.push(c);
            }
        }
        text
    })
}

pub(crate) fn bytes(max: usize) -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..=max)
}

pub(crate) fn color() -> impl Strategy<Value = Color> {
    prop_oneof![Just(Color::Red), Just(Color::Green), Just(Color::Blue)]
}

pub(crate) fn entry() -> impl Strategy<Value = Entry> {
    (text(16), any::<u64>(), any::<i16>()).prop_map(|(name, size, rank)| Entry { name, size, rank })
}

pub(crate) fn shape() -> impl Strategy<Value = Shape> {
    prop_oneof![
        entry().prop_map(Shape::Red),
        bytes(9).prop_map(Shape::Green),
        Just(Shape::Default(Color::Blue)),
    ]
}

pub(crate) fn kitchen() -> impl Strategy<Value = Kitchen> {
    let first = (any::<bool>(), any::<[u8; 16]>(), any::<[u8; 7]>(), vec(entry(), 0..=4));
    let second =
        (proptest::option::of(shape()), [color(), color(), color()], vec(any::<u32>(), 0..9));
    (first, second).prop_map(|((b, q, tag, entries), (shape, colors, u))| Kitchen {
        b,
        q: Quadruple(q),
        tag,
        entries,
        shape,
        colors,
        u,
    })
}

pub(crate) fn tree() -> impl Strategy<Value = Tree> {
    let leaf = any::<i32>().prop_map(|value| Tree { value, left: None, right: None });
    leaf.prop_recursive(8, 40, 2, |inner| {
        let child = proptest::option::of(inner.prop_map(Box::new)).boxed();
        (any::<i32>(), child.clone(), child).prop_map(|(value, left, right)| Tree {
            value,
            left,
            right,
        })
    })
}
