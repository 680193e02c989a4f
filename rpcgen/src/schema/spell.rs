//! Types in the words of a `.x` file.

use super::{Schema, Type};

impl Schema {
    /// A type as a `.x` file would have it: `string<64>`, `entry *`, `int[4]`.
    #[must_use]
    pub fn spell(&self, ty: &Type) -> String {
        match ty {
            Type::Void => "void".to_owned(),
            Type::Plain(plain) => plain.name().to_owned(),
            Type::Text(max) => format!("string{}", at_most(*max)),
            Type::Opaque(max) => format!("opaque{}", at_most(*max)),
            Type::FixedOpaque(len) => format!("opaque[{len}]"),
            Type::Array(of, max) => format!("{}{}", self.spell(of), at_most(*max)),
            Type::FixedArray(of, len) => format!("{}[{len}]", self.spell(of)),
            Type::Optional(of) | Type::List(of) => format!("{} *", self.spell(of)),
            Type::Named(_) => self.definition(ty).map_or("", |def| &def.name).to_owned(),
            Type::Extern(path) => path.clone(),
        }
    }
}

fn at_most(max: u32) -> String {
    if max == u32::MAX { "<>".to_owned() } else { format!("<{max}>") }
}
