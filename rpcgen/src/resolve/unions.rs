//! Unions: what each value of the discriminant selects.

use std::collections::{HashMap, HashSet};

use super::collect::RawBody;
use super::lower::Lowerer;
use crate::ast::{self, ArmLabel, Declaration, Expr, Plain, TypeKind, UnionBody};
use crate::diag::Diagnostic;
use crate::model::{Arm, DefaultArm, Switch, Ty, Union, Value};
use crate::source::Span;

/// Lowers a union; a broken discriminant is reported and taken for an int.
pub(super) fn lower(lowerer: &mut Lowerer<'_>, body: &UnionBody, name: &str) -> Union {
    let discriminant = lowerer.ty(&body.discriminant);
    let switch = switch(lowerer, &body.discriminant).unwrap_or_else(|| {
        report_discriminant(lowerer, &body.discriminant);
        Switch::Number(Plain::Int)
    });
    let (members, all_known) = members(lowerer, switch);
    let mut lowering = Lowering {
        lowerer,
        switch,
        name,
        arms: Vec::new(),
        default: None,
        seen: HashMap::new(),
        at_default: None,
        members,
        all_known,
        unknown_label: false,
    };
    body.arms.iter().for_each(|arm| lowering.arm(arm));
    lowering.check_arms(body);
    let covered = lowering.covers_all();
    let (arms, default) = (lowering.arms, lowering.default.filter(|_| !covered));
    let exhaustive = covered || default.is_some();
    Union { discriminant, switch, arms, default, exhaustive }
}

fn report_discriminant(lowerer: &mut Lowerer<'_>, declaration: &Declaration) {
    lowerer.diagnostics.push(
        Diagnostic::error(
            "X230",
            "a union's discriminant must be an int, an unsigned, an enum or a bool",
        )
        .at(declaration.span, "this is none of them"),
    );
}

/// Typedefs of typedefs that a discriminant is looked for behind.
const MAX_TYPEDEFS: usize = 1000;

/// What the discriminant is behind its typedefs; `None` where it is unfit.
fn switch(lowerer: &mut Lowerer<'_>, declaration: &Declaration) -> Option<Switch> {
    let mut declaration = declaration;
    // A circle of typedefs is reported elsewhere; this only must end.
    for _ in 0..MAX_TYPEDEFS {
        if declaration.pointer.is_some() || declaration.array.is_some() {
            return None;
        }
        let id = match &declaration.ty.kind {
            TypeKind::Plain(plain) => return number_or_bool(*plain),
            TypeKind::Named(name) => match lowerer.collected.named(&name.name) {
                Some(id) => id,
                // A type that is not defined is reported as such.
                None => return number_of(&lowerer.ty(declaration)),
            },
            _ => lowerer.collected.inline(&declaration.ty)?,
        };
        match &lowerer.collected.types.get(id)?.body {
            RawBody::Enum(_) => return Some(Switch::Enum(id)),
            RawBody::Alias(of) => declaration = of,
            _ => return None,
        }
    }
    None
}

fn number_of(ty: &Ty) -> Option<Switch> {
    match ty {
        Ty::Plain(plain) => number_or_bool(*plain),
        _ => None,
    }
}

fn number_or_bool(plain: Plain) -> Option<Switch> {
    match plain {
        Plain::Bool => Some(Switch::Bool),
        Plain::Float | Plain::Double | Plain::Quadruple | Plain::UnsignedHyper => None,
        _ => Some(Switch::Number(plain)),
    }
}

struct Lowering<'a, 'l> {
    lowerer: &'a mut Lowerer<'l>,
    switch: Switch,
    name: &'a str,
    arms: Vec<Arm>,
    default: Option<DefaultArm>,
    seen: HashMap<i64, Span>,
    at_default: Option<Span>,
    members: HashSet<i64>,
    all_known: bool,
    /// A label has no value: that is reported as such.
    unknown_label: bool,
}

impl Lowering<'_, '_> {
    fn arm(&mut self, arm: &ast::Arm) {
        let is_void = matches!(arm.body.ty.kind, TypeKind::Void);
        let ty = (!is_void).then(|| self.lowerer.ty(&arm.body));
        for label in &arm.labels {
            match label {
                ArmLabel::Case(expr, doc) => {
                    let doc = doc.iter().chain(&arm.body.doc).copied().collect();
                    self.case(expr, ty.clone(), doc, arm.body.span);
                }
                ArmLabel::Default(span, doc) => {
                    let doc = doc.iter().chain(&arm.body.doc).copied().collect();
                    self.set_default(
                        *span,
                        DefaultArm {
                            rust: String::new(),
                            ty: ty.clone(),
                            doc,
                            span: arm.body.span,
                        },
                    );
                }
            }
        }
    }

    fn set_default(&mut self, span: Span, arm: DefaultArm) {
        match self.at_default {
            Some(first) => self.lowerer.diagnostics.push(
                Diagnostic::error(
                    "X231",
                    format!("the union `{}` has two default arms", self.name),
                )
                .at(span, "again here")
                .at(first, "first here"),
            ),
            None => (self.at_default, self.default) = (Some(span), Some(arm)),
        }
    }

