//! Which procedure is meant.

use std::collections::BTreeSet;

use sunrpc_rpcgen::schema::{Procedure, Program, Schema, Version, closest};

use crate::{args::Choice, trouble::Trouble};

/// The procedures that an error names.
const MAX_NAMED: usize = 8;

/// A procedure, and what it is of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target<'s> {
    pub(crate) program: &'s Program,
    pub(crate) version: &'s Version,
    pub(crate) procedure: &'s Procedure,
}

/// The procedures of the programs and versions that may be meant.
pub(crate) fn all<'s>(schema: &'s Schema, choice: &Choice) -> Result<Vec<Target<'s>>, Trouble> {
    let is_meant = |program: &&Program| {
        choice.program.as_ref().is_none_or(|name| is_called(&program.name, program.number, name))
    };
    let programs: Vec<&Program> = schema.programs.iter().filter(is_meant).collect();
    if let (Some(name), []) = (&choice.program, programs.as_slice()) {
        let names = schema.programs.iter().map(|program| program.name.clone());
        return Err(Trouble::misuse(format_args!(
            "the file has no program {name}{}",
            listed(names)
        )));
    }
    let versions = programs
        .iter()
        .flat_map(|&program| program.versions.iter().map(move |version| (program, version)));
    if let Some(number) = choice.program_version
        && !versions.clone().any(|(_, version)| version.number == number)
    {
        let numbers: BTreeSet<u32> = versions.map(|(_, version)| version.number).collect();
        let numbers = listed(numbers.iter().map(u32::to_string));
        return Err(Trouble::misuse(format_args!("the file has no version {number}{numbers}")));
    }
    let targets: Vec<Target<'s>> = versions
        .filter(|(_, version)| choice.program_version.is_none_or(|number| version.number == number))
        .flat_map(|(program, version)| {
            let procedures = version.procedures.iter();
            procedures.map(move |procedure| Target { program, version, procedure })
        })
        .collect();
    match targets.as_slice() {
        [] => Err(Trouble::misuse("the file defines no procedure")),
        _ => Ok(targets),
    }
}

/// The procedure of a name, of the end of a name, or of a number; of several versions, the highest one's.
pub(crate) fn find<'s>(
    schema: &'s Schema,
    name: &str,
    choice: &Choice,
) -> Result<Target<'s>, Trouble> {
    let all = all(schema, choice)?;
    let of = |is_meant: &dyn Fn(&Procedure) -> bool| -> Vec<Target<'s>> {
        all.iter().filter(|target| is_meant(target.procedure)).copied().collect()
    };
    let ways: [&dyn Fn(&Procedure) -> bool; 3] = [
        &|procedure| procedure.name == name,
        &|procedure| is_called(&procedure.name, procedure.number, name),
        &|procedure| ends_in(&procedure.name, name),
    ];
    let meant = ways.into_iter().map(of).find(|meant| !meant.is_empty()).unwrap_or_default();
    match meant.as_slice() {
        [] => Err(unknown(name, &all)),
        several => newest(several).ok_or_else(|| ambiguous(name, several)),
    }
}

/// The highest version of what is one procedure of one program.
fn newest<'s>(targets: &[Target<'s>]) -> Option<Target<'s>> {
    let names = targets.iter().map(|target| (&target.program.name, &target.procedure.name));
    let is_one = names.collect::<BTreeSet<_>>().len() == 1;
    let newest = targets.iter().max_by_key(|target| target.version.number);
    newest.copied().filter(|_| is_one)
}

fn unknown(name: &str, all: &[Target<'_>]) -> Trouble {
    let names = all.iter().map(|target| target.procedure.name.as_str());
    let ends = names.clone().filter_map(|name| name.rsplit_once('_').map(|(_, end)| end));
    Trouble::misuse(match closest(name, names.clone()).or_else(|| closest(name, ends)) {
        Some(near) => format!("no procedure is called {name}; did you mean {near}?"),
        None => format!("no procedure is called {name}{}", listed(names.map(str::to_owned))),
    })
}

fn ambiguous(name: &str, several: &[Target<'_>]) -> Trouble {
    let several = listed(several.iter().map(|Target { program, version, procedure }| {
        format!("{} of {} version {}", procedure.name, program.name, version.number)
    }));
    Trouble::misuse(format_args!(
        "{name} may be one of several procedures{several}: name it in full, or say --program or --program-version"
    ))
}

fn is_called(name: &str, number: u32, word: &str) -> bool {
    let hex = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X"));
    let parsed = hex.map_or_else(|| word.parse(), |digits| u32::from_str_radix(digits, 16));
    name.eq_ignore_ascii_case(word) || parsed == Ok(number)
}

/// Whether a word is what stands in a name behind a `_`.
fn ends_in(name: &str, word: &str) -> bool {
    let mut ends = name.match_indices('_').filter_map(|(at, _)| name.get(at.checked_add(1)?..));
    ends.any(|end| end.eq_ignore_ascii_case(word))
}

fn listed(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.collect();
    let first = names.iter().take(MAX_NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = if names.len() > MAX_NAMED { ", ..." } else { "" };
    format!(" ({first}{more})")
}
