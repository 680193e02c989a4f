//! A file's types as C's `rpcgen` reads them, where it cannot read the file itself: no types within types, no names of
//! libtirpc's own, everything defined before it is used.

use std::{
    collections::{HashSet, VecDeque},
    fmt::Write as _,
};

use crate::{
    codec,
    corpus::File,
    schema::{Arm, DefaultArm, Field, Kind, Ty, TypeDef},
};

/// The types that C's rpcgen cannot say: an array by value of what is defined by a pointer to that array, and a union of
/// nothing but a default.
const IMPOSSIBLE: [(&str, &str); 3] =
    [("dialect_lists", "heads"), ("dialect_lists", "hydra"), ("dialect_unions", "only_default")];

/// The types that travel by themselves and that C can say.
pub fn roots(file: &File) -> impl Iterator<Item = &TypeDef> {
    file.schema.roots().filter(|def| is_possible(file, def))
}

fn is_possible(file: &File, def: &TypeDef) -> bool {
    !IMPOSSIBLE.contains(&(file.module.as_str(), def.name.as_str()))
}

/// The text.
#[must_use]
pub fn text(files: &[File], file: &File) -> String {
    let mut plain = Plain {
        files,
        declared: String::new(),
        defined: String::new(),
        done: HashSet::new(),
        helpers: 0,
        under_way: String::new(),
        pending: VecDeque::new(),
    };
    plain.declared.push_str(
        "/* Made by the tests: the resolved types in words that every rpcgen knows. */\n",
    );
    // libtirpc declares its codec, and has neither that nor the type.
    plain.declared.push_str("%typedef long double quadruple;\n");
    let possible = file.schema.types.iter().filter(|def| is_possible(file, def));
    plain.pending.extend(possible.map(|def| (file, def)));
    while let Some((file, def)) = plain.pending.pop_front() {
        plain.def(file, def);
    }
    plain.declared + &plain.defined
}

/// The name of a type in that text.
#[must_use]
pub fn name(file: &File, def: &TypeDef) -> String {
    let place = file.schema.types.iter().position(|other| std::ptr::eq(other, def));
    let name = format!("{}_t{}", file.module, place.expect("a type of the file"));
    if def.is_arguments() { name.to_lowercase() + ARGUMENTS_OF_1 } else { name }
}

/// What C's `rpcgen -N` puts behind the name of a procedure of version 1 for the struct of its arguments.
const ARGUMENTS_OF_1: &str = "_1_argument";

struct Plain<'a> {
    files: &'a [File],
    /// What may be pointed at before it is defined.
    declared: String,
    defined: String,
    done: HashSet<String>,
    helpers: usize,
    /// What is to be defined: of this file, and what is only pointed at.
    pending: VecDeque<(&'a File, &'a TypeDef)>,
    /// What is being defined.
    under_way: String,
}

impl<'a> Plain<'a> {
    fn def(&mut self, file: &'a File, def: &'a TypeDef) {
        let name = name(file, def);
        if !self.done.insert(name.clone()) {
            return;
        }
        if matches!(def.kind, Kind::Struct { .. } | Kind::Union { .. }) {
            let _ = write!(self.declared, "%struct {name};\n%typedef struct {name} {name};\n");
        }
        let outer = std::mem::replace(&mut self.under_way, name.clone());
        // Put together while what it needs goes to `defined`.
        let text = match &def.kind {
            Kind::Enum { members } => {
                let member = |(at, value)| format!("    {name}_{at} = {value}");
                let values = members.iter().map(|member| member.value).enumerate();
                format!(
                    "enum {name} {{\n{}\n}};\n",
                    values.map(member).collect::<Vec<_>>().join(",\n")
                )
            }
            Kind::Struct { fields, list_node } => {
                let mut text = format!("struct {name} {{\n");
                for (at, field) in fields.iter().enumerate() {
                    let _ =
                        writeln!(text, "    {};", self.declare(file, &field.ty, &format!("f{at}")));
                }
                if *list_node {
                    let _ = writeln!(text, "    {name} *next;");
                }
                text + "};\n"
            }
            Kind::Union { discriminant, arms, default } => {
                self.union(file, &name, discriminant, arms, default.as_ref())
            }
            Kind::Typedef { of } => format!("typedef {};\n", self.declare(file, of, &name)),
            Kind::Arguments { fields } => self.procedure(file, &name, fields),
            Kind::Constant | Kind::Program { .. } => String::new(),
        };
        self.defined.push_str(&text);
        self.under_way = outer;
    }

