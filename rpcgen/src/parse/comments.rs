//! The comments that belong to what stands beside them.

use super::cursor::Parser;
use crate::ast::Doc;
use crate::lex::Token;
use crate::source::Span;

impl Parser<'_> {
    /// The comments right before a token: no blank line between, nothing else on their lines.
    pub(super) fn doc_before(&self, token: Token) -> Doc {
        let mut doc = Doc::new();
        let mut next_start = token.at.start;
        let mut index = token.comments as usize;
        while let Some(comment) = index.checked_sub(1).and_then(|at| self.comments.get(at)) {
            if index <= self.claimed {
                break;
            }
            let span = comment.span;
            if span.file != token.at.file || span.end > next_start || !comment.own_line {
                break;
            }
            if !is_near(self.sources.between(span.file, span.end, next_start)) {
                break;
            }
            doc.push(span);
            next_start = span.start;
            index = index.saturating_sub(1);
        }
        doc.reverse();
        doc
    }

    /// The comments behind a token on its line, and lines that go on with the last of them.
    pub(super) fn doc_behind(&mut self, token: Token) -> Doc {
        let mut doc: Doc = Vec::new();
        let mut end = token.at.end;
        for comment in self.comments.iter().skip(token.comments as usize) {
            let span = comment.span;
            if span.file != token.at.file || span.start < end {
                break;
            }
            let gap = self.sources.between(span.file, end, span.start);
            let goes_on = comment.own_line
                && doc.last().is_some_and(|&last| self.is_below(last, span))
                && is_near(gap);
            let same_line = !comment.own_line && gap.chars().all(|c| c == ' ' || c == '\t');
            if !goes_on && !same_line {
                break;
            }
            doc.push(span);
            end = span.end;
        }
        self.claimed = self.claimed.max((token.comments as usize).saturating_add(doc.len()));
        doc
    }

    /// `//` comments one below the other, in the same column.
    fn is_below(&self, upper: Span, lower: Span) -> bool {
        let column = |span: Span| self.sources.line_column(span.file, span.start).1;
        let is_line = |span| self.sources.text(span).starts_with("//");
        is_line(upper) && is_line(lower) && column(upper) == column(lower)
    }

    /// The comments behind the token that ended it, after those `before` it, which were to be taken first: what is within
    /// takes its own.
    pub(super) fn doc_around(&mut self, before: Doc, last: Token) -> Doc {
        let mut doc = before;
        doc.extend(self.doc_behind(last));
        doc
    }
}

/// Only blanks, and no blank line.
fn is_near(gap: &str) -> bool {
    gap.chars().all(char::is_whitespace) && gap.bytes().filter(|&byte| byte == b'\n').count() <= 1
}
