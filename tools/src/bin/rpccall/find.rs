//! Which procedure is meant.

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
pub(crate) fn all<'s>(
    schema: &'s Schema,
    choice: &Choice,
) -> Result<impl Iterator<Item = Target<'s>> + Clone, Trouble> {
    let is_program = |program: &&Program| match &choice.program {
        Some(name) => is_called(&program.name, program.number, name),
        None => true,
    };
    let is_version = |version: &&'s Version| {
        choice.program_version.is_none_or(|number| version.number == number)
    };
    let programs: Vec<&Program> = schema.programs.iter().filter(is_program).collect();
    let versions: Vec<(&Program, &Version)> = programs
        .iter()
        .flat_map(|program| {
            program.versions.iter().filter(is_version).map(|found| (*program, found))
        })
        .collect();
    match (versions.is_empty(), programs.is_empty(), &choice.program, choice.program_version) {
        (true, true, Some(name), _) => {
            let names = listed(schema.programs.iter().map(|program| program.name.clone()));
            Err(Trouble::misuse(format_args!("the file has no program {name}{names}")))
        }
        (true, _, _, Some(version)) => {
            let versions = programs.iter().flat_map(|program| &program.versions);
            let numbers = listed(versions.map(|version| version.number.to_string()));
            Err(Trouble::misuse(format_args!("the file has no version {version}{numbers}")))
        }
        (true, ..) => Err(Trouble::misuse("the file defines no program")),
        (false, ..) => Ok(versions.into_iter().flat_map(|(program, version)| {
            let procedures = version.procedures.iter();
            procedures.map(move |procedure| Target { program, version, procedure })
        })),
    }
}

/// The procedure of a name, of the end of a name, or of a number.
pub(crate) fn find<'s>(
    schema: &'s Schema,
    name: &str,
    choice: &Choice,
) -> Result<Target<'s>, Trouble> {
    let all = all(schema, choice)?;
    let by_name: Vec<Target<'s>> = all
        .clone()
        .filter(|target| is_called(&target.procedure.name, target.procedure.number, name))
        .collect();
    let by_end: Vec<Target<'s>> =
        all.clone().filter(|target| ends_in(&target.procedure.name, name)).collect();
    match (by_name.as_slice(), by_end.as_slice()) {
        ([target], _) | ([], [target]) => Ok(*target),
        ([], []) => {
            let names = all.map(|target| target.procedure.name.as_str());
            Err(Trouble::misuse(match meant(name, names.clone()) {
                Some(near) => format!("no procedure is called {name}; did you mean {near}?"),
                None => {
                    let names = listed(names.map(str::to_owned));
                    format!("no procedure is called {name}{names}")
                }
            }))
        }
        ([], several) | (several, _) => Err(Trouble::misuse(format_args!(
            "{name} may be one of several procedures{}: name it in full, or say --program or --program-version",
            listed(several.iter().map(|target| {
                let Target { program, version, procedure } = target;
                format!("{} of {} version {}", procedure.name, program.name, version.number)
            }))
        ))),
    }
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

/// The name that was meant, whole or the end of it.
fn meant<'n>(word: &str, names: impl Iterator<Item = &'n str> + Clone) -> Option<&'n str> {
    let ends = names.clone().filter_map(|name| name.rsplit_once('_').map(|(_, end)| end));
    closest(word, names).or_else(|| closest(word, ends))
}

fn listed(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.collect();
    let first = names.iter().take(MAX_NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = if names.len() > MAX_NAMED { ", ..." } else { "" };
    format!(" ({first}{more})")
}
