//! The file with every name resolved: what the emitter and other tools read.

use crate::ast::{Doc, Plain};
use crate::number::Radix;
use crate::source::Span;

/// A type of [`Model::types`].
pub(crate) type TypeId = usize;

#[derive(Debug, Default)]
pub(crate) struct Model {
    pub(crate) types: Vec<TypeDef>,
    pub(crate) constants: Vec<Constant>,
    pub(crate) programs: Vec<Program>,
    /// What to emit, in the order of the text.
    pub(crate) items: Vec<Item>,
    /// Text and opaque data that a procedure takes as such is borrowed too.
    pub(crate) borrows_plain: bool,
    /// For each type the one that its plain typedefs end at.
    ends: Vec<Ty>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Item {
    Constant(usize),
    Type(TypeId),
    Program(usize),
}

/// A `const`.
#[derive(Debug)]
pub(crate) struct Constant {
    pub(crate) name: String,
    pub(crate) rust: String,
    pub(crate) value: Value,
    /// How a number was written; decimal where it was computed.
    pub(crate) radix: Radix,
    pub(crate) doc: Doc,
    pub(crate) span: Span,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Number(i128),
    Text(String),
}

#[derive(Debug)]
pub(crate) struct TypeDef {
    pub(crate) name: String,
    pub(crate) rust: String,
    /// Its twin that borrows from its input, where the user wants one and it has something to borrow.
    pub(crate) borrowed: Option<String>,
    pub(crate) kind: TypeKind,
    pub(crate) doc: Doc,
    pub(crate) span: Span,
    pub(crate) facts: Facts,
}

#[derive(Debug)]
pub(crate) enum TypeKind {
    Enum(Vec<Member>),
    Struct(Struct),
    Union(Union),
    Alias(Ty),
}

/// What follows from a type's parts.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Facts {
    /// Least bytes on the wire; a part that leads back to a union by value may count for less.
    pub(crate) min_len: u32,
    /// A float or a foreign type is inside.
    pub(crate) no_eq: bool,
    /// Bytes in memory, roughly.
    pub(crate) size: u32,
    /// Plain numbers alone are inside.
    pub(crate) plain: bool,
    /// It can contain itself.
    pub(crate) recursive: bool,
    /// How many codecs stand within one another where the type is used.
    pub(crate) nesting: u32,
}

#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) rust: String,
    pub(crate) value: i32,
    /// The member before that has the same value.
    pub(crate) same_as: Option<usize>,
    pub(crate) doc: Doc,
}

#[derive(Debug)]
pub(crate) struct Struct {
    pub(crate) fields: Vec<Field>,
    /// It is a node of a list: this `*next` at its end became the list.
    pub(crate) next: Option<Field>,
}

#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) rust: String,
    pub(crate) ty: Ty,
    pub(crate) doc: Doc,
    pub(crate) span: Span,
}

#[derive(Debug)]
pub(crate) struct Union {
    pub(crate) discriminant: Ty,
    pub(crate) switch: Switch,
    pub(crate) arms: Vec<Arm>,
    /// Absent also where the arms leave nothing over.
    pub(crate) default: Option<DefaultArm>,
    /// Arms and default cover every value of the discriminant.
    pub(crate) exhaustive: bool,
}

/// The discriminant with its typedefs resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Switch {
    Bool,
    Enum(TypeId),
    Number(Plain),
}

/// One label of a union.
#[derive(Debug)]
pub(crate) struct Arm {
    pub(crate) label: i64,
    pub(crate) label_text: String,
    pub(crate) rust: String,
    pub(crate) ty: Option<Ty>,
    pub(crate) doc: Doc,
    pub(crate) span: Span,
}

#[derive(Debug)]
pub(crate) struct DefaultArm {
    pub(crate) rust: String,
    pub(crate) ty: Option<Ty>,
    pub(crate) doc: Doc,
    pub(crate) span: Span,
}

