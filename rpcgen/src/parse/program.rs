//! Programs, versions, procedures.

use super::Parsed;
use super::cursor::Parser;
use super::declaration::Place;
use crate::ast::{Declaration, ItemKind, Procedure, Program, TypeKind, Version};

impl Parser<'_> {
    pub(super) fn program(&mut self) -> Parsed<ItemKind> {
        self.next();
        let name = self.name("the program's name")?;
        let open = self.open("before the versions")?;
        let versions = self.parts(Self::version, |_| false);
        self.close(open, "behind the versions")?;
        let number = self.assigned("and the program's number")?;
        Ok(ItemKind::Program(Program { name, number, versions }))
    }

    fn version(&mut self) -> Parsed<Version> {
        let start = self.peek();
        let before = self.doc_before(start);
        if !self.eat_word("version") {
            return self.unexpected("`version`", "in a program");
        }
        let name = self.name("the version's name")?;
        let open = self.open("before the procedures")?;
        let procedures = self.parts(Self::procedure, |_| false);
        self.close(open, "behind the procedures")?;
        let number = self.assigned("and the version's number")?;
        self.end_of_part("the version");
        let span = self.span_from(start);
        let doc = self.doc_around(before, self.previous());
        Ok(Version { name, number, procedures, span, doc })
    }

    fn procedure(&mut self) -> Parsed<Procedure> {
        let start = self.peek();
        let before = self.doc_before(start);
        let result = self.result_type()?;
        let name = self.name("the procedure's name")?;
        self.expect(b'(', "before the arguments")?;
        let arguments = self.arguments()?;
        self.expect(b')', "behind the arguments")?;
        let number = self.assigned("and the procedure's number")?;
        self.end_of_part("the procedure");
        let span = self.span_from(start);
        let doc = self.doc_around(before, self.previous());
        Ok(Procedure { name, number, result, arguments, span, doc })
    }

    fn arguments(&mut self) -> Parsed<Vec<Declaration>> {
        let mut arguments = Vec::new();
        if self.is_mark(b')') {
            return Ok(arguments);
        }
        loop {
            let argument = self.declaration(Place::Procedure)?;
            let is_void = matches!(argument.ty.kind, TypeKind::Void);
            if is_void && arguments.is_empty() && self.is_mark(b')') {
                return Ok(arguments);
            }
            if is_void {
                return self.unexpected("another type", "beside `void`");
            }
            arguments.push(argument);
            if !self.eat(b',') {
                return Ok(arguments);
            }
        }
    }
}
