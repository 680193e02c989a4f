//! What a `.x` file says of the wire, without any Rust: for programs that call, serve or watch what they learn of when
//! they run.
//!
//! ```
//! let text = "program P { version V { string GREET(string<64>) = 1; } = 1; } = 7;";
//! let schema = sunrpc_rpcgen::Builder::new().schema_text("greet.x", text)?;
//! let program = &schema.programs[0];
//! let greet = &program.versions[0].procedures[0];
//! assert_eq!((program.number, greet.number), (7, 1));
//! assert_eq!(schema.spell(&greet.arguments[0].ty), "string<64>");
//! # Ok::<(), sunrpc_rpcgen::Error>(())
//! ```

mod read;
mod spell;

pub(crate) use read::read;

pub use crate::similar::closest;

/// A file's programs and types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// The programs, in the order of the text.
    pub programs: Vec<Program>,
    /// The types, of which [`Type::Named`] has the index.
    pub definitions: Vec<Definition>,
}

/// A program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Its name.
    pub name: String,
    /// Its number.
    pub number: u32,
    /// Its comment, without marks; empty where it has none.
    pub doc: String,
    /// Its versions, in the order of the text.
    pub versions: Vec<Version>,
}

/// A version of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its name.
    pub name: String,
    /// Its number.
    pub number: u32,
    /// Its comment.
    pub doc: String,
    /// Its procedures, in the order of the text.
    pub procedures: Vec<Procedure>,
}

/// A procedure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Procedure {
    /// Its name.
    pub name: String,
    /// Its number.
    pub number: u32,
    /// Its comment.
    pub doc: String,
    /// What it takes, one behind the other; none where it takes `void`.
    pub arguments: Vec<Argument>,
    /// What it answers.
    pub result: Type,
}

/// What a procedure takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// Its name; empty where it has none.
    pub name: String,
    /// Its type.
    pub ty: Type,
}

/// A type with a name. One that is defined within another has its name from there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// Its comment.
    pub doc: String,
    /// How the file defines it.
    pub text: String,
    /// What it is.
    pub kind: Kind,
}

/// What a [`Definition`] defines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// One of some numbers.
    Enum(Vec<Member>),
    /// Values one behind the other. The node of a list is without its pointer to the next.
    Struct(Vec<Field>),
    /// A number that says what is behind it.
    Union(Union),
    /// Another name of a type.
    Typedef(Type),
}

/// A member of an enum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its value, which a member before may have too.
    pub value: i32,
}

/// A field of a struct.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
}

/// What a union consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Union {
    /// The type of the number in front: a number, a bool or an enum, behind typedefs.
    pub discriminant: Type,
    /// Its arms, one for each label.
    pub arms: Vec<Arm>,
    /// What is behind every other number; `None` where no other number is allowed.
    pub default: Option<Type>,
}

/// What is behind one value of a union's discriminant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arm {
    /// The label: an enum's member, `TRUE` or `FALSE`, a constant, or a decimal number.
    pub name: String,
    /// Its value.
    pub value: i64,
    /// What is behind it.
    pub ty: Type,
}

/// A type as it is used. What has no bound has the greatest that there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// Nothing.
    Void,
    /// A number or a bool.
    Plain(Plain),
    /// Text of at most so many bytes.
    Text(u32),
    /// At most so many bytes.
    Opaque(u32),
    /// Exactly so many bytes.
    FixedOpaque(u32),
    /// At most so many of a type.
    Array(Box<Type>, u32),
    /// Exactly so many of a type.
    FixedArray(Box<Type>, u32),
    /// One or none.
    Optional(Box<Type>),
    /// Each preceded by TRUE, and FALSE at the end: what a `*next` makes of its structs.
    List(Box<Type>),
    /// One of [`Schema::definitions`].
    Named(usize),
    /// A type that [`Builder::extern_path`](crate::Builder::extern_path) says is Rust's, by its path.
    Extern(String),
}

/// The types that need no definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Plain {
    /// 32 bits with a sign.
    Int,
    /// 32 bits.
    Unsigned,
    /// 64 bits with a sign.
    Hyper,
    /// 64 bits.
    UnsignedHyper,
    /// Floating point of 32 bits.
    Float,
    /// Floating point of 64 bits.
    Double,
    /// Floating point of 128 bits.
    Quadruple,
    /// 0 or 1.
    Bool,
    /// 8 bits with a sign, which travel as an int.
    Char,
    /// 8 bits, which travel as an unsigned int.
    UnsignedChar,
    /// 16 bits with a sign, which travel as an int.
    Short,
    /// 16 bits, which travel as an unsigned int.
    UnsignedShort,
}

impl Plain {
    /// As a `.x` file has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Int => "int",
            Self::Unsigned => "unsigned int",
            Self::Hyper => "hyper",
            Self::UnsignedHyper => "unsigned hyper",
            Self::Float => "float",
            Self::Double => "double",
            Self::Quadruple => "quadruple",
            Self::Bool => "bool",
            Self::Char => "char",
            Self::UnsignedChar => "unsigned char",
            Self::Short => "short",
            Self::UnsignedShort => "unsigned short",
        }
    }
}

impl Schema {
    /// The definition that a type is the name of; `None` where it is no name.
    #[must_use]
    pub fn definition(&self, ty: &Type) -> Option<&Definition> {
        match ty {
            Type::Named(id) => self.definitions.get(*id),
            _ => None,
        }
    }

    /// The type behind typedefs: a name only where it is that of no typedef.
    #[must_use]
    pub fn resolved<'s>(&'s self, mut ty: &'s Type) -> &'s Type {
        // No typedef leads back to itself: that is an error of the file.
        while let Some(Kind::Typedef(of)) = self.definition(ty).map(|def| &def.kind) {
            ty = of;
        }
        ty
    }
}
