//! Names to meanings: from the text's shape to the [`Model`].

mod collect;
mod constants;
mod facts;
mod graph;
mod identifiers;
mod lower;
mod naming;
mod programs;
mod shape;
mod unions;

use std::collections::BTreeMap;

pub(crate) use facts::of_ty;

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
}

/// Resolves the whole file. The model is whole only where no error was added.
pub(crate) fn resolve(
    items: &[ast::Item],
    options: &Options,
    sources: &Sources,
    diagnostics: &mut Diagnostics,
) -> Model {
    let collected = collect::collect(items, diagnostics);
    let constants = constants::evaluate(items, &collected, diagnostics);
    let mut model = lower::lower(items, &collected, &constants, options, sources, diagnostics);
    if diagnostics.has_errors() {
        return model;
    }
    shape::find_lists(&mut model);
    facts::complete(&mut model, diagnostics);
    if !diagnostics.has_errors() {
        naming::assign(&mut model, options);
    }
    model
}
