//! What the parser makes of a file: the text's shape, names not yet resolved.

use crate::number::Radix;
pub(crate) use crate::schema::Plain;
use crate::source::Span;

/// A name and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Ident {
    pub(crate) name: String,
    pub(crate) span: Span,
}

/// The comments that belong to something, in order.
pub(crate) type Doc = Vec<Span>;

/// A definition at the top of a file.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) kind: ItemKind,
    /// Where its text begins, a macro's body included: tells apart what is the same by `span`.
    pub(crate) origin: Span,
    pub(crate) span: Span,
    pub(crate) doc: Doc,
}

#[derive(Debug, Clone)]
pub(crate) enum ItemKind {
    Const { name: Ident, value: Expr },
    Enum { name: Ident, body: Vec<Member> },
    Struct { name: Ident, body: Vec<Declaration>, optional: bool },
    Union { name: Ident, body: Box<UnionBody> },
    Typedef(Declaration),
    Program(Program),
}

/// A member of an enum; without a value it is one more than the member before.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) name: Ident,
    pub(crate) value: Option<Expr>,
    pub(crate) doc: Doc,
}

#[derive(Debug, Clone)]
pub(crate) struct UnionBody {
    pub(crate) discriminant: Declaration,
    pub(crate) arms: Vec<Arm>,
}

/// `case A: case B: T x;`
#[derive(Debug, Clone)]
pub(crate) struct Arm {
    pub(crate) labels: Vec<ArmLabel>,
    pub(crate) body: Declaration,
}

#[derive(Debug, Clone)]
pub(crate) enum ArmLabel {
    Case(Expr, Doc),
    Default(Span, Doc),
}

/// `T *name[N]` and its kin: a field, an arm, a typedef, an argument.
#[derive(Debug, Clone)]
pub(crate) struct Declaration {
    pub(crate) ty: TypeSpec,
    pub(crate) pointer: Option<Span>,
    pub(crate) name: Option<Ident>,
    pub(crate) array: Option<Array>,
    pub(crate) span: Span,
    pub(crate) doc: Doc,
}

#[derive(Debug, Clone)]
pub(crate) enum Array {
    /// `[N]`
    Fixed(Expr),
    /// `<N>` or `<>`
    Variable(Option<Expr>),
}

/// A type as it is written.
#[derive(Debug, Clone)]
pub(crate) struct TypeSpec {
    pub(crate) kind: TypeKind,
    pub(crate) span: Span,
}

#[derive(Debug, Clone)]
pub(crate) enum TypeKind {
    Plain(Plain),
    Void,
    Text,
    Opaque,
    Named(Ident),
    Enum(Option<Ident>, Vec<Member>),
    Struct(Option<Ident>, Vec<Declaration>),
    Union(Option<Ident>, Box<UnionBody>),
}

#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub(crate) name: Ident,
    pub(crate) number: Expr,
    pub(crate) versions: Vec<Version>,
}

#[derive(Debug, Clone)]
pub(crate) struct Version {
    pub(crate) name: Ident,
    pub(crate) number: Expr,
    pub(crate) procedures: Vec<Procedure>,
    pub(crate) span: Span,
    pub(crate) doc: Doc,
}

#[derive(Debug, Clone)]
pub(crate) struct Procedure {
    pub(crate) name: Ident,
    pub(crate) number: Expr,
    pub(crate) result: Declaration,
    /// Empty for `void`.
    pub(crate) arguments: Vec<Declaration>,
    pub(crate) span: Span,
    pub(crate) doc: Doc,
}

/// The value of a constant.
#[derive(Debug, Clone)]
pub(crate) struct Expr {
    pub(crate) kind: ExprKind,
    pub(crate) span: Span,
}

#[derive(Debug, Clone)]
pub(crate) enum ExprKind {
    Number(u64, Radix),
    Text(String),
    Name(String),
    Negative(Box<Expr>),
    Complement(Box<Expr>),
    Binary(Operator, Box<Expr>, Box<Expr>),
    /// Missing or wrong, which has been told.
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    ShiftLeft,
    ShiftRight,
    And,
    Or,
    Xor,
}
