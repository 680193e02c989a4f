//! Which types `serde_xdr` can do.

use crate::{
    codec,
    corpus::File,
    schema::{Kind, Schema, Ty, TypeDef},
};

/// Whether `serde_xdr` writes this type as RFC 4506 has it.
///
/// serde does not tell it enough of bytes (`Vec<u8>` is a sequence of numbers), of fixed arrays in a `Vec`, and of
/// lists; it writes an enum's member and a union's arm by their place, whatever their value is.
#[must_use]
pub fn supports(files: &[File], file: &File, def: &TypeDef) -> bool {
    Question { files, under_way: Vec::new() }.def(&file.schema, def)
}

struct Question<'a> {
    files: &'a [File],
    /// What is being looked at: within itself a type is no obstacle.
    under_way: Vec<*const TypeDef>,
}

impl Question<'_> {
    fn def(&mut self, schema: &Schema, def: &TypeDef) -> bool {
        let this = std::ptr::from_ref(def);
        if self.under_way.contains(&this) {
            return true;
        }
        self.under_way.push(this);
        let supported = match &def.kind {
            Kind::Enum { members } => in_order(members.iter().map(|one| i64::from(one.value))),
            Kind::Struct { fields, .. } => fields.iter().all(|field| self.ty(schema, &field.ty)),
            Kind::Union { arms, default, .. } => {
                default.is_none()
                    && in_order(arms.iter().map(|arm| arm.value.number()))
                    && arms.iter().flat_map(|arm| &arm.ty).all(|ty| self.ty(schema, ty))
            }
            Kind::Typedef { of } => self.ty(schema, of),
            Kind::Arguments { .. } | Kind::Constant | Kind::Program { .. } => false,
        };
        self.under_way.pop();
        supported
    }

    fn ty(&mut self, schema: &Schema, ty: &Ty) -> bool {
        match ty {
            Ty::Quadruple | Ty::Opaque { .. } | Ty::OpaqueFixed { .. } | Ty::List { .. } => false,
            Ty::ArrayFixed { in_vec, of, .. } => !in_vec && self.ty(schema, of),
            Ty::Array { of, .. } | Ty::Optional { of } => self.ty(schema, of),
            Ty::Named { name } => self.def(schema, schema.get(name)),
            Ty::Extern { path } => {
                let files = self.files;
                codec::find(files, path).is_some_and(|(file, def)| self.def(&file.schema, def))
            }
            _ => true,
        }
    }
}

/// 0, 1, 2, …: the place is the value.
fn in_order(values: impl Iterator<Item = i64>) -> bool {
    (0..).zip(values).all(|(place, value)| place == value)
}
