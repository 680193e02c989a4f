//! What must stand at hand: taken where it does, told where it does not, with what can be read nevertheless.

use super::cursor::Parser;
use super::{Failed, Parsed};
use crate::ast::Ident;
use crate::diag::Diagnostic;
use crate::lex::{Kind, Token};
use crate::source::Span;

/// Words that can't be names of fields, types or constants.
const KEYWORDS: [&str; 14] = [
    "bool", "case", "const", "default", "double", "enum", "float", "opaque", "string", "struct",
    "switch", "typedef", "union", "void",
];

pub(super) fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word)
}

impl Parser<'_> {
    /// The mark, whose absence is shown where it should stand.
    pub(super) fn expect(&mut self, mark: u8, context: &str) -> Parsed<Token> {
        if self.is_mark(mark) {
            return Ok(self.next());
        }
        let behind = self.previous().at.behind();
        let at = if self.starts_line(0) { behind } else { self.peek().at };
        let mark = format!("`{}`", char::from(mark));
        let diagnostic = self.found_instead(at, &mark, context);
        self.missing(diagnostic)
    }

    /// `{`. Where it alone is missing, or `[` stands for it, that is said, and the body is read nevertheless.
    pub(super) fn open(&mut self, context: &str) -> Parsed<Token> {
        let open = self.expect(b'{', context);
        if open.is_ok() || !self.is_unopened() {
            return open;
        }
        let is_body = self.peek().kind == Kind::Word || self.is_mark(b'}');
        Ok(if is_body { self.previous() } else { self.next() })
    }

    /// Whether a `}` that closes nothing comes before the next definition.
    fn is_unopened(&self) -> bool {
        self.find_ahead(|count, depth, kind| match kind {
            Kind::Mark(b'}') if depth == 0 => Some(true),
            Kind::Word if depth == 0 && self.begins_definition_ahead(count) => Some(false),
            _ => None,
        })
    }

    /// The brace that closes what `open` opened. What lacks it is read as if it had one.
    pub(super) fn close(&mut self, open: Token, context: &str) {
        if self.is_mark(b'}') {
            self.next();
            return;
        }
        let (at, found) = (self.peek().at, self.describe());
        let _: Parsed<()> = self.missing(
            Diagnostic::error("X105", format!("expected `}}` {context}, found {found}"))
                .at(at, "expected `}`")
                .at(open.at, "this brace is not closed"),
        );
    }

    /// The mark that closes a bound. Where another stands for it or before it, or the declaration ends there, it costs no
    /// more than that.
    pub(super) fn close_bound(&mut self, mark: u8, context: &str) -> Parsed<()> {
        let told = self.expect(mark, context).map(drop);
        if told.is_ok() {
            return told;
        }
        match (self.peek().kind, self.ahead(1).kind) {
            (_, Kind::Mark(second)) if second == mark => {
                self.next();
                self.next();
            }
            (Kind::Mark(b']' | b'>'), _) => drop(self.next()),
            (Kind::Mark(b';' | b'}'), _) => {}
            _ => return told,
        }
        Ok(())
    }

    /// `;`, whose absence is shown where it should stand. Where a line or the body ends there, it costs no more than that.
    pub(super) fn semicolon(&mut self, behind: &str) -> Parsed<()> {
        if self.eat(b';') {
            return Ok(());
        }
        let (previous, found) = (self.previous().at, self.describe());
        let ends_line = self.is_mark(b',') && self.starts_line(1);
        let is_list = self.is_mark(b',') && !ends_line;
        let told = self.missing(
            Diagnostic::error("X101", format!("expected `;` behind {behind}, found {found}"))
                .at(previous.behind(), "`;` is missing here")
                .maybe_help(is_list.then(|| {
                    "one name a declaration: write the type again for the next".to_owned()
                })),
        );
        if ends_line {
            self.next();
        }
        if ends_line || self.is_mark(b'}') || self.starts_line(0) { Ok(()) } else { told }
    }

    /// `;`, or all that stands before the next one.
    pub(super) fn end_of_part(&mut self, behind: &str) {
        let start = self.position();
        if self.semicolon(behind).is_err() {
            self.skip(start, b';', Self::begins_arm);
        }
    }

    /// The name of a definition: without it, any name that is not defined may be the one.
    pub(super) fn defined_name(&mut self, what: &str) -> Parsed<Ident> {
        let name = self.name(what);
        self.unnamed |= name.is_err();
        name
    }

    /// A name that is declared here. A keyword that stands for one is told, and taken for it where no other word follows.
    pub(super) fn name(&mut self, what: &str) -> Parsed<Ident> {
        let token = self.peek();
        if token.kind != Kind::Word {
            return self.unexpected(what, "");
        }
        if is_keyword(self.word()) {
            let told = self.refuse_keyword(what);
            if !matches!(self.ahead(1).kind, Kind::Mark(mark) if mark != b'(') {
                return told;
            }
        }
        self.next();
        Ok(Ident { name: self.text(token).to_owned(), span: token.at })
    }

    /// Says that a name is missing behind what may have been meant for it.
    pub(super) fn only_one_word<T>(&mut self, ty: &Ident) -> Parsed<T> {
        let diagnostic = self.found_instead(self.peek().at, "a name", "");
        self.missing(diagnostic.at(ty.span, format!("`{}` is taken for the type", ty.name)))
    }

    pub(super) fn refuse_keyword<T>(&mut self, what: &str) -> Parsed<T> {
        let (at, word) = (self.peek().at, self.word());
        self.missing(
            Diagnostic::error("X103", format!("expected {what}, found the keyword `{word}`"))
                .at(at, format!("a keyword can't be {what}")),
        )
    }

    /// Says what was expected and what stands there.
    pub(super) fn unexpected<T>(&mut self, expected: &str, context: &str) -> Parsed<T> {
        let diagnostic = self.found_instead(self.peek().at, expected, context);
        self.missing(diagnostic)
    }

    pub(super) fn found_instead(&self, at: Span, expected: &str, context: &str) -> Diagnostic {
        let (token, found) = (self.peek(), self.describe());
        let space = if context.is_empty() { "" } else { " " };
        let message = format!("expected {expected}{space}{context}, found {found}");
        let diagnostic = Diagnostic::error("X100", message).at(at, format!("expected {expected}"));
        from_macro(diagnostic, token)
    }

    fn describe(&self) -> String {
        let token = self.peek();
        match token.kind {
            Kind::End => "the end of the file".to_owned(),
            _ => format!("`{}`", self.text(token)),
        }
    }

    /// Of all that is missing in one place, the first is said.
    pub(super) fn missing<T>(&mut self, diagnostic: Diagnostic) -> Parsed<T> {
        if self.told_at.replace(self.at) == Some(self.at) {
            Err(Failed)
        } else {
            self.error(diagnostic)
        }
    }

    pub(super) fn error<T>(&mut self, diagnostic: Diagnostic) -> Parsed<T> {
        self.tell(diagnostic);
        Err(Failed)
    }

    /// An error that reading can go on behind. What has no meaning has been said; at the end of the file it may hold what
    /// is missing.
    pub(super) fn tell(&mut self, diagnostic: Diagnostic) {
        let here = if self.at_end() { self.previous() } else { self.peek() };
        if here.kind != Kind::Bad {
            self.diagnostics.push(diagnostic);
        }
    }
}

/// Shows where a macro has the token.
pub(super) fn from_macro(diagnostic: Diagnostic, token: Token) -> Diagnostic {
    if token.kind != Kind::End && token.is_of_macro() {
        diagnostic.at(token.text, "it comes from here")
    } else {
        diagnostic
    }
}
