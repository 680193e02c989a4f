//! Moving through the tokens, and what every part of the parser needs.

use std::collections::HashSet;

use super::{Failed, Parsed};
use crate::ast::{Doc, Ident};
use crate::diag::{Diagnostic, Diagnostics};
use crate::lex::{Comment, Kind, Token};
use crate::preprocess::Stream;
use crate::source::{Sources, Span};

pub(super) struct Parser<'a> {
    tokens: &'a [Token],
    comments: &'a [Comment],
    pub(super) sources: &'a Sources,
    pub(super) diagnostics: &'a mut Diagnostics,
    at: usize,
    depth: usize,
    /// Comments before this one belong to what stands before them.
    claimed: usize,
    /// Where something was last said to be missing.
    pub(super) told_at: Option<usize>,
    /// The words of parts that were.
    pub(super) skipped: HashSet<&'a str>,
    /// Something that would define a name has none.
    pub(super) unnamed: bool,
    /// The braces of namespaces that are open.
    pub(super) namespaces: Vec<Token>,
    end: Token,
}

/// Definitions and expressions within one another, at most.
const MAX_DEPTH: usize = 64;

/// Tokens to look ahead, at most: for the end of a body that nothing opens, and for that of arguments.
pub(super) const MAX_AHEAD: usize = 1024;

/// Words that can't be names of fields, types or constants.
const KEYWORDS: [&str; 14] = [
    "bool", "case", "const", "default", "double", "enum", "float", "opaque", "string", "struct",
    "switch", "typedef", "union", "void",
];

impl<'a> Parser<'a> {
    pub(super) fn new(
        stream: &'a Stream,
        sources: &'a Sources,
        diagnostics: &'a mut Diagnostics,
    ) -> Self {
        Self::over(&stream.tokens, &stream.comments, sources, diagnostics)
    }

    pub(super) fn over(
        tokens: &'a [Token],
        comments: &'a [Comment],
        sources: &'a Sources,
        diagnostics: &'a mut Diagnostics,
    ) -> Self {
        let last = tokens.last().copied();
        let end = last.map_or_else(Token::nowhere, |last| Token {
            kind: Kind::End,
            text: last.text.behind(),
            at: last.at.behind(),
            comments: last.comments,
            glued: false,
        });
        Self {
            tokens,
            comments,
            sources,
            diagnostics,
            at: 0,
            depth: 0,
            claimed: 0,
            told_at: None,
            skipped: HashSet::new(),
            unnamed: false,
            namespaces: Vec::new(),
            end,
        }
    }

    pub(super) fn at_end(&self) -> bool {
        self.at >= self.tokens.len()
    }

    pub(super) fn position(&self) -> usize {
        self.at
    }

    pub(super) fn peek(&self) -> Token {
        self.ahead(0)
    }

    pub(super) fn ahead(&self, count: usize) -> Token {
        self.tokens.get(self.at.saturating_add(count)).copied().unwrap_or(self.end)
    }

