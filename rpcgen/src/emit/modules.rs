//! A module for each included file.

use std::collections::HashSet;

use super::layout::Out;
use super::{Context, Options, emit_item};
use crate::model::{Item, Model};
use crate::source::{FileId, Sources};

/// A file of Rust.
#[derive(Debug)]
pub(crate) struct File {
    /// What stands between the root's name and `.rs`; empty for the root.
    pub(crate) suffix: String,
    pub(crate) text: String,
}

/// The root, which includes the others, and one file of Rust for each file of the text that defines something.
pub(crate) fn emit_modules(
    model: &Model,
    sources: &Sources,
    options: &Options,
    root: FileId,
    stem: &str,
) -> Vec<File> {
    let context = Context::new(model, sources, options);
    let mut modules = Modules { context: &context, root: Out::default(), included: Vec::new() };
    for item in &model.items {
        let file = modules.file_of(*item).unwrap_or(root);
        emit_item(&context, *item, modules.out(file, root));
    }
    modules.finish(root, stem)
}

struct Modules<'a> {
    context: &'a Context<'a>,
    root: Out,
    /// In the order of the first definition.
    included: Vec<(FileId, Out)>,
}

impl Modules<'_> {
    fn file_of(&self, item: Item) -> Option<FileId> {
        let model = self.context.model;
        let span = match item {
            Item::Constant(at) => model.constants.get(at)?.span,
            Item::Type(id) => model.def(id)?.span,
            Item::Program(at) => model.programs.get(at)?.span,
        };
        Some(span.file)
    }

    fn out(&mut self, file: FileId, root: FileId) -> &mut Out {
        if file == root {
            return &mut self.root;
        }
        let known = self.included.iter().position(|(other, _)| *other == file);
        let at = known.unwrap_or_else(|| {
            self.included.push((file, Out::default()));
            self.included.len().saturating_sub(1)
        });
        match self.included.get_mut(at) {
            Some((_, out)) => out,
            None => &mut self.root,
        }
    }

    fn finish(self, root: FileId, stem: &str) -> Vec<File> {
        let Self { context, root: definitions, included } = self;
        let mut taken = HashSet::new();
        let mut head = Out::default();
        head.line(0, &super::first_line(name(context.sources, root)));
        let mut files = Vec::new();
        for (file, out) in included {
            let from = name(context.sources, file);
            let module = module(from, &mut taken);
            head.blank();
            head.pieces(0, &["/// What `", from, "` defines."]);
            head.pieces(0, &["pub mod ", &module, " {"]);
            head.line(4, "#[allow(unused_imports)]");
            head.line(4, "use super::*;");
            head.pieces(4, &["include!(\"", stem, ".", &module, ".rs\");"]);
            head.line(0, "}");
            head.line(0, "#[allow(unused_imports)]");
            head.pieces(0, &["pub use ", &module, "::*;"]);
            files.push(File {
                suffix: module,
                text: super::first_line(from) + "\n" + &out.finish(),
            });
        }
        let mut text = head.finish() + &definitions.finish();
        let mut aliases = Out::default();
        context.emit_aliases(&mut aliases);
        text.push_str(&aliases.finish());
        files.insert(0, File { suffix: String::new(), text });
        files
    }
}

/// The file's name without its folders.
pub(super) fn name(sources: &Sources, file: FileId) -> &str {
    sources.file(file).map_or("", |source| source.name.rsplit(['/', '\\']).next().unwrap_or(""))
}

/// `types_x` for `types.x`, each name once: neither a keyword nor the name of a type.
fn module(file: &str, taken: &mut HashSet<String>) -> String {
    let letters =
        file.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' });
    let name: String = letters.collect();
    let plain = if name.starts_with(|first: char| first.is_ascii_lowercase()) {
        name
    } else {
        format!("x_{name}")
    };
    let numbered = (2u32..).map(|number| format!("{plain}_{number}"));
    let mut names = std::iter::once(plain.clone()).chain(numbered);
    let free = names.find(|name| !taken.contains(name)).unwrap_or(plain);
    taken.insert(free.clone());
    free
}
