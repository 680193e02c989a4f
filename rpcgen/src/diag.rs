//! What the compiler has to say about a file.

use crate::source::Span;

/// How grave a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    Warning,
    Error,
}

/// A place and what is to be said about it.
#[derive(Debug, Clone)]
pub(crate) struct Label {
    pub(crate) span: Span,
    pub(crate) text: String,
}

/// One error or warning. The first label is the place it is about.
#[derive(Debug, Clone)]
pub(crate) struct Diagnostic {
    pub(crate) severity: Severity,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) labels: Vec<Label>,
    pub(crate) help: Vec<String>,
}

impl Diagnostic {
    pub(crate) fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message.into())
    }

    pub(crate) fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message.into())
    }

    fn new(severity: Severity, code: &'static str, message: String) -> Self {
        Self { severity, code, message, labels: Vec::new(), help: Vec::new() }
    }

    /// Adds a place; the first is the one the diagnostic is about.
    pub(crate) fn at(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Adds what to do about it.
    pub(crate) fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }

    /// Adds what to do about it, where that is known.
    pub(crate) fn maybe_help(self, text: Option<String>) -> Self {
        match text {
            Some(text) => self.help(text),
            None => self,
        }
    }
}

/// All that has been said so far.
#[derive(Debug, Default)]
pub(crate) struct Diagnostics {
    list: Vec<Diagnostic>,
    errors: usize,
    not_kept: usize,
}

/// After this many the rest adds nothing, and a hostile file must stay cheap.
const MAX_KEPT: usize = 500;

impl Diagnostics {
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        if diagnostic.severity == Severity::Error {
            self.errors = self.errors.saturating_add(1);
        }
        if self.list.len() < MAX_KEPT {
            self.list.push(diagnostic);
        } else {
            self.not_kept = self.not_kept.saturating_add(1);
        }
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// Whether one of them is about a place within the span.
    pub(crate) fn are_within(&self, span: Span) -> bool {
        self.list.iter().filter_map(|diagnostic| diagnostic.labels.first()).any(|label| {
            let place = label.span;
            place.file == span.file && (span.start..=span.end).contains(&place.start)
        })
    }

    pub(crate) fn list(&self) -> &[Diagnostic] {
        &self.list
    }

    /// How many came after there were too many.
    pub(crate) fn not_kept(&self) -> usize {
        self.not_kept
    }

    /// In the order of the text, as a reader meets them.
    pub(crate) fn sort(&mut self) {
        self.list.sort_by_key(|diagnostic| {
            diagnostic.labels.first().map(|label| (label.span.file, label.span.start))
        });
    }
}
