//! Structs, and what all types' codecs share.

use super::Context;
use super::borrowed::Form;
use super::docs::Docs;
use super::layout::{Out, fits};
use crate::model::{Field, Struct, Ty, TypeDef};

/// The struct and its codec, and the same of its twin that borrows.
pub(super) fn structure(context: &Context<'_>, def: &TypeDef, body: &Struct, out: &mut Out) {
    let facts = &def.facts;
    out.blank();
    context.item_docs(out, 0, &Docs::of_type(def, "struct"));
    let is_copy = facts.plain && facts.size <= 16 && !body.fields.is_empty();
    context.attributes(out, def, &derives(is_copy, facts.no_eq));
    definition(context, def, Form::owned(def), body, out);
    if let Some(form) = Form::borrowed(def) {
        out.blank();
        context.borrowed_docs(def, out);
        context.borrowed_attributes(out, form, &derives(false, facts.no_eq));
        definition(context, def, form, body, out);
        context.borrowed_codec(def, form, out);
        conversion(context, def, form, body, out);
    }
}

pub(super) fn derives(is_copy: bool, no_eq: bool) -> Vec<&'static str> {
    let mut out = vec!["Debug", "Clone"];
    out.extend(is_copy.then_some("Copy"));
    out.push("PartialEq");
    if !no_eq {
        out.extend(["Eq", "Hash"]);
    }
    out
}

fn definition(context: &Context<'_>, def: &TypeDef, form: Form<'_>, body: &Struct, out: &mut Out) {
    fields(context, form, body, out);
    encode(context, form, &body.fields, out);
    decode(context, def, form, &body.fields, out);
}

fn fields(context: &Context<'_>, form: Form<'_>, body: &Struct, out: &mut Out) {
    if body.fields.is_empty() {
        out.pieces(0, &["pub struct ", form.name, " {}"]);
        return;
    }
    out.pieces(0, &["pub struct ", &form.declared(), " {"]);
    for field in &body.fields {
        context.part_docs(out, 4, &field.doc, &context.one_line(field.span));
        context.alias(out, 4, &field.name, &field.rust);
        out.pieces(4, &["pub ", &field.rust, ": ", &form.rust(context, &field.ty), ","]);
    }
    out.line(0, "}");
}

fn encode(context: &Context<'_>, form: Form<'_>, fields: &[Field], out: &mut Out) {
    context.encode_head(out, form.name, form.elided());
    if fields.is_empty() {
        out.line(8, "let _ = to;");
        out.line(8, "Ok(())");
    }
    for (index, field) in fields.iter().enumerate() {
        let is_last = index.saturating_add(1) == fields.len();
        let value = format!("&self.{}", field.rust);
        let call = format!("to.{}", context.put(&field.ty));
        out.call(8, &call, &value, if is_last { "" } else { "?;" });
    }
    context.codec_end(out);
}

fn decode(context: &Context<'_>, def: &TypeDef, form: Form<'_>, fields: &[Field], out: &mut Out) {
    context.decode_head(out, &form.decoded(), def.facts.min_len);
    let parts: Vec<String> = fields
        .iter()
        .map(|field| format!("{}: from.{}()?", field.rust, context.get(&field.ty)))
        .collect();
    if fields.is_empty() {
        out.line(8, "let _ = from;");
        out.line(8, "Ok(Self {})");
    } else if def.facts.recursive {
        out.line(8, "from.nested(|from| {");
        out.literal(12, "Ok(Self", &parts, ")");
        out.line(8, "})");
    } else {
        out.literal(8, "Ok(Self", &parts, ")");
    }
    context.codec_end(out);
}

fn conversion(context: &Context<'_>, def: &TypeDef, form: Form<'_>, body: &Struct, out: &mut Out) {
    context.conversion_head(def, form, out);
    let part = |field: &Field| {
        let value = context.owned(&field.ty, format!("self.{}", field.rust));
        format!("{}: {value}", field.rust)
    };
    let parts: Vec<String> = body.fields.iter().map(part).collect();
    out.literal(8, &def.rust, &parts, "");
    context.conversion_end(def, form, out);
}

