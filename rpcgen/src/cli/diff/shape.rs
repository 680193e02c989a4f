//! Two types side by side, as the wire sees them.

use std::collections::HashSet;

use super::{Breaks, Change};
use crate::ast::Plain;
use crate::model::{Bound, Model, Struct, Switch, Ty, TypeId, TypeKind, Union};

/// Which values get narrower or wider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    /// The new file accepts fewer values: what old ones write may be refused.
    Narrower,
    /// The new file accepts more values: old ones may refuse what it writes.
    Wider,
    /// The bytes mean something else.
    Other,
}

pub(super) struct Comparison<'a> {
    old: &'a Model,
    new: &'a Model,
    found: Vec<(Effect, String, String)>,
    /// Pairs of types that have been compared or are being compared.
    seen: HashSet<(TypeId, TypeId)>,
}

/// Types within types that are followed; deeper ones are taken for equal.
const MAX_DEPTH: usize = 200;

impl<'a> Comparison<'a> {
    pub(super) fn new(old: &'a Model, new: &'a Model) -> Self {
        Self { old, new, found: Vec::new(), seen: HashSet::new() }
    }

    /// The changes, by who writes these values: clients, servers or both.
    pub(super) fn finish(
        self,
        clients_write: bool,
        servers_write: bool,
    ) -> impl Iterator<Item = Change> {
        self.found.into_iter().map(move |(effect, place, what)| {
            let breaks = match (effect, clients_write, servers_write) {
                (Effect::Other, ..) | (_, true, true) => Breaks::Both,
                // Old clients write what new servers no longer take.
                (Effect::Narrower, true, _) => Breaks::OldClients,
                (Effect::Wider, true, _) => Breaks::NewClients,
                // Old servers write what new clients no longer take.
                (Effect::Narrower, false, _) => Breaks::NewClients,
                (Effect::Wider, false, _) => Breaks::OldClients,
            };
            Change::new(breaks, place, what)
        })
    }

    fn note(&mut self, effect: Effect, place: &str, what: impl Into<String>) {
        self.found.push((effect, place.to_owned(), what.into()));
    }

    pub(super) fn compare(&mut self, old: &Ty, new: &Ty, place: &str, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        let depth = depth.saturating_add(1);
        let (old, new) = (self.old.resolved(old), self.new.resolved(new));
        match (old, new) {
            (Ty::Plain(a), Ty::Plain(b)) if a == b => {}
            (Ty::Text(a), Ty::Text(b)) | (Ty::Opaque(a), Ty::Opaque(b)) => self.bound(a, b, place),
            (Ty::FixedOpaque(a), Ty::FixedOpaque(b)) if a.value == b.value => {}
            (Ty::Array(a, bound), Ty::Array(b, other)) => {
                self.bound(bound, other, place);
                self.compare(a, b, &format!("{place}[]"), depth);
            }
            (Ty::FixedArray { of: a, length, .. }, Ty::FixedArray { of: b, length: other, .. })
                if length.value == other.value =>
            {
                self.compare(a, b, &format!("{place}[]"), depth);
            }
            (Ty::Optional { of: a, .. }, Ty::Optional { of: b, .. }) => {
                self.compare(a, b, place, depth)
            }
            (Ty::List(a), Ty::List(b)) | (Ty::Named(a), Ty::Named(b)) => {
                self.named(*a, *b, place, depth)
            }
            (Ty::Extern(a), Ty::Extern(b)) if a == b => {}
            (a, b) => {
                let what = format!("{} became {}", describe(self.old, a), describe(self.new, b));
                self.note(Effect::Other, place, what);
            }
        }
    }

    fn bound(&mut self, old: &Bound, new: &Bound, place: &str) {
        let most = |bound: &Bound| bound.as_ref().map_or(u32::MAX, |bound| bound.value);
        let text = |bound: &Bound| {
            bound.as_ref().map_or("<>".to_owned(), |bound| format!("<{}>", bound.value))
        };
        let effect = match most(new).cmp(&most(old)) {
            std::cmp::Ordering::Less => Effect::Narrower,
            std::cmp::Ordering::Greater => Effect::Wider,
            std::cmp::Ordering::Equal => return,
        };
        self.note(effect, place, format!("the bound {} became {}", text(old), text(new)));
    }

    fn named(&mut self, old: TypeId, new: TypeId, place: &str, depth: usize) {
        if !self.seen.insert((old, new)) {
            return;
        }
        let (Some(a), Some(b)) = (self.old.def(old), self.new.def(new)) else { return };
        match (&a.kind, &b.kind) {
            (TypeKind::Enum(old), TypeKind::Enum(new)) => {
                let values = |members: &[crate::model::Member]| {
                    members
                        .iter()
                        .map(|member| (i64::from(member.value), member.name.clone()))
                        .collect::<Vec<_>>()
                };
                self.values(&values(old), &values(new), "member", place);
            }
            (TypeKind::Struct(a), TypeKind::Struct(b)) => self.structs(a, b, place, depth),
            (TypeKind::Union(a), TypeKind::Union(b)) => self.unions(a, b, place, depth),
            _ => self.note(
                Effect::Other,
                place,
                format!("`{}` and `{}` are different kinds of types", a.name, b.name),
            ),
        }
    }

