//! Comments and text of the `.x` file in rustdoc.

use super::Context;
use super::layout::Out;
use crate::comment;
use crate::model::{Procedure, TypeDef};
use crate::source::Span;

/// What an item of the text is, for its documentation.
pub(super) struct Docs<'a> {
    pub(super) doc: &'a [Span],
    pub(super) span: Span,
    /// Its kind, for where no comment says more.
    pub(super) what: &'a str,
    pub(super) name: &'a str,
    pub(super) rust: &'a str,
}

impl<'a> Docs<'a> {
    pub(super) fn of_type(def: &'a TypeDef, what: &'a str) -> Self {
        Self { doc: &def.doc, span: def.span, what, name: &def.name, rust: &def.rust }
    }

    pub(super) fn of_procedure(procedure: &'a Procedure) -> Self {
        let (name, rust) = (&procedure.name.name, &procedure.rust);
        Self { doc: &procedure.doc, span: procedure.span, what: "procedure", name, rust }
    }
}

impl Context<'_> {
    /// The comments, the text of the definition, and its name where Rust's differs.
    pub(super) fn item_docs(&self, out: &mut Out, indent: usize, docs: &Docs<'_>) {
        let Docs { doc, span, what, name, rust } = *docs;
        if !self.comments(out, indent, doc) {
            out.pieces(indent, &["/// The ", what, " `", name, "`."]);
        }
        out.line(indent, "///");
        self.text_block(out, indent, span);
        self.alias(out, indent, name, rust);
        if indent == 0 {
            self.allow_style(out);
        }
    }

    /// Names of the text follow no convention of Rust.
    pub(super) fn allow_style(&self, out: &mut Out) {
        if self.options.keep_names {
            out.line(0, "#[allow(nonstandard_style)]");
        }
    }

    /// The comments, if any, and the text.
    pub(super) fn item_docs_or_none(&self, out: &mut Out, doc: &[Span], span: Span) {
        if self.comments(out, 0, doc) {
            out.line(0, "///");
        }
        self.text_block(out, 0, span);
    }

    /// Behind a line that says what an item is: the comments, if any.
    pub(super) fn further_docs(&self, out: &mut Out, indent: usize, doc: &[Span]) {
        let lines = comment::lines(self.sources, doc);
        if !lines.is_empty() {
            out.line(indent, "///");
            paragraphs(out, indent, &lines);
        }
    }

    /// The comments, or what stands in for them.
    pub(super) fn part_docs(&self, out: &mut Out, indent: usize, doc: &[Span], instead: &str) {
        if !self.comments(out, indent, doc) {
            out.pieces(indent, &["/// ", &code(instead)]);
        }
    }

    pub(super) fn alias(&self, out: &mut Out, indent: usize, name: &str, rust: &str) {
        if name != rust.trim_start_matches("r#") && !name.is_empty() {
            out.pieces(indent, &["#[doc(alias = \"", name, "\")]"]);
        }
    }

    /// What is written on one line, blanks and comments made short.
    pub(super) fn one_line(&self, span: Span) -> String {
        let text = without_comments(self.sources.text(span));
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn text_block(&self, out: &mut Out, indent: usize, span: Span) {
        let text = self.sources.text(span);
        let (line, column) = self.sources.line_column(span.file, span.start);
        debug_assert!(line > 0, "lines count from 1");
        let lines = dedent(text, column.saturating_sub(1));
        block(out, indent, &lines);
    }

    /// Whether there are any.
    fn comments(&self, out: &mut Out, indent: usize, doc: &[Span]) -> bool {
        let lines = comment::lines(self.sources, doc);
        paragraphs(out, indent, &lines);
        !lines.is_empty()
    }
}

/// Text for rustdoc, or as it is where rustdoc would lay it out anew.
fn paragraphs(out: &mut Out, indent: usize, lines: &[String]) {
    if is_laid_out(lines) {
        return block(out, indent, lines);
    }
    for line in lines {
        if line.is_empty() {
            out.line(indent, "///");
        } else {
            out.pieces(indent, &["/// ", &escape(line)]);
        }
    }
}

