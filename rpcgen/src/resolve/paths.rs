//! Names that the user's options have for parts of the text: one that matches nothing is an error.

use super::Options;
use super::lower::ALL;
use crate::diag::{Diagnostic, Diagnostics};
use crate::model::{Model, TypeKind};

/// Strings and opaque data that an option can name, by their paths; empty where no option names any.
#[derive(Debug, Default)]
pub(super) struct Places {
    pub(super) text: Vec<String>,
    pub(super) opaque: Vec<String>,
}

/// Looks for each name that an option has; the model has its Rust names.
///
/// Names of `extern_path` are not looked for: a list of them is most often shared by many files.
pub(super) fn check(model: &Model, places: &Places, options: &Options, found: &mut Diagnostics) {
    let Places { text, opaque } = places;
    // What is opaque is bytes already.
    let mut data: Vec<&str> = text.iter().chain(opaque).map(String::as_str).collect();
    // Labels of one arm share its declaration.
    data.sort_unstable();
    data.dedup();
    let types: Vec<&str> = model.types.iter().map(|def| def.name.as_str()).collect();
    let shown = attributed(model);
    for (option, names, known, what) in [
        ("bytes", &options.bytes, &data, "string"),
        ("shared_bytes", &options.shared_bytes, &data, "string or opaque data"),
        ("borrow", &options.borrow, &types, "type"),
        ("type_attribute", &options.attributed, &shown, "struct, enum or union"),
    ] {
        for name in names.iter().filter(|name| *name != ALL && !known.contains(&name.as_str())) {
            found.push(
                Diagnostic::error(
                    "X260",
                    format!("`{option}` names `{name}`, and no {what} has this name"),
                )
                .maybe_help(meant(name, known).map(|near| format!("did you mean `{near}`?"))),
            );
        }
    }
}

/// Types that take attributes: by their name in the text, and twins by their own.
fn attributed(model: &Model) -> Vec<&str> {
    let defs = model.types.iter().filter(|def| !matches!(def.kind, TypeKind::Alias(_)));
    defs.flat_map(|def| [Some(def.name.as_str()), def.borrowed.as_deref()]).flatten().collect()
}

/// A path that is nearly the same, or one whose field is (nearly) this, where there is but one.
fn meant<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let by_path = || crate::similar::closest(name, known.iter().copied());
    by_path().or_else(|| of_field(name, known)).or_else(|| {
        let fields = known.iter().filter_map(|path| field(path));
        of_field(crate::similar::closest(name, fields)?, known)
    })
}

/// The path of the only field of this name.
fn of_field<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let mut paths = known.iter().filter(|path| field(path) == Some(name));
    paths.next().copied().filter(|_| paths.next().is_none())
}

fn field(path: &str) -> Option<&str> {
    path.rsplit_once('.').map(|(_, field)| field)
}
