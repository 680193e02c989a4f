//! Names that nothing defines, gathered into one error: they most often share one cause, a file that is not here.

use std::collections::BTreeMap;

use super::Options;
use crate::diag::{Diagnostic, Diagnostics};
use crate::source::Span;

/// Names that were used and not found, and where.
#[derive(Debug, Default)]
pub(super) struct Missing {
    names: BTreeMap<String, Vec<Span>>,
}

/// How the error speaks of the names.
pub(super) struct Wording {
    pub(super) code: &'static str,
    pub(super) what: &'static str,
    /// What to do, said of the first name.
    pub(super) help: fn(&str) -> String,
}

pub(super) const TYPES: Wording = Wording {
    code: "X201",
    what: "type",
    help: |name| {
        format!(
            "where another file defines it, include that file, or say `--prelude FILE.x`; where Rust does, say \
             `--extern {name}=path::to::Type`, or `.extern_path(\"{name}\", \"path::to::Type\")` in build.rs"
        )
    },
};

pub(super) const CONSTANTS: Wording = Wording {
    code: "X211",
    what: "constant",
    help: |name| {
        format!(
            "where another file defines it, include that file, or say `--prelude FILE.x`; where a C header does, say \
             `-D {name}=VALUE`, or `.define(\"{name}\", \"VALUE\")` in build.rs"
        )
    },
};

/// Places shown in one error, and names for which one that was meant is looked for.
const MAX_SHOWN: usize = 20;

impl Missing {
    pub(super) fn add(&mut self, name: &str, span: Span) {
        self.names.entry(name.to_owned()).or_default().push(span);
    }

    /// Reports the names that nothing defines, if any; `known` are those that might have been meant.
    pub(super) fn report(
        &self,
        wording: &Wording,
        known: &[&str],
        options: &Options,
        diagnostics: &mut Diagnostics,
    ) {
        let names = self.names.iter().filter(|(name, _)| !options.may_define(name));
        let mut names: Vec<(&str, &[Span])> =
            names.map(|(name, spans)| (name.as_str(), spans.as_slice())).collect();
        names.sort_by_key(|(_, spans)| spans.first().map(|span| (span.file, span.start)));
        let Some(&(first, _)) = names.first() else { return };
        let mut diagnostic = Diagnostic::error(wording.code, message(&names, wording.what));
        for &(name, spans) in names.iter().take(MAX_SHOWN) {
            let Some(&span) = spans.first() else { continue };
            let more = if spans.len() > 1 {
                format!(" (used {} times)", spans.len())
            } else {
                String::new()
            };
            diagnostic = diagnostic.at(span, format!("`{name}` is not defined{more}"));
        }
        for &(name, _) in names.iter().take(MAX_SHOWN) {
            let near = || crate::similar::closest(name, known.iter().copied());
            if let Some(near) = of_other_languages(name).or_else(near) {
                let of = if names.len() > 1 { format!(" for `{name}`") } else { String::new() };
                diagnostic = diagnostic.help(format!("did you mean `{near}`{of}?"));
            }
        }
        diagnostics.push(diagnostic.help((wording.help)(first)));
    }
}

/// What types of other languages are called here.
fn of_other_languages(name: &str) -> Option<&'static str> {
    Some(match name {
        "boolean" | "Boolean" => "bool",
        "i8" | "int8" => "char",
        "u8" | "uint8" => "unsigned char",
        "i16" | "int16" => "short",
        "u16" | "uint16" => "unsigned short",
        "i32" | "int32" => "int",
        "u32" | "uint32" => "unsigned int",
        "i64" | "int64" => "hyper",
        "u64" | "uint64" => "unsigned hyper",
        "f32" => "float",
        "f64" => "double",
        _ => return None,
    })
}

fn message(names: &[(&str, &[Span])], what: &str) -> String {
    match names {
        [(name, _)] => format!("the {what} `{name}` is not defined"),
        _ => {
            let shown = names.iter().take(MAX_SHOWN).map(|(name, _)| format!("`{name}`"));
            let list = shown.collect::<Vec<_>>().join(", ");
            let more = if names.len() > MAX_SHOWN { ", …" } else { "" };
            format!("{} {what}s are not defined: {list}{more}", names.len())
        }
    }
}
