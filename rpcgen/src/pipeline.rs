//! One file from text to model.

use std::collections::{HashMap, HashSet};

use crate::ast::{Item, ItemKind};
use crate::diag::{Diagnostic, Diagnostics};
use crate::model::Model;
use crate::parse::Read;
use crate::preprocess::{self, OUTPUTS, Stream};
use crate::source::{FileId, Sources, Span};
use crate::{parse, resolve};

/// What is known of a file.
#[derive(Debug)]
pub(crate) struct Analysis {
    pub(crate) sources: Sources,
    pub(crate) file: FileId,
    /// Whole only where there is no error.
    pub(crate) model: Model,
    pub(crate) diagnostics: Diagnostics,
    /// Its text does not parse.
    #[cfg_attr(not(feature = "cli"), allow(dead_code))]
    pub(crate) unreadable: bool,
}

/// Reads and resolves a file of `sources`.
pub(crate) fn analyse(
    file: FileId,
    mut sources: Sources,
    preprocess: &preprocess::Options,
    resolve: &resolve::Options,
) -> Analysis {
    let mut diagnostics = Diagnostics::default();
    let [first, others @ ..] = OUTPUTS;
    let mut stream =
        preprocess::preprocess(file, first, preprocess, &mut sources, &mut diagnostics);
    let preprocess_failed = diagnostics.has_errors();
    let Read { mut items, skipped, unnamed } =
        parse::parse(&mut stream, &sources, &mut diagnostics);
    drop_repetitions(&mut items, &sources, &mut diagnostics);
    let mut for_c = parse::parse_for_c(&stream, &sources);
    let unreadable = diagnostics.has_errors();
    if stream.asks_output && !preprocess_failed && skipped.is_empty() {
        for output in others {
            let mut other = preprocess::preprocess(
                file,
                output,
                preprocess,
                &mut sources,
                &mut Diagnostics::default(),
            );
            add_from_output(&mut other, &sources, &mut items);
            for_c.extend(parse::parse_for_c(&other, &sources));
        }
    }
    let incomplete = preprocess_failed || unnamed;
    let options = resolve::Options { incomplete, skipped, ..resolve.clone() };
    let model = resolve::resolve(&items, &for_c, &options, &sources, &mut diagnostics);
    diagnostics.sort();
    Analysis { sources, file, model, diagnostics, unreadable }
}

/// C's rpcgen reads a file once for each of its outputs, and some definitions are there for one of them only: they
/// count where no other definition has their name, and nothing is wrong with them.
fn add_from_output(stream: &mut Stream, sources: &Sources, items: &mut Vec<Item>) {
    let mut told = Diagnostics::default();
    let found = parse::parse(stream, sources, &mut told).items;
    let known: HashSet<String> = items.iter().filter_map(name).map(str::to_owned).collect();
    let mut found = found
        .into_iter()
        .filter(|item| name(item).is_some_and(|name| !known.contains(name)))
        .filter(|item| !told.are_within(item.span))
        .peekable();
    let mut merged = Vec::with_capacity(items.len());
    for item in items.drain(..) {
        let is_before =
            |other: &Item| other.span.file == item.span.file && other.span.start < item.span.start;
        while let Some(other) = found.next_if(is_before) {
            merged.push(other);
        }
        merged.push(item);
    }
    merged.extend(found);
    *items = merged;
}

/// A definition that says the same again, blanks apart, is one definition.
fn drop_repetitions(items: &mut Vec<Item>, sources: &Sources, diagnostics: &mut Diagnostics) {
    let mut seen: HashMap<String, Span> = HashMap::new();
    items.retain(|item| {
        let is_type = !matches!(item.kind, ItemKind::Const { .. } | ItemKind::Program(_));
        let Some(name) = name(item).filter(|_| is_type) else { return true };
        let Some(&first) = seen.get(name) else {
            seen.insert(name.to_owned(), item.span);
            return true;
        };
        let is_same =
            sources.text(first).split_whitespace().eq(sources.text(item.span).split_whitespace());
        if is_same {
            diagnostics.push(
                Diagnostic::warning(
                    "X202",
                    format!("the type `{name}` is defined twice in the same way"),
                )
                .at(item.span, "defined again here")
                .at(first, "first defined here"),
            );
        }
        !is_same
    });
}

fn name(item: &Item) -> Option<&str> {
    match &item.kind {
        ItemKind::Const { name, .. }
        | ItemKind::Enum { name, .. }
        | ItemKind::Struct { name, .. }
        | ItemKind::Union { name, .. } => Some(&name.name),
        ItemKind::Typedef(declaration) => declaration.name.as_ref().map(|name| name.name.as_str()),
        ItemKind::Program(program) => Some(&program.name.name),
    }
}
