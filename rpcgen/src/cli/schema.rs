//! `rpcgen schema`: the resolved file as JSON, for other tools.

use crate::json::Json;
use crate::model::{
    Bound, Field, Item, Length, Model, NamedNumber, Program, Switch, Ty, TypeDef, TypeKind, Value,
    Version,
};

/// The whole model.
pub(super) fn schema(model: &Model) -> String {
    let mut json = Json::default();
    json.object(|json| {
        json.key("format").plain(1);
        json.key("items").array(|json| {
            for item in &model.items {
                write_item(model, *item, json);
            }
        });
    });
    json.finish() + "\n"
}

fn write_item(model: &Model, item: Item, json: &mut Json) {
    match item {
        Item::Constant(at) => {
            if let Some(constant) = model.constants.get(at) {
                json.object(|json| {
                    json.key("kind").string("constant");
                    names(&constant.name, &constant.rust, json);
                    match &constant.value {
                        Value::Number(number) => json.key("value").plain(number),
                        Value::Text(text) => json.key("value").string(text),
                    }
                });
            }
        }
        Item::Type(id) => {
            if let Some(def) = model.def(id) {
                json.object(|json| type_def(model, def, json));
            }
        }
        Item::Program(at) => {
            if let Some(found) = model.programs.get(at) {
                json.object(|json| program(model, found, json));
            }
        }
    }
}

fn names(name: &str, rust: &str, json: &mut Json) {
    json.key("name").string(name);
    json.key("rust").string(rust.trim_start_matches("r#"));
}

fn type_def(model: &Model, def: &TypeDef, json: &mut Json) {
    let kind = match def.kind {
        TypeKind::Enum(_) => "enum",
        TypeKind::Struct(_) => "struct",
        TypeKind::Union(_) => "union",
        TypeKind::Alias(_) => "typedef",
    };
    json.key("kind").string(kind);
    names(&def.name, &def.rust, json);
    json.key("least_bytes").plain(def.facts.min_len);
    json.key("recursive").plain(def.facts.recursive);
    match &def.kind {
        TypeKind::Enum(members) => json.key("members").array(|json| {
            for member in members {
                json.object(|json| {
                    names(&member.name, &member.rust, json);
                    json.key("value").plain(member.value);
                });
            }
        }),
        TypeKind::Struct(body) => {
            json.key("fields")
                .array(|json| body.fields.iter().for_each(|one| field(model, one, json)));
            json.key("list_node").plain(body.next.is_some());
        }
        TypeKind::Union(body) => {
            json.key("discriminant");
            ty(model, &body.discriminant, json);
            json.key("arms").array(|json| {
                for arm in &body.arms {
                    json.object(|json| {
                        names(&arm.label_text, &arm.rust, json);
                        let is_bool = body.switch == Switch::Bool;
                        json.key("value").plain(if is_bool {
                            (arm.label != 0).to_string()
                        } else {
                            arm.label.to_string()
                        });
                        optional(model, "type", arm.ty.as_ref(), json);
                    });
                }
            });
            match &body.default {
                Some(arm) => json
                    .key("default")
                    .object(|json| optional(model, "type", arm.ty.as_ref(), json)),
                None => json.key("default").plain("null"),
            }
        }
        TypeKind::Alias(of) => {
            json.key("type");
            ty(model, of, json);
        }
    }
}

fn field(model: &Model, field: &Field, json: &mut Json) {
    json.object(|json| {
        names(&field.name, &field.rust, json);
        json.key("type");
        ty(model, &field.ty, json);
    });
}

/// A type, or `null` for void.
fn optional(model: &Model, key: &str, of: Option<&Ty>, json: &mut Json) {
    json.key(key);
    match of {
        Some(of) => ty(model, of, json),
        None => json.plain("null"),
    }
}

fn ty(model: &Model, of: &Ty, json: &mut Json) {
    json.object(|json| parts(model, of, json));
}

fn parts(model: &Model, of: &Ty, json: &mut Json) {
    match of {
        Ty::Plain(plain) => json.key("kind").string(plain.name()),
        Ty::Text(bound) => bounded("string", bound, json),
        Ty::Opaque(bound) => bounded("opaque", bound, json),
        Ty::FixedOpaque(length) => fixed("opaque_fixed", length, json),
        Ty::Shared(of) => parts(model, of, json),
        Ty::Array(of, bound) => {
            bounded("array", bound, json);
            element(model, of, json);
        }
        Ty::FixedArray { of, length, in_vec } => {
            fixed("array_fixed", length, json);
            json.key("in_vec").plain(in_vec);
            element(model, of, json);
        }
        Ty::Optional { of, boxed } => {
            json.key("kind").string("optional");
            json.key("boxed").plain(boxed);
            element(model, of, json);
        }
        Ty::List(id) => {
            json.key("kind").string("list");
            element(model, &Ty::Named(*id), json);
        }
        Ty::Named(id) => {
            json.key("kind").string("named");
            json.key("name").string(model.def(*id).map_or("", |def| &def.name));
        }
        Ty::Boxed(id) => {
            parts(model, &Ty::Named(*id), json);
            json.key("boxed").plain(true);
        }
        Ty::Extern(path) => {
            json.key("kind").string("extern");
            json.key("path").string(path);
        }
    }
}

fn element(model: &Model, of: &Ty, json: &mut Json) {
    json.key("of");
    ty(model, of, json);
}

fn bounded(kind: &str, bound: &Bound, json: &mut Json) {
    json.key("kind").string(kind);
    match bound {
        Some(bound) => json.key("max").plain(bound.value),
        None => json.key("max").plain("null"),
    }
}

fn fixed(kind: &str, length: &Length, json: &mut Json) {
    json.key("kind").string(kind);
    json.key("length").plain(length.value);
}

fn program(model: &Model, program: &Program, json: &mut Json) {
    json.key("kind").string("program");
    number(&program.name, json);
    json.key("versions").array(|json| {
        for one in &program.versions {
            json.object(|json| version(model, one, json));
        }
    });
}

fn number(number: &NamedNumber, json: &mut Json) {
    names(&number.name, &number.rust, json);
    json.key("number").plain(number.value);
}

fn version(model: &Model, version: &Version, json: &mut Json) {
    number(&version.name, json);
    json.key("trait").string(&version.rust);
    json.key("procedures").array(|json| {
        for procedure in &version.procedures {
            json.object(|json| {
                number(&procedure.name, json);
                json.key("method").string(procedure.rust.trim_start_matches("r#"));
                json.key("arguments").array(|json| {
                    for argument in &procedure.arguments {
                        json.object(|json| {
                            json.key("name").string(argument.rust.trim_start_matches("r#"));
                            json.key("type");
                            ty(model, &argument.ty, json);
                        });
                    }
                });
                if procedure.arguments.len() > 1 {
                    json.key("arguments_type").string(&procedure.arguments_type);
                }
                optional(model, "result", procedure.result.as_ref(), json);
            });
        }
    });
}