    /// The token before, for what ends with it.
    pub(super) fn previous(&self) -> Token {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).copied().unwrap_or(self.end)
    }

    pub(super) fn next(&mut self) -> Token {
        let token = self.peek();
        self.at = self.at.saturating_add(1).min(self.tokens.len());
        token
    }

    pub(super) fn text(&self, token: Token) -> &'a str {
        self.sources.text(token.text)
    }

    /// The text of the word at hand, empty where it is no word.
    pub(super) fn word(&self) -> &'a str {
        self.word_ahead(0)
    }

    pub(super) fn word_ahead(&self, count: usize) -> &'a str {
        let token = self.ahead(count);
        if token.kind == Kind::Word { self.text(token) } else { "" }
    }

    pub(super) fn is_mark(&self, mark: u8) -> bool {
        self.peek().kind == Kind::Mark(mark)
    }

    /// Takes the mark if it is at hand.
    pub(super) fn eat(&mut self, mark: u8) -> bool {
        let found = self.is_mark(mark);
        if found {
            self.next();
        }
        found
    }

    /// Takes the word if it is at hand.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let found = self.word() == word;
        if found {
            self.next();
        }
        found
    }

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
        let mut depth = 0usize;
        for count in 0..MAX_AHEAD {
            match self.ahead(count).kind {
                Kind::Mark(b'{') => depth = depth.saturating_add(1),
                Kind::Mark(b'}') if depth == 0 => return true,
                Kind::Mark(b'}') => depth = depth.saturating_sub(1),
                Kind::Word if depth == 0 && self.begins_definition_ahead(count) => return false,
                Kind::End => return false,
                _ => {}
            }
        }
        false
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

    /// Whether the body at hand goes on: neither its brace nor the file's end, nor what can only stand outside.
    pub(super) fn in_body(&self) -> bool {
        let is_outside = self.is_first_in_column(self.peek())
            && match self.word() {
                "const" | "typedef" | "program" => true,
                "enum" | "struct" | "union" => self.is_nameless_declaration(),
                _ => false,
            };
        !self.is_mark(b'}') && !self.at_end() && !is_outside
    }

    /// Whether `;` is what follows the braces of what is at hand.
    fn is_nameless_declaration(&self) -> bool {
        let mut depth = 0usize;
        for count in 0..MAX_AHEAD {
            match self.ahead(count).kind {
                Kind::Mark(b'{') => depth = depth.saturating_add(1),
                Kind::Mark(b'}') if depth == 1 => {
                    return self.ahead(count.saturating_add(1)).kind == Kind::Mark(b';');
                }
                Kind::Mark(b'}') => depth = depth.saturating_sub(1),
                Kind::Mark(b';') if depth == 0 => return false,
                Kind::End => return false,
                _ => {}
            }
        }
        false
    }

    pub(super) fn is_first_in_column(&self, token: Token) -> bool {
        self.sources.line_column(token.at.file, token.at.start).1 == 1
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

    /// Whether a line ends before the token that is so far ahead.
    pub(super) fn starts_line(&self, count: usize) -> bool {
        let here = self.ahead(count).at;
        let before = count.checked_sub(1).map_or(self.previous(), |count| self.ahead(count)).at;
        let between = self.sources.between(here.file, before.end, here.start);
        here.file == before.file && between.contains('\n')
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
        if token.text == token.at || token.kind == Kind::End {
            return diagnostic;
        }
        diagnostic.at(token.text, "it comes from here")
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

    /// An error that reading can go on behind. What has no meaning has been said.
    pub(super) fn tell(&mut self, diagnostic: Diagnostic) {
        if self.peek().kind != Kind::Bad {
            self.diagnostics.push(diagnostic);
        }
    }

    /// Runs one level deeper; refuses to go too deep.
    pub(super) fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= MAX_DEPTH {
            let at = self.peek().at;
            return self.error(
                Diagnostic::error("X104", format!("more than {MAX_DEPTH} levels of nesting"))
                    .at(at, "one level too deep"),
            );
        }
        self.depth = self.depth.saturating_add(1);
        let result = read(self);
        self.depth = self.depth.saturating_sub(1);
        result
    }

    /// From `start` to the last token taken.
    pub(super) fn span_from(&self, start: Token) -> Span {
        start.at.to(self.previous().at)
    }

    /// The comments right before a token: no blank line between, nothing else on their lines.
    pub(super) fn doc_before(&self, token: Token) -> Doc {
        let mut doc = Doc::new();
        let mut next_start = token.at.start;
        let mut index = token.comments as usize;
        while let Some(comment) = index.checked_sub(1).and_then(|at| self.comments.get(at)) {
            if index <= self.claimed {
                break;
            }
            let span = comment.span;
            if span.file != token.at.file || span.end > next_start || !comment.own_line {
                break;
            }
            if !is_near(self.sources.between(span.file, span.end, next_start)) {
                break;
            }
            doc.push(span);
            next_start = span.start;
            index = index.saturating_sub(1);
        }
        doc.reverse();
        doc
    }

    /// The comments behind a token on its line, and lines that go on with the last of them.
    pub(super) fn doc_behind(&mut self, token: Token) -> Doc {
        let mut doc: Doc = Vec::new();
        let mut end = token.at.end;
        for comment in self.comments.iter().skip(token.comments as usize) {
            let span = comment.span;
            if span.file != token.at.file || span.start < end {
                break;
            }
            let gap = self.sources.between(span.file, end, span.start);
            let goes_on = comment.own_line
                && doc.last().is_some_and(|&last| self.is_below(last, span))
                && is_near(gap);
            let same_line = !comment.own_line && gap.chars().all(|c| c == ' ' || c == '\t');
            if !goes_on && !same_line {
                break;
            }
            doc.push(span);
            end = span.end;
        }
        self.claimed = self.claimed.max((token.comments as usize).saturating_add(doc.len()));
        doc
    }

    /// `//` comments one below the other, in the same column.
    fn is_below(&self, upper: Span, lower: Span) -> bool {
        let column = |span: Span| self.sources.line_column(span.file, span.start).1;
        let is_line = |span| self.sources.text(span).starts_with("//");
        is_line(upper) && is_line(lower) && column(upper) == column(lower)
    }

    /// The comments behind the token that ended it, after those `before` it, which were to be taken first: what is within
    /// takes its own.
    pub(super) fn doc_around(&mut self, before: Doc, last: Token) -> Doc {
        let mut doc = before;
        doc.extend(self.doc_behind(last));
        doc
    }

    /// The parts of a body, without those that can't be read.
    pub(super) fn parts<T>(
        &mut self,
        read: impl Fn(&mut Self) -> Parsed<T>,
        stop: impl Fn(&Self) -> bool,
    ) -> Vec<T> {
        let mut parts = Vec::new();
        // `=` is what stands behind a body.
        while self.in_body() && !self.is_mark(b'=') {
            let start = self.position();
            if self.eat(b';') {
                continue;
            }
            match read(self) {
                Ok(part) => parts.push(part),
                Err(_) => self.skip(start, b';', &stop),
            }
        }
        parts
    }

    /// Skips to behind the next of these marks, or before a closing `}` or where `stop` says so, what began at `start`.
    pub(super) fn skip(&mut self, start: usize, behind: u8, stop: impl Fn(&Self) -> bool) {
        self.pass(behind, stop);
        let words = self.tokens.get(start..self.at).unwrap_or(&[]).iter();
        let words = words.filter(|token| token.kind == Kind::Word);
        self.skipped.extend(words.map(|token| self.sources.text(token.text)));
    }

    fn pass(&mut self, behind: u8, stop: impl Fn(&Self) -> bool) {
        let mut depth = 0usize;
        while !(self.at_end() || depth == 0 && stop(self)) {
            match self.peek().kind {
                Kind::Mark(b'{') => depth = depth.saturating_add(1),
                Kind::Mark(b'}') if depth == 0 => return,
                Kind::Mark(b'}') => depth = depth.saturating_sub(1),
                Kind::Mark(mark) if mark == behind && depth == 0 => {
                    self.next();
                    return;
                }
                _ => {}
            }
            self.next();
        }
    }
}

pub(super) fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word)
}

/// Only blanks, and no blank line.
fn is_near(gap: &str) -> bool {
    gap.chars().all(char::is_whitespace) && gap.bytes().filter(|&byte| byte == b'\n').count() <= 1
}

impl Token {
    /// The end of a stream that has no token.
    fn nowhere() -> Self {
        let span = Span::nowhere();
        Self { kind: Kind::End, text: span, at: span, comments: 0, glued: false }
    }
}