impl Context<'_> {
    /// Derives and the user's attributes, `derive`s among them joined with ours as rustfmt would.
    pub(super) fn attributes(&self, out: &mut Out, def: &TypeDef, derives: &[&str]) {
        let mut derives: Vec<&str> = derives.to_vec();
        if self.options.serde {
            derives.extend(["::serde::Serialize", "::serde::Deserialize"]);
        }
        self.attributes_of(out, &[".", &def.name], &derives);
    }

    /// These derives, and the attributes that the user gives one of these names.
    pub(super) fn attributes_of(&self, out: &mut Out, names: &[&str], derives: &[&str]) {
        let mut derives: Vec<String> = derives.iter().map(|name| (*name).to_owned()).collect();
        let given = self.options.type_attributes.iter();
        let given = given
            .filter(|(name, _)| names.contains(&name.as_str()))
            .map(|(_, attribute)| attribute.trim());
        let mut others: Vec<&str> = Vec::new();
        for attribute in given {
            match attribute.strip_prefix("#[derive(").and_then(|rest| rest.strip_suffix(")]")) {
                Some(names) => derives.extend(
                    names
                        .split(',')
                        .map(|name| name.trim().to_owned())
                        .filter(|name| !name.is_empty()),
                ),
                None => others.push(attribute),
            }
        }
        let mut seen = std::collections::HashSet::new();
        derives.retain(|name| seen.insert(name.clone()));
        out.derive(&derives);
        others.into_iter().for_each(|attribute| out.line(0, attribute));
    }

    /// Up to and with the head of `encode`; `generics` is `<'_>` or nothing.
    pub(super) fn encode_head(&self, out: &mut Out, name: &str, generics: &str) {
        let xdr = &self.xdr;
        out.blank();
        out.impl_head(&format!("impl {xdr}::Encode"), &format!("{name}{generics}"));
        let sink = self.sink;
        // Without this, a codec that several others use is called, not inlined, from other crates.
        out.line(4, "#[inline]");
        let head = format!("fn encode<{sink}: {xdr}::Sink + ?Sized>");
        let parameters = ["&self".to_owned(), format!("to: &mut {sink}")];
        out.signature(4, &head, &parameters, &format!(" -> Result<(), {xdr}::EncodeError> {{"));
    }

    /// Up to and with the head of `decode`.
    pub(super) fn decode_head(&self, out: &mut Out, name: &str, min_len: u32) {
        let xdr = &self.xdr;
        out.blank();
        out.impl_head(&format!("impl<'de> {xdr}::Decode<'de>"), name);
        out.line(4, &format!("const MIN_LEN: usize = {min_len};"));
        out.blank();
        let parameters = [format!("from: &mut {xdr}::Reader<'de>")];
        out.line(4, "#[inline]");
        out.signature(
            4,
            "fn decode",
            &parameters,
            &format!(" -> Result<Self, {xdr}::DecodeError> {{"),
        );
    }

    pub(super) fn codec_end(&self, out: &mut Out) {
        out.line(4, "}");
        out.line(0, "}");
    }

    /// `pattern => Ok(Self::Variant(from.get()?)),`
    pub(super) fn decode_arm(&self, out: &mut Out, pattern: &str, variant: &str, ty: Option<&Ty>) {
        let Some(ty) = ty else {
            out.arm(12, pattern, &format!("Ok(Self::{variant})"));
            return;
        };
        let get = format!("from.{}()?", self.get(ty));
        let value = format!("Self::{variant}({get})");
        if fits(12, &[pattern, " => Ok(", &value, "),"]) && value.len() <= 60 {
            out.pieces(12, &[pattern, " => Ok(", &value, "),"]);
            return;
        }
        out.pieces(12, &[pattern, " => {"]);
        out.assignment(16, "let value", &get);
        out.pieces(16, &["Ok(Self::", variant, "(value))"]);
        out.line(12, "}");
    }
}
