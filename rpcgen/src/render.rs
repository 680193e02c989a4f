//! Diagnostics as text for people.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::diag::{Diagnostic, Diagnostics, Label, Severity};
use crate::source::{FileId, Sources};

/// How the text is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Style {
    #[default]
    Plain,
    #[cfg(feature = "cli")]
    Coloured,
}

/// Every diagnostic, and how many there were.
pub(crate) fn render(diagnostics: &Diagnostics, sources: &Sources, style: Style) -> String {
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        #[cfg(feature = "cli")]
        Style::Coloured => Renderer::styled(),
    };
    let mut out = String::new();
    if diagnostics.list().is_empty() {
        return out;
    }
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
        let (window, first_line) = window(&labels, file, sources);
        let text = source.text.get(window.clone()).unwrap_or("");
        let mut snippet = Snippet::source(text).path(source.name.as_str()).line_start(first_line);
        for (label, is_first) in labels {
            let kind = if is_first { AnnotationKind::Primary } else { AnnotationKind::Context };
            let range = label.span.range();
            let start = range.start.saturating_sub(window.start).min(text.len());
            let end = range.end.saturating_sub(window.start).min(text.len());
            snippet = snippet.annotation(kind.span(start..end).label(label.text.as_str()));
        }
        group = group.element(snippet);
    }
    for help in &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    // Of the other control characters it shows pictures.
    renderer.render(&[group]).replace(|c| matches!(c, '\u{80}'..='\u{9f}'), "\u{fffd}")
}

/// The lines that the labels lie in, and the number of the first: the renderer reads all that it is given.
fn window(
    labels: &[(&Label, bool)],
    file: FileId,
    sources: &Sources,
) -> (std::ops::Range<usize>, usize) {
    let text = sources.file(file).map_or("", |source| source.text.as_str());
    let first = labels.iter().map(|(label, _)| label.span.start).min().unwrap_or(0);
    let last = labels.iter().map(|(label, _)| label.span.end).max().unwrap_or(first);
    let before = text.get(..first as usize).unwrap_or("");
    let start = before.rfind('\n').map_or(0, |at| at.saturating_add(1));
    let behind = text.get(last as usize..).unwrap_or("");
    let end = behind.find('\n').map_or(text.len(), |at| (last as usize).saturating_add(at));
    (start..end.max(start), sources.line_column(file, first).0)
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
    let shown = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
    match diagnostics.not_kept() {
        0 => shown,
        more => format!("{shown}, and {more} more that are not shown"),
    }
}

/// Every diagnostic as JSON, one a line.
#[cfg(feature = "cli")]
pub(crate) fn json(diagnostics: &Diagnostics, sources: &Sources) -> String {
    let renderer = Renderer::plain();
    let lines = diagnostics.list().iter().map(|diagnostic| {
        let mut json = crate::json::Json::default();
        json.object(|json| json_of(diagnostic, sources, &renderer, json));
        json.finish() + "\n"
    });
    lines.collect()
}

#[cfg(feature = "cli")]
fn json_of(
    diagnostic: &Diagnostic,
    sources: &Sources,
    renderer: &Renderer,
    json: &mut crate::json::Json,
) {
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    json.key("severity").string(severity);
    json.key("code").string(diagnostic.code);
    json.key("message").string(&diagnostic.message);
    json.key("labels").array(|json| {
        for (index, label) in diagnostic.labels.iter().enumerate() {
            json.object(|json| json_label(label, index == 0, sources, json));
        }
    });
    json.key("help").array(|json| diagnostic.help.iter().for_each(|help| json.string(help)));
    json.key("rendered").string(&one(diagnostic, sources, renderer));
}

#[cfg(feature = "cli")]
fn json_label(label: &Label, is_primary: bool, sources: &Sources, json: &mut crate::json::Json) {
    let span = label.span;
    let (line, column) = sources.line_column(span.file, span.start);
    let (end_line, end_column) = sources.line_column(span.file, span.end);
    json.key("file").string(sources.file(span.file).map_or("", |file| &file.name));
    for (key, value) in
        [("line", line), ("column", column), ("end_line", end_line), ("end_column", end_column)]
    {
        json.key(key).plain(value);
    }
    json.key("primary").plain(is_primary);
    json.key("text").string(&label.text);
}
