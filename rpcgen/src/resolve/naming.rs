//! Gives everything its name in Rust.

use super::Options;
use super::identifiers::{Taken, camel, shouty, snake, type_name, value_name};
use crate::model::{
    Arm, DefaultArm, Field, Item, Member, Model, NamedNumber, Switch, TypeKind, Union, Version,
};
use std::collections::HashMap;

/// Fills in every `rust` of the model.
pub(super) fn assign(model: &mut Model, options: &Options) {
    let case = Case { keep: options.keep_names };
    let mut types = Taken::default();
    name_types(model, &case, &mut types);
    name_borrowed(model, &mut types);
    let mut constants = Constants { taken: Taken::with(RESERVED_VALUES), emitted: HashMap::new() };
    name_constants(model, &case, &mut constants);
    for def in &mut model.types {
        match &mut def.kind {
            TypeKind::Enum(members) => name_members(members, &case),
            TypeKind::Struct(body) => name_fields(&mut body.fields, &case),
            _ => {}
        }
    }
    name_arms(model, &case);
    name_programs(model, &case, &mut types, &mut constants);
}

/// What patterns and arguments of emitted code are called; a constant of that name would be matched instead.
const RESERVED_VALUES: &[&str] =
    &["to", "from", "value", "other", "discriminant", "call", "args", "results", "client", "self"];

struct Case {
    keep: bool,
}

impl Case {
    fn ty(&self, name: &str) -> String {
        type_name(if self.keep { name.to_owned() } else { camel(name) })
    }

    fn value(&self, name: &str) -> String {
        value_name(if self.keep { name.to_owned() } else { snake(name) })
    }

    fn constant(&self, name: &str) -> String {
        value_name(if self.keep { name.to_owned() } else { shouty(name) })
    }

    fn variant(&self, name: &str) -> String {
        value_name(if self.keep { name.to_owned() } else { camel(name) })
    }
}

fn name_types(model: &mut Model, case: &Case, taken: &mut Taken) {
    let proposals: Vec<String> = model.types.iter().map(|def| case.ty(&def.name)).collect();
    // Whoever has the name in the text already keeps it.
    for exact in [true, false] {
        for (def, proposal) in model.types.iter_mut().zip(&proposals) {
            if (*proposal == def.name) == exact {
                def.rust = taken.take(proposal.clone());
            }
        }
    }
}

fn name_borrowed(model: &mut Model, taken: &mut Taken) {
    for def in &mut model.types {
        if let Some(name) = &mut def.borrowed {
            *name = taken.take(format!("{}Ref", def.rust.trim_start_matches("r#")));
        }
    }
}

/// Constants of the emitted code, and the value of those that programs add.
struct Constants {
    taken: Taken,
    emitted: HashMap<String, u32>,
}

fn name_constants(model: &mut Model, case: &Case, constants: &mut Constants) {
    for exact in [true, false] {
        for constant in &mut model.constants {
            let proposal = case.constant(&constant.name);
            if (proposal == constant.name) == exact {
                constant.rust = constants.taken.take(proposal);
            }
        }
    }
}

impl Constants {
    /// The same name for the same number is one constant; another number needs another name.
    fn number(&mut self, number: &mut NamedNumber, case: &Case, version: Option<u32>) {
        let name = case.constant(&number.name);
        if self.emitted.get(&name) == Some(&number.value) {
            (number.rust, number.emitted) = (name, true);
            return;
        }
        let is_taken = self.taken.contains(&name);
        let name = match version.filter(|_| is_taken) {
            Some(version) => format!("{name}_V{version}"),
            None => name,
        };
        number.rust = self.taken.take(name);
        self.emitted.insert(number.rust.clone(), number.value);
    }
}

fn name_fields(fields: &mut [Field], case: &Case) {
    let mut taken = Taken::default();
    for exact in [true, false] {
        for field in fields.iter_mut() {
            let proposal = case.value(&field.name);
            if (proposal.trim_start_matches("r#") == field.name) == exact {
                field.rust = taken.take(proposal);
            }
        }
    }
}

