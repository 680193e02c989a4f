//! What `rpcgen schema --json` says of a file.

use std::collections::HashMap;

use serde::Deserialize;

/// The types of a file, in the order of its text, and the arguments of its procedures.
#[derive(Debug)]
pub struct Schema {
    /// The types.
    pub types: Vec<TypeDef>,
    by_name: HashMap<String, usize>,
}

/// A type with a name.
#[derive(Debug, Deserialize)]
pub struct TypeDef {
    /// Its name in the text.
    pub name: String,
    /// Its name in Rust.
    pub rust: String,
    /// What it is.
    #[serde(flatten)]
    pub kind: Kind,
}

/// What a type with a name can be.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// An enum.
    Enum {
        /// Its members.
        members: Vec<Member>,
    },
    /// A struct.
    Struct {
        /// Its fields.
        fields: Vec<Field>,
        /// It is the node of a list: a pointer to the next one follows the fields in C.
        list_node: bool,
    },
    /// A union.
    Union {
        /// The type of the discriminant.
        discriminant: Ty,
        /// One for each label.
        arms: Vec<Arm>,
        /// What belongs to every other value.
        default: Option<DefaultArm>,
    },
    /// Another name.
    Typedef {
        /// For this.
        #[serde(rename = "type")]
        of: Ty,
    },
    /// The arguments of a procedure that has several: a struct that the text does not name.
    #[serde(skip)]
    Arguments {
        /// One for each.
        fields: Vec<Field>,
    },
    /// No type.
    Constant,
    /// No type, but procedures with arguments.
    Program {
        /// Its versions.
        versions: Vec<Version>,
    },
}

/// A version of a program.
#[derive(Debug, Deserialize)]
pub struct Version {
    number: u32,
    procedures: Vec<Procedure>,
}

#[derive(Debug, Deserialize)]
struct Procedure {
    name: String,
    arguments: Vec<Field>,
    /// The struct in Rust, where there are several.
    arguments_type: Option<String>,
}

/// A member of an enum.
#[derive(Debug, Deserialize)]
pub struct Member {
    /// Its value.
    pub value: i32,
}

/// A field of a struct, or an argument.
#[derive(Debug, Deserialize)]
pub struct Field {
    /// Its name; of an argument that in Rust.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: Ty,
}

/// An arm of a union.
#[derive(Debug, Deserialize)]
pub struct Arm {
    /// The label.
    pub value: Label,
    /// What follows it; `None` for void.
    #[serde(rename = "type")]
    pub ty: Option<Ty>,
}

/// The arm of all other values.
#[derive(Debug, Deserialize)]
pub struct DefaultArm {
    /// What follows; `None` for void.
    #[serde(rename = "type")]
    pub ty: Option<Ty>,
}

/// The value of a label.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(untagged)]
pub enum Label {
    /// Of a bool.
    Bool(bool),
    /// Of anything else.
    Number(i64),
}

impl Label {
    /// As it travels.
    #[must_use]
    pub fn number(self) -> i64 {
        match self {
            Self::Bool(value) => i64::from(value),
            Self::Number(value) => value,
        }
    }
}

/// A type as it is used.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(missing_docs, reason = "RFC 4506 says what they are")]
pub enum Ty {
    Int,
    #[serde(rename = "unsigned int")]
    Unsigned,
    Hyper,
    #[serde(rename = "unsigned hyper")]
    UnsignedHyper,
    Float,
    Double,
    Quadruple,
    Bool,
    Char,
    #[serde(rename = "unsigned char")]
    UnsignedChar,
    Short,
    #[serde(rename = "unsigned short")]
    UnsignedShort,
    String {
        max: Option<u32>,
    },
    Opaque {
        max: Option<u32>,
    },
    OpaqueFixed {
        length: u32,
    },
    Array {
        max: Option<u32>,
        of: Box<Ty>,
    },
    ArrayFixed {
        length: u32,
        in_vec: bool,
        of: Box<Ty>,
    },
    Optional {
        of: Box<Ty>,
    },
    List {
        of: Box<Ty>,
    },
    Named {
        name: String,
    },
    Extern {
        path: String,
    },
}

impl Schema {
    /// Reads the JSON.
    ///
    /// # Panics
    ///
    /// It is none of ours.
    #[must_use]
    pub fn read(json: &str) -> Self {
        #[derive(Deserialize)]
        struct File {
            items: Vec<TypeDef>,
        }
        let file: File = serde_json::from_str(json).expect("what rpcgen says");
        let is_type = |def: &TypeDef| !matches!(def.kind, Kind::Constant | Kind::Program { .. });
        let (mut types, others): (Vec<_>, Vec<_>) = file.items.into_iter().partition(is_type);
        types.extend(others.into_iter().flat_map(arguments));
        let by_name = types.iter().enumerate().map(|(at, def)| (def.name.clone(), at)).collect();
        Self { types, by_name }
    }

    /// The type of this name.
    ///
    /// # Panics
    ///
    /// There is none.
    #[must_use]
    pub fn get(&self, name: &str) -> &TypeDef {
        &self.types[self.by_name[name]]
    }

    /// The types that travel by themselves: the node of a list travels in lists only.
    pub fn roots(&self) -> impl Iterator<Item = &TypeDef> {
        self.types.iter().filter(|def| !def.is_list_node())
    }

    /// A type with the typedefs that stand before it taken away.
    #[must_use]
    pub fn resolved<'a>(&'a self, ty: &'a Ty) -> &'a Ty {
        let Ty::Named { name } = ty else { return ty };
        match &self.get(name).kind {
            Kind::Typedef { of } => self.resolved(of),
            _ => ty,
        }
    }
}

/// The arguments of each procedure of a program that has several, under the names that C's `rpcgen -N` gives them.
fn arguments(def: TypeDef) -> Vec<TypeDef> {
    let Kind::Program { versions } = def.kind else { return Vec::new() };
    let of = |number: u32, procedure: Procedure| {
        Some(TypeDef {
            name: format!("{}_{number}_argument", procedure.name.to_lowercase()),
            rust: procedure.arguments_type?,
            kind: Kind::Arguments { fields: procedure.arguments },
        })
    };
    let of_version = |version: Version| {
        version.procedures.into_iter().filter_map(move |one| of(version.number, one))
    };
    versions.into_iter().flat_map(of_version).collect()
}

impl TypeDef {
    /// Whether it holds the arguments of a procedure.
    #[must_use]
    pub fn is_arguments(&self) -> bool {
        matches!(self.kind, Kind::Arguments { .. })
    }

    /// Whether it is the node of a list.
    #[must_use]
    pub fn is_list_node(&self) -> bool {
        matches!(self.kind, Kind::Struct { list_node: true, .. })
    }
}
