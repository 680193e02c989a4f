//! Constants and type aliases.

use super::Context;
use super::docs::Docs;
use super::layout::Out;
use crate::model::{Constant, Ty, TypeDef, Value};
use crate::number::Radix;

/// `pub const NAME: u32 = 5;`
pub(super) fn constant(context: &Context<'_>, constant: &Constant, out: &mut Out) {
    out.blank();
    let Constant { name, rust, doc, span, .. } = constant;
    context.item_docs(out, 0, &Docs { doc, span: *span, what: "constant", name, rust });
    let (ty, value) = match &constant.value {
        Value::Number(value) => (number_type(*value), number(*value, constant.radix)),
        Value::Text(text) => ("&str", format!("{text:?}")),
    };
    out.assignment(0, &format!("pub const {}: {ty}", constant.rust), &value);
}

/// The first of u32, i32, i64, u64 that has the value.
fn number_type(value: i128) -> &'static str {
    if u32::try_from(value).is_ok() {
        "u32"
    } else if i32::try_from(value).is_ok() {
        "i32"
    } else if i64::try_from(value).is_ok() {
        "i64"
    } else {
        "u64"
    }
}

/// A number as the text has it.
pub(super) fn number(value: i128, radix: Radix) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let value = value.unsigned_abs();
    match radix {
        Radix::Decimal => format!("{sign}{value}"),
        Radix::Hexadecimal => format!("{sign}0x{value:X}"),
        Radix::Octal => format!("{sign}0o{value:o}"),
    }
}

/// `pub type Name = String;`
pub(super) fn alias(context: &Context<'_>, def: &TypeDef, ty: &Ty, out: &mut Out) {
    out.blank();
    context.item_docs(out, 0, &Docs::of_type(def, "typedef"));
    out.assignment(0, &format!("pub type {}", def.rust), &context.rust(ty));
    if let Some(name) = &def.borrowed {
        out.blank();
        context.borrowed_docs(def, out);
        out.assignment(0, &format!("pub type {name}<'a>"), &context.rust_borrowed(ty, true));
    }
}
