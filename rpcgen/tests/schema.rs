//! What files say of the wire, spelled out.

use std::{fmt::Write as _, path::Path};

use sunrpc_rpcgen::{
    Builder,
    schema::{Definition, Kind, Procedure, Schema, Type},
};

fn schema(name: &str) -> Schema {
    let idl = Path::new(env!("CARGO_MANIFEST_DIR")).join("../idl");
    Builder::new().schema(idl.join(name)).expect("it compiles")
}

/// All of a schema, a line for each part.
fn spelled(schema: &Schema) -> String {
    let mut out = String::new();
    for definition in &schema.definitions {
        define(schema, definition, &mut out).expect("a string takes all");
    }
    for program in &schema.programs {
        writeln!(out, "program {} {}", program.name, program.number).expect("a string takes all");
        for version in &program.versions {
            writeln!(out, "  version {} {}", version.name, version.number).expect("a string");
            for procedure in &version.procedures {
                writeln!(out, "    {}", signature(schema, procedure)).expect("a string");
            }
        }
    }
    out
}

fn define(schema: &Schema, definition: &Definition, out: &mut String) -> std::fmt::Result {
    let Definition { name, doc, kind, .. } = definition;
    let doc = doc.replace('\n', " | ");
    match kind {
        Kind::Enum(members) => {
            writeln!(out, "enum {name} [{doc}]")?;
            members.iter().try_for_each(|one| writeln!(out, "  {} = {}", one.name, one.value))
        }
        Kind::Struct(fields) => {
            writeln!(out, "struct {name} [{doc}]")?;
            let mut field = |name, ty| writeln!(out, "  {name}: {}", schema.spell(ty));
            fields.iter().try_for_each(|one| field(&one.name, &one.ty))
        }
        Kind::Union(body) => {
            writeln!(out, "union {name} of {} [{doc}]", schema.spell(&body.discriminant))?;
            for arm in &body.arms {
                writeln!(out, "  {} = {}: {}", arm.name, arm.value, schema.spell(&arm.ty))?;
            }
            let default = body.default.as_ref().map(|ty| schema.spell(ty));
            writeln!(out, "  default: {}", default.as_deref().unwrap_or("refused"))
        }
        Kind::Typedef(of) => writeln!(out, "typedef {name} = {} [{doc}]", schema.spell(of)),
    }
}

fn signature(schema: &Schema, procedure: &Procedure) -> String {
    let arguments = procedure.arguments.iter();
    let arguments: Vec<String> =
        arguments.map(|one| format!("{}:{}", one.name, schema.spell(&one.ty))).collect();
    let Procedure { name, number, doc, .. } = procedure;
    let result = schema.spell(&procedure.result);
    format!("{name}({}) -> {result} = {number} [{doc}]", arguments.join(", "))
}

#[test]
fn says_what_is_on_the_wire() {
    for name in [
        "doctor.x",
        "dialect/unions.x",
        "dialect/lists.x",
        "dialect/arrays.x",
        "dialect/programs.x",
    ] {
        let stem = name.rsplit(['/', '.']).nth(1).expect("a name");
        insta::assert_snapshot!(format!("{stem}_schema"), spelled(&schema(name)));
    }
}

#[test]
fn a_definition_has_its_text_and_typedefs_end() {
    let schema = schema("dialect/unions.x");
    let alias = schema.definitions.iter().position(|one| one.name == "status_alias");
    let alias = Type::Named(alias.expect("it is there"));
    assert_eq!(schema.spell(&alias), "status_alias");
    assert_eq!(schema.spell(schema.resolved(&alias)), "status");
    let definition = schema.definition(&alias).expect("a name");
    assert!(definition.text.starts_with("typedef status status_alias"), "{}", definition.text);
    assert_eq!(schema.definition(schema.resolved(&Type::Void)), None);
}

#[test]
fn what_is_wrong_is_told_as_by_compile() {
    let bad = Path::new(env!("CARGO_MANIFEST_DIR")).join("../idl/bad/missing_brace.x");
    let told = Builder::new().schema(&bad).expect_err("it is wrong").to_string();
    assert_eq!(told, Builder::new().generate(&bad).expect_err("it is wrong").to_string());
}
