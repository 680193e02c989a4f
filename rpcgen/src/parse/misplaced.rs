//! What stands where a reader of other languages expects it, told with the form that it has here.

use super::Parsed;
use super::cursor::{MAX_AHEAD, Parser};
use super::declaration::BROKEN;
use super::expected::from_macro;
use crate::ast::{Array, Declaration, Expr, Ident, TypeKind, TypeSpec};
use crate::diag::Diagnostic;
use crate::lex::{Kind, Token};

impl Parser<'_> {
    /// `opaque NAME<50>(void)`, `headings NAME(void)<50>`: a result's bound stands behind its type.
    pub(super) fn bound_behind_procedure(
        &mut self,
        name: &Ident,
        result: &mut Declaration,
    ) -> Parsed<()> {
        let open = self.peek();
        let found = if result.array.is_none() { self.misplaced_bound(&result.ty)? } else { None };
        let Some((array, text)) = found else { return Ok(()) };
        result.array = Some(array);
        let (ty, name) = (self.sources.text(result.span), &name.name);
        let help = format!("write `{ty}{text} {name}`, or give the type a name with `typedef`");
        self.tell(
            Diagnostic::error(
                "X116",
                "a result's bound stands behind its type, not behind the procedure",
            )
            .at(open.at, "not here")
            .maybe_help((!open.is_of_macro()).then_some(help)),
        );
        Ok(())
    }

    /// `string<50> name;`: it stands behind the name.
    pub(super) fn bound_before_name(&mut self, ty: &mut TypeSpec) -> Parsed<Option<Array>> {
        if self.is_parameter(ty) {
            return Ok(Some(self.refuse_parameter(ty)));
        }
        let open = self.peek();
        let Some((array, bound)) = self.misplaced_bound(ty)? else { return Ok(None) };
        // Without a name it is the name that is missing.
        if !self.word().is_empty() {
            let help = format!("write `{} {}{bound}`", self.sources.text(ty.span), self.word());
            self.refuse_early_bound(open, help);
        }
        Ok(Some(array))
    }

    /// `vector<int> name;`: whether `int` is meant for a type or for a bound, only its writer knows.
    fn is_parameter(&self, ty: &TypeSpec) -> bool {
        matches!(ty.kind, TypeKind::Named(_))
            && self.is_mark(b'<')
            // `string name<>` is one string.
            && !matches!(self.word_ahead(1), "" | "string")
            && self.ahead(2).kind == Kind::Mark(b'>')
            && self.ahead(3).kind == Kind::Word
    }

    fn refuse_parameter(&mut self, ty: &mut TypeSpec) -> Array {
        let (open, parameter) = (self.next(), self.next());
        self.next();
        let (of, by) = (self.sources.text(ty.span), self.text(parameter));
        let name = self.word();
        let help = format!(
            "write `{by} {name}<>` for any number of `{by}`, or `{of} {name}<{by}>` where `{by}` is a constant"
        );
        self.refuse_early_bound(open, help);
        ty.kind = BROKEN;
        Array::Variable(None)
    }

    fn refuse_early_bound(&mut self, open: Token, help: String) {
        let told = Diagnostic::error("X119", "a bound stands behind the name");
        let help = (!open.is_of_macro()).then_some(help);
        self.tell(from_macro(told.at(open.at, "not here").maybe_help(help), open));
    }

    /// The bound at hand, and how it is written in its place.
    fn misplaced_bound(&mut self, ty: &TypeSpec) -> Parsed<Option<(Array, String)>> {
        let open = self.peek();
        let Some(array) = self.dimension()? else { return Ok(None) };
        let text = self.sources.text(self.span_from(open));
        let is_fixed = matches!(array, Array::Fixed(_));
        let inner = text.trim_matches(['[', ']']);
        if is_fixed && (inner.is_empty() || matches!(ty.kind, TypeKind::Text)) {
            return Ok(Some((Array::Variable(None), format!("<{inner}>"))));
        }
        Ok(Some((array, text.to_owned())))
    }

    /// `program NAME = 1 { … };`: it stands behind the body.
    pub(super) fn number_before_body(&mut self) -> Parsed<Option<Expr>> {
        let equals = self.peek().at;
        if !self.eat(b'=') {
            return Ok(None);
        }
        let number = self.expression()?;
        let text = self.sources.text(number.span);
        self.tell(
            Diagnostic::error("X122", "the number stands behind the body")
                .at(equals, "not here")
                .help(format!("write `{{ … }} = {text};`")),
        );
        Ok(Some(number))
    }

    /// `const int NAME = 1;`
    pub(super) fn refuse_type_of_constant(&mut self) {
        let start = self.peek();
        let is_of_type = |kind| matches!(kind, Kind::Word | Kind::Mark(b'*'));
        let mut found = false;
        while is_of_type(self.peek().kind) && is_of_type(self.ahead(1).kind) && !self.starts_line(1)
        {
            self.next();
            found = true;
        }
        if found {
            let (ty, name) = (self.span_from(start), self.word());
            let help = format!("write `const {name} = …;`");
            self.tell(
                Diagnostic::error("X123", "a constant has no type").at(ty, "not here").help(help),
            );
        }
    }

    /// `LIST(int) name;`, `STOP(void) = 1;`: a type does not look like a call. A procedure's name is left to be read.
    pub(super) fn refuse_call(&mut self) {
        let (name, at) = (self.word().to_owned(), self.peek().at);
        if self.ahead(self.behind_parenthesis(1)).kind == Kind::Mark(b'=') {
            self.tell(
                Diagnostic::error("X117", format!("the procedure `{name}` has no result"))
                    .at(at, "a type is missing before this")
                    .help(format!("write `void {name}(…)` where nothing is the result")),
            );
            return;
        }
        self.tell(
            Diagnostic::error("X118", format!("`{name}(…)` is neither a type nor a macro"))
                .at(at, "used like a macro in the place of a type")
                .help(format!("define `{name}` with `#define`, or include the file that does")),
        );
        for _ in 0..self.behind_parenthesis(1) {
            self.next();
        }
    }

    /// How far ahead the end of what `(` opens is, which is so far ahead itself.
    fn behind_parenthesis(&self, open: usize) -> usize {
        let is_last =
            |&count: &usize| matches!(self.ahead(count).kind, Kind::Mark(b')' | b';') | Kind::End);
        (open..MAX_AHEAD).find(is_last).unwrap_or(MAX_AHEAD).saturating_add(1)
    }
}
