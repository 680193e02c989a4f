//! How a type is named in the emitted Rust, and the codec of it: docs/GENERATED.md is the contract.

use crate::{
    corpus::File,
    schema::{Kind, Schema, Ty, TypeDef},
};

/// What stands for C's `struct netbuf`, which no `.x` file defines.
pub const NETBUF: &str = "crate::Netbuf";

const XDR: &str = "::sunrpc::xdr";

/// The type of a file in the crate of all files.
#[must_use]
pub fn path(file: &File, def: &TypeDef) -> String {
    format!("crate::{}::{}", file.module, def.rust)
}

/// A type of its own for a typedef that another file takes from a header.
#[must_use]
pub fn stand_in(file: &File, def: &TypeDef) -> String {
    format!("crate::stand_in::{}::{}", file.module, def.rust)
}

/// The file and the type that such a path names; `None` for [`NETBUF`].
#[must_use]
pub fn find<'a>(files: &'a [File], path: &str) -> Option<(&'a File, &'a TypeDef)> {
    let mut parts = path.rsplit("::");
    let (rust, module) = (parts.next()?, parts.next()?);
    let file = files.iter().find(|file| file.module == module)?;
    Some((file, file.schema.types.iter().find(|def| def.rust == rust)?))
}

/// The codec of a type with a name: the type itself unless it is a typedef.
#[must_use]
pub fn of(file: &File, def: &TypeDef) -> String {
    match &def.kind {
        Kind::Typedef { of } => codec(&file.module, &file.schema, of),
        _ => path(file, def),
    }
}

fn codec(module: &str, schema: &Schema, ty: &Ty) -> String {
    let of = |ty: &Ty| codec(module, schema, ty);
    match ty {
        Ty::Int => "i32".to_owned(),
        Ty::Unsigned => "u32".to_owned(),
        Ty::Hyper => "i64".to_owned(),
        Ty::UnsignedHyper => "u64".to_owned(),
        Ty::Float => "f32".to_owned(),
        Ty::Double => "f64".to_owned(),
        Ty::Quadruple => format!("{XDR}::Quadruple"),
        Ty::Bool => "bool".to_owned(),
        Ty::Char | Ty::UnsignedChar | Ty::Short | Ty::UnsignedShort => format!("{XDR}::Small"),
        Ty::String { max } => bounded("Str", None, *max),
        Ty::Opaque { max } => bounded("Opaque", None, *max),
        Ty::OpaqueFixed { length } => bounded("FixedOpaque", None, Some(*length)),
        Ty::Array { max, of: element } => bounded("Array", Some(of(element)), *max),
        Ty::ArrayFixed { length, of: element, .. } => {
            bounded("FixedArray", Some(of(element)), Some(*length))
        }
        Ty::Optional { of: element } => bounded("Optional", Some(of(element)), None),
        Ty::List { of: element } => bounded("List", Some(of(element)), None),
        Ty::Extern { path } => path.clone(),
        Ty::Named { name } => match &schema.get(name).kind {
            Kind::Typedef { of: other } => of(other),
            _ => format!("crate::{module}::{}", schema.get(name).rust),
        },
    }
}

fn bounded(name: &str, of: Option<String>, bound: Option<u32>) -> String {
    let arguments: Vec<String> =
        of.into_iter().chain(bound.map(|bound| bound.to_string())).collect();
    match arguments.join(", ").as_str() {
        "" => format!("{XDR}::{name}"),
        arguments => format!("{XDR}::{name}<{arguments}>"),
    }
}