/// A type as it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ty {
    Plain(Plain),
    Text(Bound),
    Opaque(Bound),
    FixedOpaque(Length),
    /// The opaque data within, kept as a part of the message it came in.
    Shared(Box<Ty>),
    Array(Box<Ty>, Bound),
    FixedArray {
        of: Box<Ty>,
        length: Length,
        in_vec: bool,
    },
    Optional {
        of: Box<Ty>,
        boxed: bool,
    },
    /// A struct or union that leads back to the union which it is an arm of: without a pointer, so that the box is
    /// Rust's alone.
    Boxed(TypeId),
    /// A list of these nodes.
    List(TypeId),
    Named(TypeId),
    /// A Rust type the user supplies.
    Extern(String),
}

/// The most that `<N>` allows; `None` for `<>`.
pub(crate) type Bound = Option<Length>;

/// A number of elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Length {
    pub(crate) value: u32,
    /// The constant that gives it, an index of [`Model::constants`].
    pub(crate) constant: Option<usize>,
}

#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) name: NamedNumber,
    pub(crate) versions: Vec<Version>,
    pub(crate) doc: Doc,
    pub(crate) span: Span,
}

/// A number with a name in the text and a constant in Rust.
#[derive(Debug)]
pub(crate) struct NamedNumber {
    pub(crate) name: String,
    pub(crate) rust: String,
    pub(crate) value: u32,
    pub(crate) radix: Radix,
    /// The name in the text.
    #[cfg_attr(not(feature = "cli"), allow(dead_code))]
    pub(crate) span: Span,
    /// Another item has emitted the constant already.
    pub(crate) emitted: bool,
}

#[derive(Debug)]
pub(crate) struct Version {
    pub(crate) name: NamedNumber,
    /// `DaytimeV1`
    pub(crate) rust: String,
    pub(crate) server: String,
    pub(crate) client: String,
    pub(crate) procedures: Vec<Procedure>,
    pub(crate) doc: Doc,
    pub(crate) span: Span,
}

#[derive(Debug)]
pub(crate) struct Procedure {
    pub(crate) name: NamedNumber,
    /// The method.
    pub(crate) rust: String,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) result: Option<Ty>,
    /// Number 0 of void to void.
    pub(crate) is_null: bool,
    /// The struct that holds several arguments.
    pub(crate) arguments_type: String,
    pub(crate) doc: Doc,
    pub(crate) span: Span,
}

#[derive(Debug)]
pub(crate) struct Argument {
    /// Empty where it has none.
    pub(crate) name: String,
    pub(crate) rust: String,
    pub(crate) ty: Ty,
}

impl Program {
    /// The comments of a version; of the program where the version has none.
    pub(crate) fn doc_of<'a>(&'a self, version: &'a Version) -> &'a Doc {
        if version.doc.is_empty() { &self.doc } else { &version.doc }
    }
}

impl Model {
    /// The type behind plain typedefs and without its box: a name only where it is that of no typedef.
    pub(crate) fn resolved<'a>(&'a self, ty: &'a Ty) -> &'a Ty {
        let (Ty::Named(id) | Ty::Boxed(id)) = ty else { return ty };
        let Some(end @ Ty::Named(last)) = self.ends.get(*id) else { return ty };
        match self.types.get(*last).map(|def| &def.kind) {
            Some(TypeKind::Alias(of)) => of,
            _ => end,
        }
    }

    /// Follows every typedef to its end. To be called once, when all types are there.
    pub(crate) fn follow_typedefs(&mut self) {
        let next = |id: TypeId| match self.types.get(id).map(|def| &def.kind) {
            Some(TypeKind::Alias(Ty::Named(of))) => Some(*of),
            _ => None,
        };
        let mut ends: Vec<Option<TypeId>> = vec![None; self.types.len()];
        for start in 0..self.types.len() {
            let mut path = vec![start];
            let mut at = start;
            // A circle, refused later, ends where it began.
            while let Some(of) = next(at).filter(|of| ends.get(at) == Some(&None) && *of != start) {
                path.push(of);
                at = of;
                if path.len() > self.types.len() {
                    break;
                }
            }
            let end = ends.get(at).copied().flatten().unwrap_or(at);
            for id in path {
                if let Some(slot) = ends.get_mut(id) {
                    *slot = Some(end);
                }
            }
        }
        self.ends =
            ends.into_iter().enumerate().map(|(id, end)| Ty::Named(end.unwrap_or(id))).collect();
    }

    pub(crate) fn def(&self, id: TypeId) -> Option<&TypeDef> {
        self.types.get(id)
    }
}
