//! How a type is written in Rust, and by which codec it travels.

use super::Context;
use crate::ast::Plain;
use crate::model::{Bound, Length, Ty, TypeKind};

impl Context<'_> {
    /// The type as Rust has it.
    pub(super) fn rust(&self, ty: &Ty) -> String {
        match ty {
            Ty::Plain(plain) => self.plain(*plain),
            Ty::Text(_) => "String".to_owned(),
            Ty::Opaque(_) => "Vec<u8>".to_owned(),
            Ty::FixedOpaque(length) if length.value > 32 => "Vec<u8>".to_owned(),
            Ty::FixedOpaque(length) => format!("[u8; {}]", self.size(length)),
            Ty::Shared(_) => format!("{}::bytes::Bytes", self.xdr),
            Ty::Array(of, _) | Ty::FixedArray { of, in_vec: true, .. } => {
                format!("Vec<{}>", self.rust(of))
            }
            Ty::FixedArray { of, length, .. } => {
                format!("[{}; {}]", self.rust(of), self.size(length))
            }
            Ty::Optional { of, boxed: true } => format!("Option<Box<{}>>", self.rust(of)),
            Ty::Optional { of, .. } => format!("Option<{}>", self.rust(of)),
            Ty::Boxed(id) => format!("Box<{}>", self.name(*id)),
            Ty::List(id) => format!("Vec<{}>", self.name(*id)),
            Ty::Named(id) => self.name(*id).to_owned(),
            Ty::Extern(path) => path.clone(),
        }
    }

    /// The type that borrows, where it has something to borrow: with `'a`, or with no name for its lifetime.
    pub(super) fn rust_borrowed(&self, ty: &Ty, is_named: bool) -> String {
        if !self.model.borrows(ty) {
            return self.rust(ty);
        }
        let (reference, generics) = if is_named { ("&'a ", "<'a>") } else { ("&", "<'_>") };
        let of_part = |of| self.rust_borrowed(of, is_named);
        let of_type = |id| {
            let def = self.model.def(id);
            format!("{}{generics}", def.and_then(|def| def.borrowed.as_deref()).unwrap_or(""))
        };
        match ty {
            Ty::Text(_) => format!("{reference}str"),
            Ty::Opaque(_) | Ty::FixedOpaque(_) => format!("{reference}[u8]"),
            Ty::Array(of, _) | Ty::FixedArray { of, in_vec: true, .. } => {
                format!("Vec<{}>", of_part(of))
            }
            Ty::FixedArray { of, length, .. } => {
                format!("[{}; {}]", of_part(of), self.size(length))
            }
            Ty::Optional { of, .. } => format!("Option<{}>", of_part(of)),
            Ty::List(id) => format!("Vec<{}>", of_type(*id)),
            Ty::Named(id) => of_type(*id),
            Ty::Plain(_) | Ty::Shared(_) | Ty::Boxed(_) | Ty::Extern(_) => self.rust(ty),
        }
    }

    /// The type of an argument of the server: `'a` is the name of its lifetime, or it has none.
    pub(super) fn rust_argument(&self, ty: &Ty, is_named: bool) -> String {
        match self.model.borrows_argument(ty) {
            true => self.rust_borrowed(ty, is_named),
            false => self.rust(ty),
        }
    }

    fn name(&self, id: usize) -> &str {
        self.model.def(id).map_or("", |def| &def.rust)
    }

    pub(super) fn plain(&self, plain: Plain) -> String {
        match plain {
            Plain::Quadruple => format!("{}::Quadruple", self.xdr),
            plain => primitive(plain).to_owned(),
        }
    }

    /// A length where Rust wants a `usize`.
    fn size(&self, length: &Length) -> String {
        match self.constant(length) {
            Some(name) => format!("{name} as usize"),
            None => length.value.to_string(),
        }
    }

    fn constant(&self, length: &Length) -> Option<&str> {
        self.model.constants.get(length.constant?).map(|constant| constant.rust.as_str())
    }

    /// A length as a generic argument, where a type of the constant's name would be meant first.
    fn number(&self, length: &Length) -> String {
        match self.constant(length) {
            None => length.value.to_string(),
            Some(name) if self.type_names.contains(name) => format!("{{ {name} }}"),
            Some(name) => name.to_owned(),
        }
    }

    /// Whether the type is its own codec.
    pub(super) fn is_own_codec(&self, ty: &Ty) -> bool {
        match self.model.resolved(ty) {
            Ty::Plain(plain) => !is_small(*plain),
            Ty::Named(_) | Ty::Extern(_) => true,
            _ => false,
        }
    }

    /// The codec, named in full.
    pub(super) fn codec(&self, ty: &Ty) -> String {
        let xdr = &self.xdr;
        match ty {
            Ty::Plain(plain) if is_small(*plain) => format!("{xdr}::Small"),
            Ty::Plain(_) | Ty::Extern(_) => self.rust(ty),
            Ty::Text(bound) => format!("{xdr}::Str{}", self.bound(bound)),
            Ty::Opaque(bound) => format!("{xdr}::Opaque{}", self.bound(bound)),
            Ty::FixedOpaque(length) => format!("{xdr}::FixedOpaque<{}>", self.number(length)),
            Ty::Shared(of) => self.codec(of),
            Ty::Array(of, None) => format!("{xdr}::Array<{}>", self.short_codec(of)),
            Ty::Array(of, Some(bound)) => {
                format!("{xdr}::Array<{}, {}>", self.short_codec(of), self.number(bound))
            }
            Ty::FixedArray { of, length, .. } => {
                format!("{xdr}::FixedArray<{}, {}>", self.short_codec(of), self.number(length))
            }
            Ty::Optional { of, boxed: true } => {
                format!("{xdr}::Optional<Box<{}>>", self.short_codec(of))
            }
            Ty::Optional { of, .. } => format!("{xdr}::Optional<{}>", self.short_codec(of)),
            Ty::Boxed(id) => format!("Box<{}>", self.codec(&Ty::Named(*id))),
            Ty::List(id) => format!("{xdr}::List<{}>", self.name(*id)),
            Ty::Named(id) => match self.model.def(*id).map(|def| &def.kind) {
                Some(TypeKind::Alias(of)) => self.codec(of),
                _ => self.name(*id).to_owned(),
            },
        }
    }

    fn bound(&self, bound: &Bound) -> String {
        bound.as_ref().map_or_else(String::new, |bound| format!("<{}>", self.number(bound)))
    }

    /// `put` or `put_as::<Codec, _>`
    pub(super) fn put(&self, ty: &Ty) -> String {
        if self.is_own_codec(ty) {
            "put".to_owned()
        } else {
            format!("put_as::<{}, _>", self.short_codec(ty))
        }
    }

    /// `get` or `get_as::<Codec, _>`
    pub(super) fn get(&self, ty: &Ty) -> String {
        if self.is_own_codec(ty) {
            "get".to_owned()
        } else {
            format!("get_as::<{}, _>", self.short_codec(ty))
        }
    }

    /// Whether values are passed rather than references.
    pub(super) fn is_scalar(&self, ty: &Ty) -> bool {
        match self.model.resolved(ty) {
            Ty::Plain(_) => true,
            Ty::Named(id) => {
                matches!(self.model.def(*id).map(|def| &def.kind), Some(TypeKind::Enum(_)))
            }
            _ => false,
        }
    }

    /// The type of an argument of the client, with this lifetime (`'a ` or nothing).
    pub(super) fn borrowed(&self, ty: &Ty, lifetime: &str) -> String {
        if self.is_scalar(ty) {
            return self.rust(ty);
        }
        match self.model.resolved(ty) {
            Ty::Text(_) => format!("&{lifetime}str"),
            Ty::Opaque(_) => format!("&{lifetime}[u8]"),
            Ty::FixedOpaque(length) if length.value > 32 => format!("&{lifetime}[u8]"),
            Ty::Array(of, _) | Ty::FixedArray { of, in_vec: true, .. } => {
                format!("&{lifetime}[{}]", self.rust(of))
            }
            Ty::List(id) => format!("&{lifetime}[{}]", self.name(*id)),
            _ => format!("&{lifetime}{}", self.rust(ty)),
        }
    }
}

pub(super) fn is_small(plain: Plain) -> bool {
    matches!(plain, Plain::Char | Plain::UnsignedChar | Plain::Short | Plain::UnsignedShort)
}

/// The name of a number type.
pub(super) fn primitive(plain: Plain) -> &'static str {
    match plain {
        Plain::Int => "i32",
        Plain::Unsigned => "u32",
        Plain::Hyper => "i64",
        Plain::UnsignedHyper => "u64",
        Plain::Float => "f32",
        Plain::Double | Plain::Quadruple => "f64",
        Plain::Bool => "bool",
        Plain::Char => "i8",
        Plain::UnsignedChar => "u8",
        Plain::Short => "i16",
        Plain::UnsignedShort => "u16",
    }
}
