//! Tokens to definitions, by recursive descent.
//!
//! What is wrong or missing is told, and read as what was meant where that is clear. Where it is not, the error ends the
//! smallest part it lies in (a field, a member, a procedure, a definition), and reading goes on behind that part, so that
//! one run shows every error and each only once.

mod comments;
mod cursor;
mod declaration;
mod definition;
mod doubled;
mod expected;
mod expression;
mod misplaced;
mod program;

use std::collections::HashSet;

use crate::ast::{Expr, Item};
use crate::diag::Diagnostics;
use crate::preprocess::Stream;
use crate::source::Sources;
use cursor::Parser;

/// What was wrong has been said already.
#[derive(Debug)]
pub(crate) struct Failed;

/// The outcome of reading a part.
pub(crate) type Parsed<T> = Result<T, Failed>;

/// What `%#define` lines define and is a number or text; what is anything else of C's is left out.
pub(crate) fn parse_for_c(stream: &Stream, sources: &Sources) -> Vec<(String, Expr)> {
    let mut out = Vec::new();
    for (name, tokens) in &stream.for_c {
        let mut diagnostics = Diagnostics::default();
        let mut parser = Parser::over(tokens, &[], sources, &mut diagnostics);
        if let Ok(expr) = parser.expression()
            && parser.at_end()
            && !diagnostics.has_errors()
        {
            out.push((name.clone(), expr));
        }
    }
    out
}

/// What was made of a text.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) items: Vec<Item>,
    /// The words of parts that had to be skipped: what is not defined may have been defined there.
    pub(crate) skipped: HashSet<String>,
    /// Something has no name that would be one of those that are not defined.
    pub(crate) unnamed: bool,
}

/// Reads every definition of the stream.
pub(crate) fn parse(stream: &mut Stream, sources: &Sources, diagnostics: &mut Diagnostics) -> Read {
    doubled::drop_doubled(&mut stream.tokens, sources, diagnostics);
    let mut parser = Parser::new(stream, sources, diagnostics);
    let mut items = Vec::new();
    while !parser.at_end() {
        parser.item(&mut items);
    }
    parser.check_namespaces();
    // A file included twice defines the same things, not others of the same name.
    let mut seen = HashSet::new();
    items.retain(|item| seen.insert(item.origin));
    let skipped = parser.skipped.into_iter().map(str::to_owned).collect();
    Read { items, skipped, unnamed: parser.unnamed }
}
