//! Tokens to definitions, by recursive descent.
//!
//! An error ends the smallest part it lies in (a field, a member, a procedure, a definition), and
//! reading goes on behind that part, so that one run shows every error and each only once.

mod cursor;
mod declaration;
mod definition;
mod expression;
mod program;

use std::collections::HashSet;

use crate::ast::Item;
use crate::diag::Diagnostics;
use crate::preprocess::Stream;
use crate::source::Sources;
use cursor::Parser;

/// What was wrong has been said already.
#[derive(Debug)]
pub(crate) struct Failed;

/// The outcome of reading a part.
pub(crate) type Parsed<T> = Result<T, Failed>;

/// Reads every definition of the stream.
pub(crate) fn parse(
    stream: &Stream,
    sources: &Sources,
    diagnostics: &mut Diagnostics,
) -> Vec<Item> {
    let mut parser = Parser::new(stream, sources, diagnostics);
    let mut items = Vec::new();
    while !parser.at_end() {
        parser.item(&mut items);
    }
    // A file included twice defines the same things, not others of the same name.
    let mut seen = HashSet::new();
    items.retain(|item| seen.insert(item.origin));
    items
}
