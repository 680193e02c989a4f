//! What stands where a reader of other languages expects it, told with the form that it has here.

use super::Parsed;
use super::cursor::{MAX_AHEAD, Parser};
use crate::ast::Ident;
use crate::diag::Diagnostic;
use crate::lex::{Kind, Token};

impl Parser<'_> {
    /// `opaque NAME<50>(void)`, `headings NAME(void)<50>`: a result's bound stands behind its type.
    pub(super) fn refuse_bound_behind_procedure(&mut self, start: Token) -> Parsed<()> {
        let bound = match self.ahead(1).kind {
            Kind::Mark(b'(') => self.behind_parenthesis(1),
            _ => self.ahead(1),
        };
        if self.peek().kind != Kind::Word || !matches!(bound.kind, Kind::Mark(b'<' | b'[')) {
            return Ok(());
        }
        let ty = self.sources.text(self.span_from(start)).to_owned();
        let name = self.word().to_owned();
        let shape =
            if bound.kind == Kind::Mark(b'<') || ty == "string" { "<…>" } else { "[…]" };
        self.error(
            Diagnostic::error(
                "X116",
                "a result's bound stands behind its type, not behind the procedure",
            )
            .at(bound.at, "not here")
            .help(format!("write `{ty}{shape} {name}`, or give the type a name with `typedef`")),
        )
    }

    /// `string<50> name;`: it stands behind the name.
    pub(super) fn refuse_bound_before_name(&mut self, start: Token) -> Parsed<()> {
        let bound = self.peek();
        let shape = match bound.kind {
            Kind::Mark(b'<') => "<…>",
            Kind::Mark(b'[') => "[…]",
            _ => return Ok(()),
        };
        let ty = self.sources.text(self.span_from(start)).to_owned();
        self.error(
            Diagnostic::error("X119", "a bound stands behind the name")
                .at(bound.at, "not here")
                .help(format!("write `{ty} name{shape}`")),
        )
    }

    /// `LIST(int) name;`, `STOP(void) = 1;`: a type does not look like a call.
    pub(super) fn refuse_call<T>(&mut self, name: Ident) -> Parsed<T> {
        let Ident { name, span } = name;
        let is_procedure = self.behind_parenthesis(0).kind == Kind::Mark(b'=');
        self.error(if is_procedure {
            Diagnostic::error("X117", format!("the procedure `{name}` has no result"))
                .at(span, "a type is missing before this")
                .help(format!("write `void {name}(…)` where nothing is the result"))
        } else {
            Diagnostic::error("X118", format!("`{name}(…)` is neither a type nor a macro"))
                .at(span, "used like a macro in the place of a type")
                .help(format!("define `{name}` with `#define`, or include the file that does"))
        })
    }

    /// What follows the `)` of the `(` that is so far ahead.
    fn behind_parenthesis(&self, open: usize) -> Token {
        let is_last =
            |&count: &usize| matches!(self.ahead(count).kind, Kind::Mark(b')' | b';') | Kind::End);
        let last = (open..MAX_AHEAD).find(is_last).unwrap_or(MAX_AHEAD);
        self.ahead(last.saturating_add(1))
    }
}