    /// A program whose only procedure takes these: C's `rpcgen -N` makes the struct of them.
    fn procedure(&mut self, file: &'a File, struct_name: &str, fields: &'a [Field]) -> String {
        // An argument is one word and may be a pointer; nothing else.
        let words: Vec<String> = fields
            .iter()
            .map(|field| {
                let declaration = self.declare(file, &field.ty, "HELPER");
                self.helper(file, &|name| declaration.replace("HELPER", name))
            })
            .collect();
        let procedure = struct_name.trim_end_matches(ARGUMENTS_OF_1);
        let number = 0x2000_0000 + self.helpers;
        format!(
            "program {procedure}_p {{\n    version {procedure}_v {{\n        \
             void {procedure}({}) = 1;\n    }} = 1;\n}} = {number};\n",
            words.join(", ")
        )
    }

    fn union(
        &mut self,
        file: &'a File,
        name: &str,
        discriminant: &'a Ty,
        arms: &'a [Arm],
        default: Option<&'a DefaultArm>,
    ) -> String {
        let which = self.declare(file, discriminant, "which");
        let mut text = format!("union {name} switch ({which}) {{\n");
        let is_bool = matches!(file.schema.resolved(discriminant), Ty::Bool);
        for (at, arm) in arms.iter().enumerate() {
            let label = match arm.value.number() {
                0 if is_bool => "FALSE".to_owned(),
                _ if is_bool => "TRUE".to_owned(),
                number => number.to_string(),
            };
            let body = self.arm(file, arm.ty.as_ref(), at);
            let _ = writeln!(text, "case {label}:\n    {body};");
        }
        if let Some(arm) = default {
            let body = self.arm(file, arm.ty.as_ref(), arms.len());
            let _ = writeln!(text, "default:\n    {body};");
        }
        text + "};\n"
    }

    fn arm(&mut self, file: &'a File, ty: Option<&'a Ty>, at: usize) -> String {
        ty.map_or_else(|| "void".to_owned(), |ty| self.declare(file, ty, &format!("a{at}")))
    }

    /// A declaration.
    fn declare(&mut self, file: &'a File, ty: &'a Ty, name: &str) -> String {
        let bound = |max: &Option<u32>| max.map(|max| max.to_string()).unwrap_or_default();
        match ty {
            Ty::String { max } => format!("string {name}<{}>", bound(max)),
            Ty::Opaque { max } => format!("opaque {name}<{}>", bound(max)),
            Ty::OpaqueFixed { length } => format!("opaque {name}[{length}]"),
            Ty::Array { max, of } => {
                let of = self.element(file, of, true);
                let array = |name: &str| format!("{of} {name}<{}>", bound(max));
                // C's rpcgen writes "struct struct" for an array of the type within the type.
                if of == self.under_way {
                    self.helper(file, &array) + " " + name
                } else {
                    array(name)
                }
            }
            Ty::ArrayFixed { length, of, .. } => {
                format!("{} {name}[{length}]", self.element(file, of, false))
            }
            Ty::Optional { of } | Ty::List { of } => {
                format!("{} *{name}", self.element(file, of, true))
            }
            _ => format!("{} {name}", self.element(file, ty, false)),
        }
    }

    /// A type as one word or two. What is only pointed at may be defined later.
    fn element(&mut self, file: &'a File, ty: &'a Ty, pointed_at: bool) -> String {
        let known = match ty {
            Ty::Int => "int",
            Ty::Unsigned => "unsigned int",
            Ty::Hyper => "hyper",
            Ty::UnsignedHyper => "unsigned hyper",
            Ty::Float => "float",
            Ty::Double => "double",
            Ty::Quadruple => "quadruple",
            Ty::Bool => "bool",
            Ty::Char => "char",
            Ty::UnsignedChar => "unsigned char",
            Ty::Short => "short",
            Ty::UnsignedShort => "unsigned short",
            Ty::Named { name } => return self.named(file, file.schema.get(name), pointed_at),
            Ty::Extern { path } => match codec::find(self.files, path) {
                Some((other, def)) => return self.named(other, def, pointed_at),
                None => "struct netbuf",
            },
            _ => {
                // Put first what it is made of.
                let declaration = self.declare(file, ty, "HELPER");
                return self.helper(file, &|name| declaration.replace("HELPER", name));
            }
        };
        known.to_owned()
    }

    /// Another name for what is declared so.
    fn helper(&mut self, file: &File, declare: &dyn Fn(&str) -> String) -> String {
        self.helpers += 1;
        let helper = format!("{}_h{}", file.module, self.helpers);
        let _ = writeln!(self.defined, "typedef {};", declare(&helper));
        helper
    }

    fn named(&mut self, file: &'a File, def: &'a TypeDef, pointed_at: bool) -> String {
        let is_declared = matches!(def.kind, Kind::Struct { .. } | Kind::Union { .. });
        if pointed_at && is_declared {
            self.pending.push_back((file, def));
        } else {
            self.def(file, def);
        }
        name(file, def)
    }
}
