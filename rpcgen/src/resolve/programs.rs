//! Programs to the model, and numbers that are there twice.

use std::collections::HashMap;

use super::constants::radix;
use super::lower::Lowerer;
use crate::ast::{self, Expr, Ident, ItemKind, TypeKind};
use crate::diag::Diagnostic;
use crate::model::{Argument, NamedNumber, Procedure, Program, Ty, Version};
use crate::source::Span;

/// Lowers every program, in the order of the text.
pub(super) fn lower(lowerer: &mut Lowerer<'_>, items: &[ast::Item]) -> Vec<Program> {
    let mut out = Vec::new();
    // A program may be put together of several definitions.
    let mut seen = HashMap::new();
    for item in items {
        if let ItemKind::Program(program) = &item.kind {
            let name = program.name.name.as_str();
            let versions = seen.entry(name).or_insert_with(|| Seen::new("version", name));
            out.push(lower_program(lowerer, program, item, versions));
        }
    }
    out
}

fn lower_program<'a>(
    lowerer: &mut Lowerer<'_>,
    program: &'a ast::Program,
    item: &ast::Item,
    seen: &mut Seen<'a>,
) -> Program {
    let number = number(lowerer, &program.number, "a program's number");
    let name = named(&program.name, &program.number, number);
    let versions = program.versions.iter();
    let versions = versions.map(|version| lower_version(lowerer, version, seen)).collect();
    Program { name, versions, doc: item.doc.clone(), span: item.span }
}

fn lower_version<'a>(
    lowerer: &mut Lowerer<'_>,
    version: &'a ast::Version,
    versions: &mut Seen<'a>,
) -> Version {
    let name = versions.add(lowerer, &version.name, &version.number);
    let mut seen = Seen::new("procedure", &version.name.name);
    let procedures = version.procedures.iter();
    let procedures =
        procedures.map(|procedure| lower_procedure(lowerer, procedure, &mut seen)).collect();
    let (doc, span) = (version.doc.clone(), version.span);
    Version {
        name,
        rust: String::new(),
        server: String::new(),
        client: String::new(),
        procedures,
        doc,
        span,
    }
}

fn lower_procedure<'a>(
    lowerer: &mut Lowerer<'_>,
    procedure: &'a ast::Procedure,
    procedures: &mut Seen<'a>,
) -> Procedure {
    let name = procedures.add(lowerer, &procedure.name, &procedure.number);
    let result = ty(lowerer, &procedure.result);
    let argument = |declaration: &ast::Declaration| {
        let name = declaration.name.as_ref().map_or_else(String::new, |name| name.name.clone());
        Some(Argument { rust: name.clone(), name, ty: ty(lowerer, declaration)? })
    };
    let arguments: Vec<Argument> = procedure.arguments.iter().filter_map(argument).collect();
    let is_null = name.value == 0 && result.is_none() && arguments.is_empty();
    let (doc, span) = (procedure.doc.clone(), procedure.span);
    Procedure {
        name,
        rust: String::new(),
        arguments,
        result,
        is_null,
        arguments_type: String::new(),
        doc,
        span,
    }
}

/// `None` for void.
fn ty(lowerer: &mut Lowerer<'_>, declaration: &ast::Declaration) -> Option<Ty> {
    match declaration.ty.kind {
        TypeKind::Void => None,
        _ => Some(lowerer.ty(declaration)),
    }
}

fn number(lowerer: &mut Lowerer<'_>, expr: &Expr, what: &str) -> Option<u32> {
    lowerer.constants.unsigned(expr, what, lowerer.diagnostics)
}

fn named(name: &Ident, expr: &Expr, number: Option<u32>) -> NamedNumber {
    NamedNumber {
        name: name.name.clone(),
        rust: String::new(),
        span: name.span,
        value: number.unwrap_or(0),
        radix: radix(expr),
        emitted: false,
    }
}

/// Numbers and names that a program or a version has had.
struct Seen<'a> {
    what: &'static str,
    within: &'a str,
    numbers: HashMap<u32, Span>,
    names: HashMap<&'a str, Span>,
}

impl<'a> Seen<'a> {
    fn new(what: &'static str, within: &'a str) -> Self {
        Self { what, within, numbers: HashMap::new(), names: HashMap::new() }
    }

    fn add(&mut self, lowerer: &mut Lowerer<'_>, name: &'a Ident, expr: &Expr) -> NamedNumber {
        let number = number(lowerer, expr, &format!("a {}'s number", self.what));
        let is_new = self.name(lowerer, name);
        if let Some(number) = number.filter(|_| is_new) {
            self.number(lowerer, number, expr.span);
        }
        named(name, expr, number)
    }

    fn number(&mut self, lowerer: &mut Lowerer<'_>, number: u32, span: Span) {
        let Some(&first) = self.numbers.get(&number) else {
            self.numbers.insert(number, span);
            return;
        };
        lowerer.diagnostics.push(
            Diagnostic::error(
                "X250",
                format!("`{}` has two {}s of number {number}", self.within, self.what),
            )
            .at(span, "again here")
            .at(first, "first here"),
        );
    }

    /// Whether nothing had this name before.
    fn name(&mut self, lowerer: &mut Lowerer<'_>, name: &'a Ident) -> bool {
        let Some(&first) = self.names.get(name.name.as_str()) else {
            self.names.insert(&name.name, name.span);
            return true;
        };
        lowerer.diagnostics.push(
            Diagnostic::error(
                "X251",
                format!("`{}` has two {}s called `{}`", self.within, self.what, name.name),
            )
            .at(name.span, "again here")
            .at(first, "first here"),
        );
        false
    }
}
