//! Diagnostics as text for people.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::diag::{Diagnostic, Diagnostics, Label, Severity};
use crate::source::{FileId, Sources};

/// How the text is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Style {
    #[default]
    Plain,
    Coloured,
}

/// Every diagnostic, and how many there were.
pub(crate) fn render(diagnostics: &Diagnostics, sources: &Sources, style: Style) -> String {
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Coloured => Renderer::styled(),
    };
    let mut out = String::new();
    for diagnostic in diagnostics.list() {
        out.push_str(&one(diagnostic, sources, &renderer));
        out.push_str("\n\n");
    }
    out.push_str(&summary(diagnostics));
    out
}

fn one(diagnostic: &Diagnostic, sources: &Sources, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(diagnostic.message.as_str()).id(diagnostic.code);
    let mut group = Group::with_title(title);
    for (file, labels) in by_file(diagnostic) {
        let Some(source) = sources.file(file) else { continue };
        let mut snippet = Snippet::source(source.text.as_str()).path(source.name.as_str());
        for (label, is_first) in labels {
            let kind = if is_first { AnnotationKind::Primary } else { AnnotationKind::Context };
            let range = clipped(label, source.text.len());
            snippet = snippet.annotation(kind.span(range).label(label.text.as_str()));
        }
        group = group.element(snippet);
    }
    for help in &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    renderer.render(&[group])
}

/// A long stretch is shown by its first line.
fn clipped(label: &Label, length: usize) -> std::ops::Range<usize> {
    let range = label.span.range();
    range.start.min(length)..range.end.min(length)
}

/// The labels of each file; the first of all is marked.
fn by_file(diagnostic: &Diagnostic) -> Vec<(FileId, Vec<(&Label, bool)>)> {
    let mut out: Vec<(FileId, Vec<(&Label, bool)>)> = Vec::new();
    for (index, label) in diagnostic.labels.iter().enumerate() {
        let entry = (label, index == 0);
        match out.iter_mut().find(|(file, _)| *file == label.span.file) {
            Some((_, labels)) => labels.push(entry),
            None => out.push((label.span.file, vec![entry])),
        }
    }
    out
}

fn summary(diagnostics: &Diagnostics) -> String {
    let count = |severity| diagnostics.list().iter().filter(|one| one.severity == severity).count();
    let plural = |count: usize, what: &str| match count {
        0 => None,
        1 => Some(format!("1 {what}")),
        _ => Some(format!("{count} {what}s")),
    };
    let parts =
        [plural(count(Severity::Error), "error"), plural(count(Severity::Warning), "warning")];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
