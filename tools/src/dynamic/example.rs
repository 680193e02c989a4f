//! What a value could look like.

use sunrpc_rpcgen::schema::{Arm, Kind, Plain, Schema, Type, Union};

use super::open;
use crate::json::{Layout, Text};

/// How long an example may be.
const MAX_LEN: usize = 64 << 10;
/// How many types may be within one another.
const MAX_DEPTH: usize = 120;
/// The text in one, as long as a bound allows.
const WORD: &str = "text";

/// A value of a type, as JSON that [`encode`](super::encode()) takes; `None` where it would be too long.
#[must_use]
pub fn example(schema: &Schema, ty: &Type, layout: Layout) -> Option<String> {
    let mut example = Example { schema, to: Text::new(layout), within: Vec::new() };
    example.value(ty)?;
    Some(example.to.finish())
}

struct Example<'s> {
    schema: &'s Schema,
    to: Text,
    /// The types that this is a part of.
    within: Vec<usize>,
}

impl<'s> Example<'s> {
    fn value(&mut self, ty: &'s Type) -> Option<()> {
        if self.to.len() > MAX_LEN || self.within.len() > MAX_DEPTH {
            return None;
        }
        match self.schema.resolved(ty) {
            Type::Void => self.to.plain("null"),
            Type::Plain(plain) => self.plain(*plain),
            Type::Text(max) => {
                self.to.string(WORD.get(..*max as usize).unwrap_or(WORD));
            }
            Type::Opaque(max) => self.zeros((*max).min(2)),
            Type::FixedOpaque(len) if *len as usize > MAX_LEN => return None,
            Type::FixedOpaque(len) => self.zeros(*len),
            Type::Array(of, max) => self.items(of, (*max).min(1))?,
            Type::List(of) => self.items(of, 1)?,
            Type::FixedArray(of, len) => self.all_items(of, *len)?,
            Type::Optional(of) if self.leads_back(of) => self.to.plain("null"),
            Type::Optional(of) => match self.schema.resolved(of) {
                Type::Optional(_) => self.all_items(of, 1)?,
                of => self.value(of)?,
            },
            ty @ Type::Named(id) => {
                self.within.push(*id);
                self.named(ty)?;
                self.within.pop();
            }
            Type::Extern(_) => return None,
        }
        Some(())
    }

    fn named(&mut self, ty: &'s Type) -> Option<()> {
        match &self.schema.definition(ty)?.kind {
            Kind::Typedef(of) => self.value(of),
            Kind::Enum(members) => {
                self.to.string(&members.first()?.name);
                Some(())
            }
            Kind::Struct(fields) => {
                self.to.open('{');
                for field in fields {
                    self.to.key(&field.name);
                    self.value(&field.ty)?;
                }
                self.to.close('}');
                Some(())
            }
            Kind::Union(union) => self.union(union),
        }
    }

    fn plain(&mut self, plain: Plain) {
        match plain {
            Plain::Bool => self.to.plain("true"),
            Plain::Quadruple => self.zeros(16),
            Plain::Float | Plain::Double => self.to.plain("0.5"),
            _ => self.to.plain("1"),
        }
    }

    fn zeros(&mut self, bytes: u32) {
        self.to.string(&"00".repeat(bytes as usize));
    }

    /// Some items, or none where they would have no end.
    fn items(&mut self, of: &'s Type, count: u32) -> Option<()> {
        let count = if self.leads_back(of) { 0 } else { count };
        self.all_items(of, count)
    }

    fn all_items(&mut self, of: &'s Type, count: u32) -> Option<()> {
        open(self.schema, of, &mut self.to);
        for _ in 0..count {
            self.to.item();
            self.value(of)?;
        }
        self.to.close(']');
        Some(())
    }

    /// The first arm that has an end, or the default.
    fn union(&mut self, union: &'s Union) -> Option<()> {
        let ends = union.arms.iter().find(|arm| !self.leads_back(&arm.ty));
        let arm = |arm: &'s Arm| (arm.name.clone(), &arm.ty);
        let default = self.other(union).zip(union.default.as_ref());
        let (label, ty) = ends.map(arm).or(default).or(union.arms.first().map(arm))?;
        if *self.schema.resolved(ty) == Type::Void {
            self.to.string(&label);
            return Some(());
        }
        self.to.open('{');
        self.to.key(&label);
        self.value(ty)?;
        self.to.close('}');
        Some(())
    }

    /// A label without an arm.
    fn other(&self, union: &Union) -> Option<String> {
        let is_free = |value: i64| union.arms.iter().all(|arm| arm.value != value);
        let discriminant = self.schema.resolved(&union.discriminant);
        match self.schema.definition(discriminant).map(|definition| &definition.kind) {
            Some(Kind::Enum(members)) => {
                let free = members.iter().find(|member| is_free(member.value.into()));
                free.map(|member| member.name.clone())
            }
            _ if *discriminant == Type::Plain(Plain::Bool) => {
                let free =
                    [(0, "FALSE"), (1, "TRUE")].into_iter().find(|(value, _)| is_free(*value));
                free.map(|(_, name)| name.to_owned())
            }
            _ => (0..).find(|value| is_free(*value)).map(|value| value.to_string()),
        }
    }

    /// Whether a type is one that this is a part of.
    fn leads_back(&self, ty: &Type) -> bool {
        match self.schema.resolved(ty) {
            Type::Named(id) => self.within.contains(id),
            Type::Optional(of) | Type::List(of) | Type::Array(of, _) | Type::FixedArray(of, _) => {
                self.leads_back(of)
            }
            _ => false,
        }
    }
}