/// Members without the prefix that all share, where what remains is a name.
fn name_members(members: &mut [Member], case: &Case) {
    let prefix = if case.keep { 0 } else { common_prefix(members) };
    let short = |member: &Member| member.name.get(prefix..).unwrap_or(&member.name).to_owned();
    let mut taken = Taken::default();
    let mut constants = Taken::default();
    for member in members.iter_mut() {
        let name = short(member);
        member.rust = match member.same_as {
            None => taken.take(case.variant(&name)),
            Some(_) => constants.take(case.constant(&name)),
        };
    }
}

/// The length of the longest prefix that ends in `_`, is common to all, and leaves names that differ.
fn common_prefix(members: &[Member]) -> usize {
    let Some((first, rest)) = members.split_first().filter(|(_, rest)| !rest.is_empty()) else {
        return 0;
    };
    let same = |length: usize| {
        first
            .name
            .get(..length)
            .is_some_and(|prefix| rest.iter().all(|member| member.name.starts_with(prefix)))
    };
    let ends = first.name.match_indices('_').map(|(at, _)| at.saturating_add(1));
    let mut lengths: Vec<usize> = ends.filter(|&length| same(length)).collect();
    while let Some(length) = lengths.pop() {
        if leaves_names(members, length) {
            return length;
        }
    }
    0
}

fn leaves_names(members: &[Member], length: usize) -> bool {
    let mut seen = Taken::default();
    members.iter().all(|member| {
        let rest = member.name.get(length..).unwrap_or("");
        let is_name = rest.starts_with(|first: char| first.is_ascii_alphabetic());
        let variant = camel(rest);
        let is_new = !seen.contains(&variant);
        seen.take(variant);
        is_name && is_new
    })
}

fn name_arms(model: &mut Model, case: &Case) {
    let members: Vec<HashMap<i64, String>> = model
        .types
        .iter()
        .map(|def| match &def.kind {
            TypeKind::Enum(members) => members
                .iter()
                .filter(|member| member.same_as.is_none())
                .map(|member| (i64::from(member.value), member.rust.clone()))
                .collect(),
            _ => HashMap::new(),
        })
        .collect();
    for def in &mut model.types {
        if let TypeKind::Union(body) = &mut def.kind {
            name_union(body, &members, case);
        }
    }
}

fn name_union(body: &mut Union, members: &[HashMap<i64, String>], case: &Case) {
    let mut taken = Taken::default();
    let switch = body.switch;
    for arm in &mut body.arms {
        let name = match switch {
            Switch::Bool => if arm.label == 0 { "False" } else { "True" }.to_owned(),
            Switch::Enum(id) => members
                .get(id)
                .and_then(|members| members.get(&arm.label))
                .cloned()
                .unwrap_or_default(),
            Switch::Number(_) => number_variant(arm, case),
        };
        arm.rust = taken.take(name);
    }
    if let Some(DefaultArm { rust, .. }) = &mut body.default {
        *rust =
            if taken.contains("Default") { "Default_".to_owned() } else { "Default".to_owned() };
    }
}

/// A constant gives its name, a number becomes `Case3`.
fn number_variant(arm: &Arm, case: &Case) -> String {
    let is_name =
        arm.label_text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && arm.label_text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_name {
        return case.variant(&arm.label_text);
    }
    if arm.label < 0 {
        format!("CaseMinus{}", arm.label.unsigned_abs())
    } else {
        format!("Case{}", arm.label)
    }
}

fn name_programs(model: &mut Model, case: &Case, types: &mut Taken, constants: &mut Constants) {
    for program in &mut model.programs {
        constants.number(&mut program.name, case, None);
        let base = base(&program.name.name).to_owned();
        for version in &mut program.versions {
            constants.number(&mut version.name, case, None);
            let number = version.name.value;
            let name = types.take(format!("{}V{number}", camel(&base)));
            version.server = types.take(format!("{name}Server"));
            version.client = types.take(format!("{name}Client"));
            version.rust = name;
            for procedure in &mut version.procedures {
                constants.number(&mut procedure.name, case, Some(number));
            }
            name_methods(version, &base, case);
            name_arguments(version, case, types, &constants.taken);
        }
    }
    model.items.retain(|item| !matches!(item, Item::Program(at) if *at >= model.programs.len()));
}