    fn case(&mut self, expr: &Expr, ty: Option<Ty>, doc: ast::Doc, span: Span) {
        let Some(label) = self.label(expr) else { return };
        let label_text = self.lowerer.sources.text(expr.span).trim().to_owned();
        if let Some(first) = self.seen.insert(label, expr.span) {
            self.lowerer.diagnostics.push(
                Diagnostic::error(
                    "X232",
                    format!("the union `{}` has two arms for `{label_text}`", self.name),
                )
                .at(expr.span, "again here")
                .at(first, "first here"),
            );
            return;
        }
        self.arms.push(Arm { label, label_text, rust: String::new(), ty, doc, span });
    }

    /// The value of a label, where it is one that the discriminant can have.
    fn label(&mut self, expr: &Expr) -> Option<i64> {
        let value = match self.lowerer.constants.eval(expr, self.lowerer.diagnostics) {
            Some(Value::Number(value)) => value,
            None => {
                self.unknown_label = true;
                return None;
            }
            Some(Value::Text(_)) => {
                self.lowerer.diagnostics.push(
                    Diagnostic::error("X213", "a number is expected here")
                        .at(expr.span, "this is a text"),
                );
                return None;
            }
        };
        let (fits, what) = match self.switch {
            Switch::Bool => ((0..=1).contains(&value), "TRUE or FALSE"),
            Switch::Enum(_) => return self.member(value, expr),
            Switch::Number(plain) => (fits(plain, value), "in the discriminant's range"),
        };
        if !fits {
            self.lowerer.diagnostics.push(
                Diagnostic::error("X233", format!("the discriminant can't be {value}"))
                    .at(expr.span, format!("a label must be {what}")),
            );
        }
        i64::try_from(value).ok().filter(|_| fits)
    }

    /// C takes any number for a label; one that is no member can't arrive, so its arm is left out.
    fn member(&mut self, value: i128, expr: &Expr) -> Option<i64> {
        let Switch::Enum(id) = self.switch else { return None };
        let found = i64::try_from(value).ok().filter(|value| self.members.contains(value));
        if found.is_none() && self.all_known {
            let name = self.lowerer.collected.types.get(id).map_or("", |raw| &raw.name).to_owned();
            self.lowerer.diagnostics.push(
                Diagnostic::warning(
                    "X234",
                    format!("the enum `{name}` has no member of this value"),
                )
                .at(expr.span, format!("this is {value}: its arm is left out")),
            );
        }
        found
    }

    fn covers_all(&self) -> bool {
        match self.switch {
            Switch::Bool => self.arms.len() == 2,
            Switch::Enum(_) => {
                self.all_known && self.members.iter().all(|value| self.seen.contains_key(value))
            }
            Switch::Number(_) => false,
        }
    }

    /// A union of no arm has no value.
    fn check_arms(&mut self, body: &UnionBody) {
        if self.arms.is_empty()
            && self.default.is_none()
            && !body.arms.is_empty()
            && !self.unknown_label
            && !self.lowerer.diagnostics.has_errors()
        {
            self.lowerer.diagnostics.push(
                Diagnostic::error(
                    "X235",
                    format!("no arm of the union `{}` can be taken", self.name),
                )
                .at(body.discriminant.span, "no label is a value of this"),
            );
        }
    }
}

/// The values of the discriminant's enum, and whether all of them are known.
fn members(lowerer: &Lowerer<'_>, switch: Switch) -> (HashSet<i64>, bool) {
    let Switch::Enum(id) = switch else { return (HashSet::new(), false) };
    let Some(RawBody::Enum(members)) = lowerer.collected.types.get(id).map(|raw| &raw.body) else {
        return (HashSet::new(), false);
    };
    let values = (0..members.len()).map(|index| lowerer.constants.member(members, index));
    let fitting = |value| {
        i32::try_from(value).ok().or_else(|| u32::try_from(value).ok().map(u32::cast_signed))
    };
    let mut known = !members.is_empty();
    let mut out = HashSet::with_capacity(members.len());
    for value in values {
        match value.and_then(fitting) {
            Some(value) => drop(out.insert(i64::from(value))),
            None => known = false,
        }
    }
    (out, known)
}

fn fits(plain: Plain, value: i128) -> bool {
    let (least, most) = match plain {
        Plain::Unsigned => (0, i128::from(u32::MAX)),
        Plain::Hyper => (i128::from(i64::MIN), i128::from(i64::MAX)),
        Plain::Char => (i128::from(i8::MIN), i128::from(i8::MAX)),
        Plain::UnsignedChar => (0, i128::from(u8::MAX)),
        Plain::Short => (i128::from(i16::MIN), i128::from(i16::MAX)),
        Plain::UnsignedShort => (0, i128::from(u16::MAX)),
        _ => (i128::from(i32::MIN), i128::from(i32::MAX)),
    };
    (least..=most).contains(&value)
}
