//! Programs, versions, procedures.

use super::Parsed;
use super::cursor::{MAX_AHEAD, Parser};
use super::declaration::Place;
use crate::ast::{Declaration, ItemKind, Procedure, Program, TypeKind, Version};
use crate::diag::Diagnostic;
use crate::lex::Kind;

impl Parser<'_> {
    pub(super) fn program(&mut self) -> Parsed<ItemKind> {
        self.next();
        let name = self.defined_name("the program's name")?;
        let early = self.number_before_body()?;
        let open = self.open("before the versions")?;
        let versions = self.parts(Self::version, |_| false);
        self.close(open, "behind the versions");
        let number = early.map_or_else(|| self.assigned("and the program's number"), Ok)?;
        Ok(ItemKind::Program(Program { name, number, versions }))
    }

    fn version(&mut self) -> Parsed<Version> {
        let start = self.peek();
        let before = self.doc_before(start);
        if !self.eat_word("version") {
            return self.unexpected("`version`", "in a program");
        }
        let name = self.defined_name("the version's name")?;
        let early = self.number_before_body()?;
        let open = self.open("before the procedures")?;
        let procedures = self.parts(Self::procedure, |_| false);
        self.close(open, "behind the procedures");
        let number = early.map_or_else(|| self.assigned("and the version's number"), Ok)?;
        self.end_of_part("the version");
        let span = self.span_from(start);
        let doc = self.doc_around(before, self.previous());
        Ok(Version { name, number, procedures, span, doc })
    }

    fn procedure(&mut self) -> Parsed<Procedure> {
        let start = self.peek();
        let before = self.doc_before(start);
        let mut result = self.result_type()?;
        let name = self.name("the procedure's name")?;
        self.bound_behind_procedure(&name, &mut result)?;
        let arguments = self.argument_list()?;
        self.bound_behind_procedure(&name, &mut result)?;
        self.check_declaration(&mut result, Place::Procedure);
        let number = self.assigned("and the procedure's number")?;
        self.end_of_part("the procedure");
        let span = self.span_from(start);
        let doc = self.doc_around(before, self.previous());
        Ok(Procedure { name, number, result, arguments, span, doc })
    }

    /// `(…)`. What misses a parenthesis is as clear where the number follows.
    fn argument_list(&mut self) -> Parsed<Vec<Declaration>> {
        let open = self.expect(b'(', "before the arguments");
        let arguments = if open.is_ok() { self.arguments()? } else { Vec::new() };
        let close = self.expect(b')', "behind the arguments");
        if self.is_mark(b'=') { Ok(arguments) } else { open.and(close).map(|_| arguments) }
    }

    fn arguments(&mut self) -> Parsed<Vec<Declaration>> {
        let mut arguments = Vec::new();
        if self.is_mark(b')') {
            return Ok(arguments);
        }
        loop {
            let argument = self.declaration(Place::Procedure)?;
            let is_void = matches!(argument.ty.kind, TypeKind::Void);
            if is_void && (!arguments.is_empty() || self.is_mark(b',')) {
                self.tell(
                    Diagnostic::error("X114", "an argument can't be `void`")
                        .at(argument.span, "there are others beside it"),
                );
            } else if !is_void {
                arguments.push(argument);
            }
            if !self.another_argument() {
                return Ok(arguments);
            }
        }
    }

    /// `,`, or the `;` that stands for it in `F(int a; int b)`.
    fn another_argument(&mut self) -> bool {
        if self.is_mark(b';') && self.is_among_arguments() {
            let _: Parsed<()> = self.unexpected("`,`", "behind the argument");
            self.next();
            return true;
        }
        self.eat(b',')
    }

    /// Whether a `)` that nothing opens is next among the brackets.
    fn is_among_arguments(&self) -> bool {
        let mut kinds = (0..MAX_AHEAD).map(|count| self.ahead(count).kind);
        let is_bracket =
            |kind: &Kind| matches!(kind, Kind::Mark(b'(' | b')' | b'{' | b'}') | Kind::End);
        kinds.find(is_bracket) == Some(Kind::Mark(b')'))
    }
}
