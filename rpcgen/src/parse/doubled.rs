//! What stands twice and never can: a slip of the finger.

use crate::diag::{Diagnostic, Diagnostics};
use crate::lex::{Kind, Token};
use crate::source::Sources;

/// Drops the second of two that never stand side by side, and says so; of a third it needs no telling.
pub(super) fn drop_doubled(
    tokens: &mut Vec<Token>,
    sources: &Sources,
    diagnostics: &mut Diagnostics,
) {
    let mut told = None;
    tokens.dedup_by(|second, first| {
        let text = sources.text(first.text);
        let is_doubled = first.kind == second.kind
            && stands_alone(first.kind, text)
            && text == sources.text(second.text);
        if is_doubled && told.replace(first.at) != Some(first.at) {
            diagnostics.push(
                Diagnostic::error("X124", format!("`{text}` stands here twice"))
                    .at(second.at, "one too many"),
            );
        }
        is_doubled
    });
}

/// `;;` does no harm, `((` and `))` are expressions, `}}` most often lacks what stands between.
fn stands_alone(kind: Kind, text: &str) -> bool {
    match kind {
        Kind::Mark(mark) => b"{[]<>,=".contains(&mark),
        Kind::Word => matches!(text, "case" | "default" | "void"),
        _ => false,
    }
}
