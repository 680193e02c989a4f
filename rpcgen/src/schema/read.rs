//! The model without what is Rust's.

use super::{
    Argument, Arm, Definition, Field, Kind, Member, Procedure, Program, Schema, Type, Union,
    Version,
};
use crate::comment;
use crate::model::{self, Bound, Model, Switch, Ty, TypeDef, TypeKind};
use crate::source::{Sources, Span};

/// What the model says of the wire.
pub(crate) fn read(model: &Model, sources: &Sources) -> Schema {
    let reading = Reading { model, sources };
    Schema {
        programs: model.programs.iter().map(|found| reading.program(found)).collect(),
        definitions: model.types.iter().map(|def| reading.definition(def)).collect(),
    }
}

struct Reading<'a> {
    model: &'a Model,
    sources: &'a Sources,
}

impl Reading<'_> {
    fn program(&self, program: &model::Program) -> Program {
        Program {
            name: program.name.name.clone(),
            number: program.name.value,
            doc: self.doc(&program.doc),
            versions: program.versions.iter().map(|found| self.version(found)).collect(),
        }
    }

    fn version(&self, version: &model::Version) -> Version {
        Version {
            name: version.name.name.clone(),
            number: version.name.value,
            doc: self.doc(&version.doc),
            procedures: version.procedures.iter().map(|found| self.procedure(found)).collect(),
        }
    }

    fn procedure(&self, procedure: &model::Procedure) -> Procedure {
        let arguments = procedure.arguments.iter();
        Procedure {
            name: procedure.name.name.clone(),
            number: procedure.name.value,
            doc: self.doc(&procedure.doc),
            arguments: arguments
                .map(|found| Argument { name: found.name.clone(), ty: ty(&found.ty) })
                .collect(),
            result: or_void(procedure.result.as_ref()),
        }
    }

    fn definition(&self, def: &TypeDef) -> Definition {
        Definition {
            name: def.name.clone(),
            doc: self.doc(&def.doc),
            text: self.sources.text(def.span).to_owned(),
            kind: self.kind(&def.kind),
        }
    }

    fn kind(&self, kind: &TypeKind) -> Kind {
        match kind {
            TypeKind::Enum(members) => Kind::Enum(members.iter().map(member).collect()),
            TypeKind::Struct(body) => Kind::Struct(body.fields.iter().map(field).collect()),
            TypeKind::Union(body) => Kind::Union(Union {
                discriminant: ty(&body.discriminant),
                arms: body.arms.iter().map(|arm| self.arm(arm, body.switch)).collect(),
                default: body.default.as_ref().map(|arm| or_void(arm.ty.as_ref())),
            }),
            TypeKind::Alias(of) => Kind::Typedef(ty(of)),
        }
    }

    fn arm(&self, arm: &model::Arm, switch: Switch) -> Arm {
        let name = self.label(arm, switch).unwrap_or_else(|| arm.label.to_string());
        Arm { name, value: arm.label, ty: or_void(arm.ty.as_ref()) }
    }

    /// A label's name, where it has one.
    fn label(&self, arm: &model::Arm, switch: Switch) -> Option<String> {
        match switch {
            Switch::Bool => Some(if arm.label == 0 { "FALSE" } else { "TRUE" }.to_owned()),
            Switch::Enum(id) => {
                let TypeKind::Enum(members) = &self.model.def(id)?.kind else { return None };
                let found = members.iter().find(|member| i64::from(member.value) == arm.label)?;
                Some(found.name.clone())
            }
            Switch::Number(_) => {
                let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
                let text = &arm.label_text;
                (text.starts_with(|c: char| is_name(c) && !c.is_ascii_digit())
                    && text.chars().all(is_name))
                .then(|| text.clone())
            }
        }
    }

    fn doc(&self, comments: &[Span]) -> String {
        comment::lines(self.sources, comments).join("\n")
    }
}

fn member(member: &model::Member) -> Member {
    Member { name: member.name.clone(), value: member.value }
}

fn field(field: &model::Field) -> Field {
    Field { name: field.name.clone(), ty: ty(&field.ty) }
}

fn or_void(found: Option<&Ty>) -> Type {
    found.map_or(Type::Void, ty)
}

fn ty(of: &Ty) -> Type {
    match of {
        Ty::Plain(plain) => Type::Plain(*plain),
        Ty::Text(bound) => Type::Text(max(bound)),
        Ty::Opaque(bound) => Type::Opaque(max(bound)),
        Ty::FixedOpaque(length) => Type::FixedOpaque(length.value),
        Ty::Shared(of) => ty(of),
        Ty::Array(of, bound) => Type::Array(Box::new(ty(of)), max(bound)),
        Ty::FixedArray { of, length, .. } => Type::FixedArray(Box::new(ty(of)), length.value),
        Ty::Optional { of, .. } => Type::Optional(Box::new(ty(of))),
        Ty::List(id) => Type::List(Box::new(Type::Named(*id))),
        Ty::Named(id) | Ty::Boxed(id) => Type::Named(*id),
        Ty::Extern(path) => Type::Extern(path.clone()),
    }
}

fn max(bound: &Bound) -> u32 {
    bound.as_ref().map_or(u32::MAX, |length| length.value)
}
