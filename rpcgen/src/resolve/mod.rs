//! Names to meanings: from the text's shape to the [`Model`].

mod borrow;
mod collect;
mod constants;
mod facts;
mod graph;
mod identifiers;
mod lower;
mod missing;
mod naming;
mod paths;
mod programs;
mod shape;
mod unions;

use std::collections::{BTreeMap, HashSet};

pub(crate) use facts::of_ty;
#[cfg(feature = "cli")]
pub(crate) use identifiers::is_keyword;

use crate::ast;
use crate::diag::Diagnostics;
use crate::model::Model;
use crate::source::Sources;

/// What the user asked of names and types.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    /// Types that other Rust code supplies, by their name in the text.
    pub(crate) externs: BTreeMap<String, String>,
    /// The names of the text stay as they are.
    pub(crate) keep_names: bool,
    /// Part of the text is not here, or has no name: what is not defined may be defined there.
    pub(crate) incomplete: bool,
    /// Words of what does not parse: what is not defined may be defined there.
    pub(crate) skipped: HashSet<String>,
    /// Strings that become bytes, by `type.field`, the name of a typedef, or `.` for all.
    pub(crate) bytes: Vec<String>,
    /// Opaque data that becomes a part of its message, by the same paths.
    pub(crate) shared_bytes: Vec<String>,
    /// Types that get a twin which borrows, by their name in the text, or `.` for all.
    pub(crate) borrow: Vec<String>,
    /// Types that the user gives attributes, by their name in the text, or `.` for all.
    pub(crate) attributed: Vec<String>,
}

impl Options {
    /// Whether what can't be read may define the name.
    fn may_define(&self, name: &str) -> bool {
        self.incomplete || self.skipped.contains(name)
    }
}

/// Resolves the whole file. The model is whole only where no error was added.
pub(crate) fn resolve(
    items: &[ast::Item],
    for_c: &[(String, ast::Expr)],
    options: &Options,
    sources: &Sources,
    diagnostics: &mut Diagnostics,
) -> Model {
    let collected = collect::collect(items, options, diagnostics);
    let constants = constants::evaluate(items, for_c, &collected, diagnostics);
    let (mut model, places) =
        lower::lower(items, &collected, &constants, options, sources, diagnostics);
    if diagnostics.has_errors() {
        facts::report_circles(&model, false, diagnostics);
        return model;
    }
    model.follow_typedefs();
    shape::find_lists(&mut model);
    facts::complete(&mut model, diagnostics);
    if !diagnostics.has_errors() {
        borrow::mark(&mut model, options);
        naming::assign(&mut model, options);
        paths::check(&model, &places, options, diagnostics);
    }
    model
}
