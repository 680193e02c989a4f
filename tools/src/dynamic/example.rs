//! What a value could look like.

use sunrpc_rpcgen::schema::{Kind, Plain, Schema, Type, Union};

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
        match ty {
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
                _ => self.value(of)?,
            },
            Type::Named(id) => {
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

    /// The first arm that has an end.
    fn union(&mut self, union: &'s Union) -> Option<()> {
        let arm = union.arms.iter().find(|arm| !self.leads_back(&arm.ty));
        let (label, ty) = match (arm.or(union.arms.first()), &union.default) {
            (Some(arm), _) => (arm.name.as_str(), &arm.ty),
            (None, ty) => (self.any(&union.discriminant), ty.as_ref()?),
        };
        if *self.schema.resolved(ty) == Type::Void {
            self.to.string(label);
            return Some(());
        }
        self.to.open('{');
        self.to.key(label);
        self.value(ty)?;
        self.to.close('}');
        Some(())
    }

    /// A label where none has an arm.
    fn any(&self, discriminant: &'s Type) -> &'s str {
        let discriminant = self.schema.resolved(discriminant);
        match self.schema.definition(discriminant).map(|definition| &definition.kind) {
            Some(Kind::Enum(members)) => members.first().map_or("0", |member| &member.name),
            _ if *discriminant == Type::Plain(Plain::Bool) => "FALSE",
            _ => "0",
        }
    }

    /// Whether a type is one that this is a part of.
    fn leads_back(&self, ty: &Type) -> bool {
        match ty {
            Type::Named(id) if self.within.contains(id) => true,
            Type::Named(_) => match self.schema.definition(ty).map(|definition| &definition.kind) {
                Some(Kind::Typedef(of)) => self.leads_back(of),
                _ => false,
            },
            Type::Optional(of) | Type::List(of) | Type::Array(of, _) | Type::FixedArray(of, _) => {
                self.leads_back(of)
            }
            _ => false,
        }
    }
}
