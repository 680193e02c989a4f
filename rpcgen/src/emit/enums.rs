//! Enums.

use super::Context;
use super::docs::Docs;
use super::layout::{Out, fits};
use crate::model::{Member, TypeDef};

/// `#[repr(i32)] enum`, its conversions and its codec.
pub(super) fn enumeration(context: &Context<'_>, def: &TypeDef, members: &[Member], out: &mut Out) {
    let variants: Vec<&Member> = members.iter().filter(|member| member.same_as.is_none()).collect();
    out.blank();
    context.item_docs(out, 0, &Docs::of_type(def, "enum"));
    let derives = ["Debug", "Clone", "Copy", "PartialEq", "Eq", "PartialOrd", "Ord", "Hash"];
    context.attributes(out, def, &derives);
    out.line(0, "#[repr(i32)]");
    allow_names(out, &def.rust, variants.iter().map(|member| member.rust.as_str()));
    out.pieces(0, &["pub enum ", &def.rust, " {"]);
    for member in &variants {
        context.part_docs(out, 4, &member.doc, &format!("{} = {}", member.name, member.value));
        context.alias(out, 4, &member.name, &member.rust);
        out.line(4, &format!("{} = {},", member.rust, member.value));
    }
    out.line(0, "}");
    aliases(context, def, members, out);
    from_number(def, &variants, out);
    codec(context, def, out);
}

/// Members whose value another has already.
fn aliases(context: &Context<'_>, def: &TypeDef, members: &[Member], out: &mut Out) {
    let same: Vec<(&Member, &Member)> =
        members.iter().filter_map(|member| Some((member, members.get(member.same_as?)?))).collect();
    if same.is_empty() {
        return;
    }
    out.blank();
    context.allow_style(out);
    out.pieces(0, &["impl ", &def.rust, " {"]);
    for (member, first) in same {
        context.part_docs(out, 4, &member.doc, &format!("{} = {}", member.name, member.value));
        context.alias(out, 4, &member.name, &member.rust);
        out.pieces(4, &["pub const ", &member.rust, ": Self = Self::", &first.rust, ";"]);
    }
    out.line(0, "}");
}

fn from_number(def: &TypeDef, variants: &[&Member], out: &mut Out) {
    let name = &def.rust;
    out.blank();
    out.impl_head("impl TryFrom<i32>", name);
    out.line(4, "type Error = i32;");
    out.blank();
    out.line(4, "fn try_from(value: i32) -> Result<Self, i32> {");
    out.line(8, "match value {");
    for member in variants {
        out.line(12, &format!("{} => Ok(Self::{}),", member.value, member.rust));
    }
    out.line(12, "other => Err(other),");
    out.line(8, "}");
    out.line(4, "}");
    out.line(0, "}");
    out.blank();
    out.impl_head(&format!("impl From<{name}>"), "i32");
    out.pieces(4, &["fn from(value: ", name, ") -> Self {"]);
    out.line(8, "value as Self");
    out.line(4, "}");
    out.line(0, "}");
}

fn codec(context: &Context<'_>, def: &TypeDef, out: &mut Out) {
    context.encode_head(out, &def.rust, "");
    out.line(8, "to.put(&i32::from(*self))");
    context.codec_end(out);
    context.decode_head(out, &def.rust, 4);
    out.line(8, "let value = from.get::<i32>()?;");
    let call = format!("from.invalid_enum(\"{}\", value)", def.name);
    let whole = format!("Self::try_from(value).map_err(|value| {call})");
    let broken = format!(".map_err(|value| {call})");
    if fits(8, &[&whole]) {
        out.line(8, &whole);
    } else if fits(12, &[&broken]) {
        out.line(8, "Self::try_from(value)");
        out.line(12, &broken);
    } else {
        out.line(8, "Self::try_from(value).map_err(|value| {");
        out.line(12, &call);
        out.line(8, "})");
    }
    context.codec_end(out);
}

/// Names that share a word are as the text has them.
pub(super) fn allow_names<'a>(out: &mut Out, name: &str, variants: impl Iterator<Item = &'a str>) {
    let variants: Vec<&str> = variants.collect();
    if share_a_word(name, &variants) {
        out.line(0, "#[allow(clippy::enum_variant_names)]");
    }
}

fn share_a_word(name: &str, variants: &[&str]) -> bool {
    let Some(first) = variants.first() else { return false };
    let start = first_word(first);
    let end = last_word(first);
    let many = variants.len() >= 3;
    let starts = many && variants.iter().all(|variant| first_word(variant) == start);
    let ends = many && variants.iter().all(|variant| last_word(variant) == end);
    // Clippy also looks for the enum's own name in each variant.
    starts
        || ends
        || variants.iter().any(|variant| variant.starts_with(name) || variant.ends_with(name))
}

fn first_word(name: &str) -> &str {
    let end = name
        .char_indices()
        .skip(1)
        .find(|(_, c)| c.is_ascii_uppercase())
        .map_or(name.len(), |(at, _)| at);
    name.get(..end).unwrap_or(name)
}

fn last_word(name: &str) -> &str {
    let start = name.rfind(|c: char| c.is_ascii_uppercase()).unwrap_or(0);
    name.get(start..).unwrap_or(name)
}