/// Text that is shown as it is.
fn block(out: &mut Out, indent: usize, lines: &[String]) {
    let longest = lines.iter().map(|line| longest_fence(line)).max().unwrap_or(0);
    let fence = "`".repeat(longest.saturating_add(1).max(3));
    out.pieces(indent, &["/// ", &fence, "text"]);
    for line in lines {
        if line.is_empty() {
            out.line(indent, "///");
        } else {
            out.pieces(indent, &["/// ", line]);
        }
    }
    out.pieces(indent, &["/// ", &fence]);
}

fn longest_fence(line: &str) -> usize {
    line.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// Lines without the indentation of the first, without tabs and what rustdoc can't have.
fn dedent(text: &str, column: usize) -> Vec<String> {
    let mut lines = text.lines();
    let first = lines.next().map(comment::clean).into_iter();
    let rest = lines.map(|line| {
        let line = comment::clean(line);
        let blanks = line.len().saturating_sub(line.trim_start_matches(' ').len());
        line.get(blanks.min(column)..).unwrap_or("").to_owned()
    });
    first.chain(rest).collect()
}

/// Something other than paragraphs: it must stay as it is.
fn is_laid_out(lines: &[String]) -> bool {
    lines.iter().any(|line| {
        let is_list =
            line.starts_with(['-', '+', '#', '|', '=', '>', '*', '~', ':']) && line.len() > 1;
        let digits = line.trim_start_matches(|digit: char| digit.is_ascii_digit());
        let is_numbered = digits.len() < line.len() && digits.starts_with(['.', ')']);
        let is_wide = line.trim_start().contains("   ");
        line.starts_with(' ') || is_list || is_numbered || is_wide
    })
}

/// Text in which nothing means anything to rustdoc.
fn escape(line: &str) -> String {
    let mut out = String::with_capacity(line.len().saturating_add(8));
    for (index, word) in line.split(' ').enumerate() {
        if index > 0 {
            out.push(' ');
        }
        let is_link = word.starts_with("http://") || word.starts_with("https://");
        let link_is_plain =
            word.chars().all(|c| !matches!(c, '<' | '>' | '`' | '[' | ']' | '(' | ')'));
        if is_link && link_is_plain {
            let link = word.trim_end_matches(['.', ',', ';']);
            out.push('<');
            out.push_str(link);
            out.push('>');
            out.push_str(word.get(link.len()..).unwrap_or(""));
            continue;
        }
        escape_word(word, &mut out);
    }
    // Elsewhere in a line a link's start would be made one.
    out.replace("://", if out.contains("<http") { "://" } else { ":\\//" })
}

fn escape_word(word: &str, out: &mut String) {
    let mut rest = word.chars();
    let mut is_start = true;
    while let Some(character) = rest.next() {
        let next = rest.clone().next();
        let means_something = match character {
            '\\' | '`' | '*' | '[' => true,
            // Within a word it is a letter.
            '_' => is_start || next.is_none_or(|next| !next.is_ascii_alphanumeric()),
            '<' => next
                .is_some_and(|next| next.is_ascii_alphabetic() || matches!(next, '/' | '!' | '?')),
            '&' => next.is_some_and(|next| next.is_ascii_alphanumeric() || next == '#'),
            '~' => next == Some('~'),
            _ => false,
        };
        if means_something {
            out.push('\\');
        }
        out.push(character);
        is_start = false;
    }
}

/// A piece of code in a sentence.
fn code(text: &str) -> String {
    if text.contains('`') {
        return format!("`` {text} ``");
    }
    format!("`{text}`")
}

fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("/*").into_iter().chain(rest.find("//")).min() {
        let (before, comment) = rest.split_at(start);
        out.push_str(before);
        out.push(' ');
        let end = match comment.starts_with("/*") {
            true => comment.find("*/").map(|at| at.saturating_add(2)),
            false => comment.find('\n'),
        };
        rest = end.and_then(|end| comment.get(end..)).unwrap_or("");
    }
    out.push_str(rest);
    out
}
