//! Unions.

use super::Context;
use super::borrowed::Form;
use super::docs::Docs;
use super::enums::allow_names;
use super::layout::{Out, fits};
use super::structs::derives;
use super::types::{is_small, primitive};
use crate::model::{Arm, DefaultArm, Switch, Ty, TypeDef, Union};
use crate::resolve::of_ty;

/// The enum with data and its codec, and the same of its twin that borrows.
pub(super) fn union(context: &Context<'_>, def: &TypeDef, body: &Union, out: &mut Out) {
    let derives = derives(false, def.facts.no_eq);
    out.blank();
    context.item_docs(out, 0, &Docs::of_type(def, "union"));
    context.attributes(out, def, &derives);
    Emitter { context, def, form: Form::owned(def), body }.definition(out);
    if let Some(form) = Form::borrowed(def) {
        let emitter = Emitter { context, def, form, body };
        out.blank();
        context.borrowed_docs(def, out);
        context.borrowed_attributes(out, form, &derives);
        emitter.definition(out);
        context.borrowed_codec(def, form, out);
        emitter.conversion(out);
    }
}

struct Emitter<'a> {
    context: &'a Context<'a>,
    def: &'a TypeDef,
    form: Form<'a>,
    body: &'a Union,
}

impl Emitter<'_> {
    fn definition(&self, out: &mut Out) {
        let names = self.body.arms.iter().map(|arm| arm.rust.as_str());
        let names = names.chain(self.body.default.iter().map(|arm| arm.rust.as_str()));
        allow_names(out, self.form.name, names);
        if self.is_lopsided() {
            out.line(0, "#[allow(clippy::large_enum_variant)]");
        }
        self.variants(out);
        self.encode(out);
        self.decode(out);
    }

    /// One variant is so much larger than the others that clippy would have it boxed.
    fn is_lopsided(&self) -> bool {
        let arms = self.body.arms.iter().map(|arm| arm.ty.as_ref());
        let arms = arms.chain(self.body.default.iter().map(|arm| arm.ty.as_ref()));
        let mut sizes: Vec<u32> =
            arms.map(|ty| ty.map_or(0, |ty| of_ty(self.context.model, ty).size)).collect();
        sizes.sort_unstable_by(|a, b| b.cmp(a));
        match sizes.as_slice() {
            // What is borrowed takes two thirds of what is owned, or as much.
            [largest, second, ..] if self.form.borrows => {
                largest.saturating_sub(second.saturating_mul(2) / 3) >= 120
            }
            [largest, second, ..] => largest.saturating_sub(*second) >= 120,
            _ => false,
        }
    }

    fn variants(&self, out: &mut Out) {
        let (context, form) = (self.context, self.form);
        out.pieces(0, &["pub enum ", &form.declared(), " {"]);
        for arm in &self.body.arms {
            let text = format!("case {}: {}", arm.label_text, context.one_line(arm.span));
            context.part_docs(out, 4, &arm.doc, &text);
            match &arm.ty {
                Some(ty) => out.pieces(4, &[&arm.rust, "(", &form.rust(context, ty), "),"]),
                None => out.pieces(4, &[&arm.rust, ","]),
            }
        }
        if let Some(arm) = &self.body.default {
            context.part_docs(
                out,
                4,
                &arm.doc,
                &format!("default: {}", context.one_line(arm.span)),
            );
            let tag = self.tag_type();
            match &arm.ty {
                Some(ty) => {
                    out.pieces(4, &[&arm.rust, "(", &tag, ", ", &form.rust(context, ty), "),"]);
                }
                None => out.pieces(4, &[&arm.rust, "(", &tag, "),"]),
            }
        }
        out.line(0, "}");
    }

    fn conversion(&self, out: &mut Out) {
        self.context.conversion_head(self.def, self.form, out);
        out.line(8, "match self {");
        for arm in &self.body.arms {
            self.owned_arm(&arm.rust, &[], arm.ty.as_ref(), out);
        }
        if let Some(arm) = &self.body.default {
            self.owned_arm(&arm.rust, &["discriminant"], arm.ty.as_ref(), out);
        }
        out.line(8, "}");
        self.context.conversion_end(self.def, self.form, out);
    }

    /// `Self::Variant(value) => Foo::Variant(owned(value)),`
    fn owned_arm(&self, variant: &str, before: &[&str], ty: Option<&Ty>, out: &mut Out) {
        let of = |value: Option<&str>| {
            let parts: Vec<&str> = before.iter().copied().chain(value).collect();
            if parts.is_empty() { String::new() } else { format!("({})", parts.join(", ")) }
        };
        let value = ty.map(|ty| self.context.owned(ty, "value".to_owned()));
        let pattern = format!("Self::{variant}{}", of(ty.map(|_| "value")));
        let parts = of(value.as_deref());
        let result = format!("{}::{variant}", self.def.rust);
        let is_wide = parts.len() > 60 || !fits(12, &[&pattern, " => ", &result, &parts, ","]);
        match value {
            // A call in a call is broken by other rules: it gets a line of its own.
            Some(value) if is_wide && value != "value" => {
                out.pieces(12, &[&pattern, " => {"]);
                out.assignment(16, "let value", &value);
                out.pieces(16, &[&result, &of(Some("value"))]);
                out.line(12, "}");
            }
            _ => out.arm(12, &pattern, &format!("{result}{parts}")),
        }
    }

    fn tag_type(&self) -> String {
        match self.body.switch {
            Switch::Enum(id) => self.context.rust(&Ty::Named(id)),
            Switch::Bool => "bool".to_owned(),
            Switch::Number(plain) => primitive(plain).to_owned(),
        }
    }

    fn is_small(&self) -> bool {
        matches!(self.body.switch, Switch::Number(plain) if is_small(plain))
    }

    /// The label as a pattern.
    fn pattern(&self, arm: &Arm) -> String {
        match self.body.switch {
            Switch::Bool => (arm.label != 0).to_string(),
            Switch::Number(_) => arm.label.to_string(),
            Switch::Enum(_) => format!("{}::{}", self.tag_type(), arm.rust),
        }
    }

    /// The label as a value with its type.
    fn value(&self, arm: &Arm) -> String {
        match self.body.switch {
            Switch::Number(plain) => format!("{}{}", arm.label, primitive(plain)),
            _ => self.pattern(arm),
        }
    }

    fn put_tag(&self) -> String {
        if self.is_small() {
            format!("put_as::<{}::Small, _>", self.context.xdr)
        } else {
            "put".to_owned()
        }
    }

    fn encode(&self, out: &mut Out) {
        self.context.encode_head(out, self.form.name, self.form.elided());
        out.line(8, "match self {");
        for arm in &self.body.arms {
            self.encode_arm(arm, out);
        }
        if let Some(arm) = &self.body.default {
            self.encode_default(arm, out);
        }
        out.line(8, "}");
        self.context.codec_end(out);
    }

    fn encode_arm(&self, arm: &Arm, out: &mut Out) {
        let tag = format!("to.{}(&{})", self.put_tag(), self.value(arm));
        match &arm.ty {
            None => out.arm(12, &format!("Self::{}", arm.rust), &tag),
            Some(ty) => {
                out.pieces(12, &["Self::", &arm.rust, "(value) => {"]);
                out.pieces(16, &[&tag, "?;"]);
                out.call(16, &format!("to.{}", self.context.put(ty)), "value", "");
                out.line(12, "}");
            }
        }
    }

    fn encode_default(&self, arm: &DefaultArm, out: &mut Out) {
        let binding = if arm.ty.is_some() { "(discriminant, value)" } else { "(discriminant)" };
        out.pieces(12, &["Self::", &arm.rust, binding, " => {"]);
        self.refuse_labels(out);
        let end = if arm.ty.is_some() { "?;" } else { "" };
        out.pieces(16, &["to.", &self.put_tag(), "(discriminant)", end]);
        if let Some(ty) = &arm.ty {
            out.call(16, &format!("to.{}", self.context.put(ty)), "value", "");
        }
        out.line(12, "}");
    }

    /// A default arm must not travel under the label of another.
    fn refuse_labels(&self, out: &mut Out) {
        let patterns = self.patterns();
        if patterns.is_empty() {
            return;
        }
        let joined = patterns.join(" | ");
        let arguments = format!("discriminant, {joined}");
        if let Switch::Bool = self.body.switch {
            out.pieces(16, &["if ", if joined == "true" { "" } else { "!" }, "*discriminant {"]);
        } else if arguments.len() <= 60 {
            out.pieces(16, &["if matches!(", &arguments, ") {"]);
        } else if fits(20, &[&joined, ","]) {
            out.line(16, "if matches!(");
            out.line(20, "discriminant,");
            out.line(20, &joined);
            out.line(16, ") {");
        } else {
            out.line(16, "if matches!(");
            out.line(20, "discriminant,");
            for (index, pattern) in patterns.iter().enumerate() {
                if index == 0 {
                    out.line(20, pattern);
                } else {
                    out.pieces(24, &["| ", pattern]);
                }
            }
            out.line(16, ") {");
        }
        let error = format!("{}::EncodeError::discriminant", self.context.xdr);
        let name = format!("\"{}\"", self.def.name);
        let inner = error.len().saturating_add(name.len()).saturating_add(2);
        if inner <= 60 && fits(20, &["return Err(", &error, "(", &name, "));"]) {
            out.pieces(20, &["return Err(", &error, "(", &name, "));"]);
        } else {
            out.pieces(20, &["return Err(", &error, "("]);
            out.pieces(24, &[&name, ","]);
            out.line(20, "));");
        }
        out.line(16, "}");
    }

    /// The labels' patterns, neighbouring numbers in ranges.
    fn patterns(&self) -> Vec<String> {
        if !matches!(self.body.switch, Switch::Number(_)) {
            return self.body.arms.iter().map(|arm| self.pattern(arm)).collect();
        }
        let mut labels: Vec<i64> = self.body.arms.iter().map(|arm| arm.label).collect();
        labels.sort_unstable();
        let mut ranges: Vec<(i64, i64)> = Vec::new();
        for label in labels {
            match ranges.last_mut() {
                Some((_, end)) if end.checked_add(1) == Some(label) => *end = label,
                _ => ranges.push((label, label)),
            }
        }
        ranges
            .into_iter()
            .flat_map(|(start, end)| match end.saturating_sub(start) {
                0 => vec![start.to_string()],
                1 => vec![start.to_string(), end.to_string()],
                _ => vec![format!("{start}..={end}")],
            })
            .collect()
    }

    fn decode(&self, out: &mut Out) {
        self.context.decode_head(out, &self.form.decoded(), self.def.facts.min_len);
        let ty = self.tag_type();
        let get = match self.is_small() {
            true => format!("from.get_as::<{}::Small, {ty}>()?", self.context.xdr),
            false => format!("from.get::<{ty}>()?"),
        };
        let nested = self.def.facts.recursive;
        if self.body.arms.is_empty() {
            self.decode_only_default(&get, nested, out);
        } else {
            let open = if nested { "from.nested(|from| match " } else { "match " };
            out.pieces(8, &[open, &get, " {"]);
            for arm in &self.body.arms {
                self.context.decode_arm(out, &self.pattern(arm), &arm.rust, arm.ty.as_ref());
            }
            self.decode_rest(out);
            out.line(8, if nested { "})" } else { "}" });
        }
        self.context.codec_end(out);
    }

    /// A union that always takes its default arm.
    fn decode_only_default(&self, get: &str, nested: bool, out: &mut Out) {
        let Some(arm) = &self.body.default else { return };
        let indent = if nested { 12 } else { 8 };
        if nested {
            out.line(8, "from.nested(|from| {");
        }
        out.pieces(indent, &["let discriminant = ", get, ";"]);
        match &arm.ty {
            None => out.pieces(indent, &["Ok(Self::", &arm.rust, "(discriminant))"]),
            Some(ty) => {
                let get = format!("from.{}()?", self.context.get(ty));
                out.assignment(indent, "let value", &get);
                out.pieces(indent, &["Ok(Self::", &arm.rust, "(discriminant, value))"]);
            }
        }
        if nested {
            out.line(8, "})");
        }
    }

    fn decode_rest(&self, out: &mut Out) {
        match &self.body.default {
            Some(DefaultArm { rust, ty: None, .. }) => {
                out.pieces(12, &["other => Ok(Self::", rust, "(other)),"])
            }
            Some(DefaultArm { rust, ty: Some(ty), .. }) => {
                let value = format!("Self::{rust}(other, from.{}()?)", self.context.get(ty));
                if fits(12, &["other => Ok(", &value, "),"]) && value.len() <= 60 {
                    out.pieces(12, &["other => Ok(", &value, "),"]);
                } else {
                    out.line(12, "other => {");
                    out.assignment(16, "let value", &format!("from.{}()?", self.context.get(ty)));
                    out.pieces(16, &["Ok(Self::", rust, "(other, value))"]);
                    out.line(12, "}");
                }
            }
            None if self.body.exhaustive => {}
            None => self.decode_refusal(out),
        }
    }

    fn decode_refusal(&self, out: &mut Out) {
        let name = format!("\"{}\"", self.def.name);
        let value = match self.body.switch {
            Switch::Enum(_) => "i64::from(i32::from(other))",
            Switch::Number(crate::ast::Plain::Hyper) => "other",
            _ => "i64::from(other)",
        };
        let call = format!("Err(from.invalid_discriminant({name}, {value}))");
        let arguments = name.len().saturating_add(2).saturating_add(value.len());
        if arguments > 60 {
            out.line(12, "other => Err(from.invalid_discriminant(");
            out.pieces(16, &[&name, ","]);
            out.pieces(16, &[value, ","]);
            out.line(12, ")),");
        } else {
            out.arm(12, "other", &call);
        }
    }
}