/// The program's name without what only says that it is one.
fn base(name: &str) -> &str {
    for suffix in ["_PROGRAM", "_PROG", "PROGRAM", "PROG"] {
        let Some(at) = name.len().checked_sub(suffix.len()) else { continue };
        let ends = name.get(at..).is_some_and(|end| end.eq_ignore_ascii_case(suffix));
        if let Some(base) = name.get(..at).map(|base| base.trim_end_matches('_'))
            && ends
            && base.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && base.bytes().any(|byte| byte.is_ascii_alphanumeric())
        {
            return base;
        }
    }
    name
}

/// Functions of every client, and those of every value that are tried before a method that takes `&self`.
const RESERVED_METHODS: [&str; 5] = ["new", "client", "clone", "into", "try_into"];

fn name_methods(version: &mut Version, base: &str, case: &Case) {
    let mut taken = Taken::with(&RESERVED_METHODS);
    // It is always there.
    taken.take("null".to_owned());
    let number = version.name.value;
    for procedure in &mut version.procedures {
        if procedure.is_null {
            procedure.rust = "null".to_owned();
            continue;
        }
        let name = &procedure.name.name;
        let short = case.value(if case.keep { name } else { without_base(name, base) });
        let full = case.value(name);
        procedure.rust = match short.as_str() {
            reserved if RESERVED_METHODS.contains(&reserved) => taken.take(format!("{short}_")),
            _ if taken.contains(&short) && !taken.contains(&full) => taken.take(full),
            _ => taken.take(short),
        };
    }
    debug_assert!(number == version.name.value, "names change no numbers");
}

/// `NFSPROC3_READ` in `NFS_PROGRAM` is `READ`.
fn without_base<'a>(name: &'a str, base: &str) -> &'a str {
    let rest = match name.get(..base.len()) {
        Some(start) if start.eq_ignore_ascii_case(base) => name.get(base.len()..).unwrap_or(""),
        _ => return name,
    };
    let rest_of_proc = |rest: &'a str| {
        let start = rest.get(..4).filter(|start| start.eq_ignore_ascii_case("PROC"))?;
        rest.get(start.len()..)?
            .trim_start_matches(|digit: char| digit.is_ascii_digit())
            .strip_prefix('_')
    };
    let candidates =
        [rest.strip_prefix('_').and_then(rest_of_proc), rest_of_proc(rest), rest.strip_prefix('_')];
    let is_name = |rest: &&str| rest.starts_with(|first: char| first.is_ascii_alphabetic());
    candidates.into_iter().flatten().find(is_name).unwrap_or(name)
}

fn name_arguments(version: &mut Version, case: &Case, types: &mut Taken, constants: &Taken) {
    let number = version.name.value;
    for procedure in &mut version.procedures {
        let mut taken = Taken::with(&["call"]);
        let count = procedure.arguments.len();
        for (index, argument) in procedure.arguments.iter_mut().enumerate() {
            let own = argument.rust.clone();
            let proposal = match own.as_str() {
                "" if count == 1 => "args".to_owned(),
                "" => format!("arg{}", index.saturating_add(1)),
                _ => case.value(&own),
            };
            // A constant of the name would be matched, not bound.
            let is_constant =
                constants.contains(&proposal) && !RESERVED_VALUES.contains(&proposal.as_str());
            let is_taken = proposal == "call" || is_constant;
            argument.rust = taken.take(if is_taken { format!("{proposal}_") } else { proposal });
        }
        if count > 1 {
            let method = camel(procedure.rust.trim_start_matches("r#"));
            let name = format!("{method}Args");
            let name = if types.contains(&name) { format!("{name}V{number}") } else { name };
            procedure.arguments_type = types.take(name);
            types.take(format!("{}Ref", procedure.arguments_type));
        }
    }
}
