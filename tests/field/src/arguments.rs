//! The arguments of procedures that take several. The structs that hold them are private to the emitted code, so the
//! peer's questions reach them by a function put behind it.

use std::fmt::Write as _;

use crate::{
    corpus::File,
    schema::{Field, Kind, Schema, Ty, TypeDef},
};

/// Functions that decode as the server does and encode as the client does, to be put behind what a file became.
#[must_use]
pub fn shims(file: &File) -> String {
    file.schema.types.iter().fold(String::new(), |mut text, def| {
        if let Kind::Arguments { fields } = &def.kind {
            text.push_str(&shim(&file.schema, def, fields));
        }
        text
    })
}

/// The function of one procedure.
#[must_use]
pub fn path(file: &File, def: &TypeDef) -> String {
    format!("{}::{}", file.module, function(&file.schema, def))
}

fn function(schema: &Schema, def: &TypeDef) -> String {
    let place = schema.types.iter().position(|other| std::ptr::eq(other, def));
    format!("arguments_{}", place.expect("one of the file"))
}

fn shim(schema: &Schema, def: &TypeDef, fields: &[Field]) -> String {
    let (function, owned) = (function(schema, def), &def.rust);
    let mut parts = String::new();
    for field in fields {
        let reference = if is_by_value(schema, &field.ty) { "" } else { "&" };
        let _ = writeln!(parts, "        r#{0}: {reference}read.r#{0},", field.name);
    }
    format!(
        "\npub(crate) fn {function}(bytes: &[u8]) -> crate::Answer {{\n    \
         let read = crate::decode::<{owned}, {owned}>(bytes)?;\n    \
         let written = {owned}Ref {{\n{parts}    }};\n    \
         Ok((bytes.len(), crate::encode::<{owned}Ref, _>(&written)?))\n}}\n"
    )
}

/// The client takes numbers and enums so.
fn is_by_value(schema: &Schema, ty: &Ty) -> bool {
    match schema.resolved(ty) {
        Ty::Named { name } => matches!(schema.get(name).kind, Kind::Enum { .. }),
        Ty::String { .. }
        | Ty::Opaque { .. }
        | Ty::OpaqueFixed { .. }
        | Ty::Array { .. }
        | Ty::ArrayFixed { .. }
        | Ty::Optional { .. }
        | Ty::List { .. }
        | Ty::Extern { .. } => false,
        _ => true,
    }
}
