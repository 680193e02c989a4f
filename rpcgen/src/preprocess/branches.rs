//! `#if` and its kin: which parts of a file count.

use super::condition;
use super::{OUTPUTS, Preprocessor, trimmed};
use crate::diag::Diagnostic;
use crate::lex::{Kind, Token};
use crate::source::Span;

/// An `#if` that is open.
pub(super) struct Branch {
    pub(super) at: Span,
    /// What surrounds it is taken.
    outer: bool,
    /// The branch at hand is taken.
    pub(super) taken: bool,
    /// No further branch can be taken.
    done: bool,
    seen_else: bool,
}

impl Preprocessor<'_> {
    pub(super) fn open_branch(
        &mut self,
        name: Span,
        rest: Span,
        outer: bool,
        branches: &mut Vec<Branch>,
    ) {
        let taken = outer
            && match self.sources.text(name) {
                "ifdef" => self.is_defined(rest),
                "ifndef" => !self.is_defined(rest),
                _ => self.condition(rest),
            };
        branches.push(Branch { at: name, outer, taken, done: taken, seen_else: false });
    }

    pub(super) fn next_branch(&mut self, name: Span, rest: Span, branches: &mut Vec<Branch>) {
        let what = self.sources.text(name).to_owned();
        let Some(branch) = branches.last_mut() else {
            self.diagnostics.push(
                Diagnostic::error("X011", format!("#{what} without an #if"))
                    .at(name, "no condition is open here"),
            );
            return;
        };
        if what != "endif" && branch.seen_else {
            self.diagnostics.push(
                Diagnostic::error("X011", format!("#{what} after #else"))
                    .at(name, "not expected here")
                    .at(branch.at, "the condition it belongs to"),
            );
            return;
        }
        match what.as_str() {
            "endif" => {
                branches.pop();
            }
            "else" => {
                branch.taken = branch.outer && !branch.done;
                branch.seen_else = true;
            }
            _ => {
                let open = branch.outer && !branch.done;
                let taken = open && self.condition(rest);
                if let Some(branch) = branches.last_mut() {
                    branch.taken = taken;
                    branch.done |= taken;
                }
            }
        }
    }

    pub(super) fn is_defined(&mut self, rest: Span) -> bool {
        self.first_word(rest).is_some_and(|name| {
            self.note_output(&name);
            self.macros.is_defined(&name)
        })
    }

    pub(super) fn note_output(&mut self, name: &str) {
        self.stream.asks_output |= OUTPUTS.contains(&name);
    }

    pub(super) fn condition(&mut self, rest: Span) -> bool {
        let tokens = self.lex(rest);
        let tokens = self.resolve_defined(&tokens);
        match condition::evaluate(&tokens, self.sources) {
            Ok(value) => value != 0,
            Err(reason) => {
                let span = trimmed(self.sources, rest);
                self.diagnostics.push(
                    Diagnostic::error("X013", "this condition can't be evaluated").at(span, reason),
                );
                false
            }
        }
    }

    /// Replaces `defined X` by a number and macros by their bodies.
    pub(super) fn resolve_defined(&mut self, tokens: &[Token]) -> Vec<Token> {
        let mut out = Vec::new();
        let mut at = 0usize;
        while let Some(&token) = tokens.get(at) {
            at = at.saturating_add(1);
            let name = self.sources.text(token.text).to_owned();
            if name != "defined" {
                self.note_output(&name);
                let rest = tokens.get(at..).unwrap_or(&[]);
                at = at.saturating_add(self.macros.expand(
                    token,
                    rest,
                    self.sources,
                    &mut out,
                    self.diagnostics,
                ));
                continue;
            }
            let (operand, length) = defined_operand(tokens.get(at..).unwrap_or(&[]));
            at = at.saturating_add(length);
            let name = operand
                .map(|operand| self.sources.text(operand.text).to_owned())
                .unwrap_or_default();
            self.note_output(&name);
            let kind = if self.macros.is_defined(&name) { Kind::One } else { Kind::Word };
            out.push(Token { kind, ..token });
        }
        out
    }
}

/// The name behind `defined`, and how many tokens it takes with its parentheses.
fn defined_operand(tokens: &[Token]) -> (Option<Token>, usize) {
    match tokens {
        [open, name, close, ..]
            if open.kind == Kind::Mark(b'(') && close.kind == Kind::Mark(b')') =>
        {
            (Some(*name), 3)
        }
        [name, ..] if name.kind == Kind::Word => (Some(*name), 1),
        _ => (None, 0),
    }
}