    /// Values that one side has and the other has not.
    fn values(&mut self, old: &[(i64, String)], new: &[(i64, String)], what: &str, place: &str) {
        let has =
            |values: &[(i64, String)], value: i64| values.iter().any(|(other, _)| *other == value);
        for (value, name) in old.iter().filter(|(value, _)| !has(new, *value)) {
            self.note(Effect::Narrower, place, format!("the {what} `{name}` ({value}) is gone"));
        }
        for (value, name) in new.iter().filter(|(value, _)| !has(old, *value)) {
            self.note(Effect::Wider, place, format!("the {what} `{name}` ({value}) is new"));
        }
    }

    fn structs(&mut self, old: &Struct, new: &Struct, place: &str, depth: usize) {
        for (a, b) in old.fields.iter().zip(&new.fields) {
            self.compare(&a.ty, &b.ty, &format!("{place}.{}", a.name), depth);
        }
        let (count, other) = (old.fields.len(), new.fields.len());
        if count != other || old.next.is_some() != new.next.is_some() {
            self.note(Effect::Other, place, format!("{count} fields became {other}"));
        }
    }

    fn unions(&mut self, old: &Union, new: &Union, place: &str, depth: usize) {
        let kind = |switch: Switch| match switch {
            Switch::Number(Plain::Hyper) => 8,
            _ => 4,
        };
        if kind(old.switch) != kind(new.switch) {
            self.note(Effect::Other, place, "the discriminant has another size");
            return;
        }
        if let (Switch::Enum(a), Switch::Enum(b)) = (old.switch, new.switch) {
            self.named(a, b, &format!("{place}.discriminant"), depth);
        }
        for arm in &old.arms {
            let place = format!("{place}.{}", arm.label_text);
            match new.arms.iter().find(|other| other.label == arm.label) {
                Some(other) => self.arm(arm.ty.as_ref(), other.ty.as_ref(), &place, depth),
                None => match &new.default {
                    Some(default) => self.arm(arm.ty.as_ref(), default.ty.as_ref(), &place, depth),
                    None => self.note(Effect::Narrower, &place, "the arm is gone"),
                },
            }
        }
        for arm in
            new.arms.iter().filter(|arm| !old.arms.iter().any(|other| other.label == arm.label))
        {
            let place = format!("{place}.{}", arm.label_text);
            match &old.default {
                Some(default) => self.arm(default.ty.as_ref(), arm.ty.as_ref(), &place, depth),
                None => self.note(Effect::Wider, &place, "the arm is new"),
            }
        }
        match (&old.default, &new.default) {
            (Some(a), Some(b)) => {
                self.arm(a.ty.as_ref(), b.ty.as_ref(), &format!("{place}.default"), depth)
            }
            (Some(_), None) if !new.exhaustive => {
                self.note(Effect::Narrower, place, "the default arm is gone")
            }
            (None, Some(_)) if !old.exhaustive => {
                self.note(Effect::Wider, place, "the default arm is new")
            }
            _ => {}
        }
    }

    fn arm(&mut self, old: Option<&Ty>, new: Option<&Ty>, place: &str, depth: usize) {
        match (old, new) {
            (None, None) => {}
            (Some(a), Some(b)) => self.compare(a, b, place, depth),
            _ => self.note(Effect::Other, place, "void became a value, or a value void"),
        }
    }
}

fn describe(model: &Model, ty: &Ty) -> String {
    match ty {
        Ty::Plain(plain) => format!("{plain:?}").to_ascii_lowercase(),
        Ty::Text(_) => "a string".to_owned(),
        Ty::Opaque(_) => "opaque data".to_owned(),
        Ty::FixedOpaque(length) => format!("opaque[{}]", length.value),
        Ty::Shared(of) => describe(model, of),
        Ty::Array(..) => "an array".to_owned(),
        Ty::FixedArray { length, .. } => format!("an array of {}", length.value),
        Ty::Optional { .. } => "an optional value".to_owned(),
        Ty::List(id) => format!("a list of `{}`", model.def(*id).map_or("", |def| &def.name)),
        Ty::Named(id) | Ty::Boxed(id) => {
            format!("`{}`", model.def(*id).map_or("", |def| &def.name))
        }
        Ty::Extern(path) => format!("`{path}`"),
    }
}
