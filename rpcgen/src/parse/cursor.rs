//! Moving through the tokens, and what every part of the parser needs.

use std::collections::HashSet;

use super::Parsed;
use crate::diag::{Diagnostic, Diagnostics};
use crate::lex::{Comment, Kind, Token};
use crate::preprocess::Stream;
use crate::source::{Sources, Span};

pub(super) struct Parser<'a> {
    tokens: &'a [Token],
    pub(super) comments: &'a [Comment],
    pub(super) sources: &'a Sources,
    pub(super) diagnostics: &'a mut Diagnostics,
    pub(super) at: usize,
    depth: usize,
    /// Comments before this one belong to what stands before them.
    pub(super) claimed: usize,
    /// Where something was last said to be missing.
    pub(super) told_at: Option<usize>,
    /// The words of parts that were skipped.
    pub(super) skipped: HashSet<&'a str>,
    /// Something that would define a name has none.
    pub(super) unnamed: bool,
    /// The braces of namespaces that are open.
    pub(super) namespaces: Vec<Token>,
    end: Token,
}

/// The words that begin a definition.
pub(super) const DEFINITIONS: [&str; 6] =
    ["const", "enum", "struct", "union", "typedef", "program"];

/// Definitions and expressions within one another, at most.
const MAX_DEPTH: usize = 64;

/// Tokens to look ahead, at most: for the end of a body that nothing opens, and for that of arguments.
pub(super) const MAX_AHEAD: usize = 1024;

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

    /// Whether the body at hand goes on: neither its brace nor the file's end, nor what can only stand outside.
    pub(super) fn in_body(&self) -> bool {
        let may_be_inside = matches!(self.word(), "enum" | "struct" | "union");
        let is_outside = DEFINITIONS.contains(&self.word())
            && self.is_first_in_column(self.peek())
            && (!may_be_inside || self.is_nameless_declaration());
        !self.is_mark(b'}') && !self.at_end() && !is_outside && !self.follows_unclosed()
    }

    /// `struct { int a; NAME;`: whether what is at hand is the name behind a type whose brace is missing.
    fn follows_unclosed(&self) -> bool {
        self.depth > 0
            && self.peek().kind == Kind::Word
            && self.ahead(1).kind == Kind::Mark(b';')
            && !self.is_closed_before_name()
    }

    /// Whether the next `}` that nothing ahead opens is that of a type within a declaration: its name follows.
    pub(super) fn is_closed_before_name(&self) -> bool {
        self.find_ahead(|count, depth, kind| match kind {
            Kind::Mark(b'}') if depth == 0 => {
                let next = self.ahead(count.saturating_add(1)).kind;
                Some(matches!(next, Kind::Word | Kind::Mark(b'*')))
            }
            _ => None,
        })
    }

    /// Whether `;` is what follows the braces of what is at hand.
    fn is_nameless_declaration(&self) -> bool {
        self.find_ahead(|count, depth, kind| match kind {
            Kind::Mark(b'}') if depth == 1 => {
                Some(self.ahead(count.saturating_add(1)).kind == Kind::Mark(b';'))
            }
            Kind::Mark(b';') if depth == 0 => Some(false),
            _ => None,
        })
    }

    /// What `look` says first of a token so far ahead, within so many braces that open there; at the end it is false.
    pub(super) fn find_ahead(&self, look: impl Fn(usize, usize, Kind) -> Option<bool>) -> bool {
        let mut depth = 0usize;
        for count in 0..MAX_AHEAD {
            let kind = self.ahead(count).kind;
            if let Some(found) = look(count, depth, kind) {
                return found;
            }
            match kind {
                Kind::Mark(b'{') => depth = depth.saturating_add(1),
                Kind::Mark(b'}') => depth = depth.saturating_sub(1),
                Kind::End => return false,
                _ => {}
            }
        }
        false
    }

    pub(super) fn is_first_in_column(&self, token: Token) -> bool {
        self.sources.line_column(token.at.file, token.at.start).1 == 1
    }

    /// Whether a line ends before the token that is so far ahead.
    pub(super) fn starts_line(&self, count: usize) -> bool {
        let here = self.ahead(count).at;
        let before = count.checked_sub(1).map_or(self.previous(), |count| self.ahead(count)).at;
        let between = self.sources.between(here.file, before.end, here.start);
        here.file == before.file && between.contains('\n')
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

impl Token {
    /// The end of a stream that has no token.
    fn nowhere() -> Self {
        let span = Span::nowhere();
        Self { kind: Kind::End, text: span, at: span, comments: 0, glued: false }
    }
}
