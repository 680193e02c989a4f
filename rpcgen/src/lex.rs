//! Text to tokens. Comments go to a list of their own; `#` and `%` lines are one token each.
//!
//! Written by hand: a token here is a few bytes of ASCII, and a lexer generator would cost every
//! build script that uses this crate more time than all the rest of it.

use crate::diag::{Diagnostic, Diagnostics};
use crate::source::{FileId, Span};

/// What a token is. Words and numbers have their text in the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// A keyword or a name.
    Word,
    Number,
    /// `"…"`, quotes included.
    Text,
    /// `'c'`, quotes included.
    Char,
    /// One of `{}()[]<>;,:=*-+/&|^~!?.%`.
    Mark(u8),
    /// `<<` and `>>`.
    ShiftLeft,
    ShiftRight,
    /// A line that starts with `#`, for the preprocessor.
    Directive,
    /// A line that starts with `%`, meant for C.
    Passthrough,
    /// The number 1 that `defined NAME` stands for.
    One,
    /// What has no meaning; it has been reported.
    Bad,
    End,
}

/// A token, and how many comments of the compilation stand before it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    /// Where its text is.
    pub(crate) text: Span,
    /// Where it stands for the reader: the use of a macro rather than its definition.
    pub(crate) at: Span,
    pub(crate) comments: u32,
    /// Only blanks stand between it and the token before.
    pub(crate) glued: bool,
}

impl Token {
    /// Whether a macro put it where it stands.
    pub(crate) fn is_of_macro(self) -> bool {
        self.text != self.at
    }
}

/// A comment, its marks included.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Comment {
    pub(crate) span: Span,
    /// No token stands before it on its line.
    pub(crate) own_line: bool,
}

/// Splits a file. Comments are appended to `comments`.
pub(crate) fn lex(
    text: &str,
    file: FileId,
    comments: &mut Vec<Comment>,
    diagnostics: &mut Diagnostics,
) -> Vec<Token> {
    let tokens = Vec::with_capacity(text.len() / 5);
    let bytes = text.as_bytes();
    let mut lexer = Lexer {
        text,
        bytes,
        at: 0,
        file,
        lines: true,
        line_is_blank: true,
        tokens,
        comments,
        diagnostics,
    };
    lexer.skip_byte_order_mark();
    while lexer.step() {}
    lexer.tokens
}

/// Splits what follows the name of a directive, where line ends mean nothing.
pub(crate) fn lex_directive(text: &str, span: Span, diagnostics: &mut Diagnostics) -> Vec<Token> {
    let text = text.get(..span.end as usize).unwrap_or("");
    let mut lexer = Lexer {
        text,
        bytes: text.as_bytes(),
        at: span.start as usize,
        file: span.file,
        lines: false,
        line_is_blank: false,
        tokens: Vec::new(),
        comments: &mut Vec::new(),
        diagnostics,
    };
    while lexer.step() {}
    lexer.tokens
}

struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    file: FileId,
    /// `#` and `%` at the start of a line make it one token.
    lines: bool,
    /// No token has been seen on this line.
    line_is_blank: bool,
    tokens: Vec<Token>,
    comments: &'a mut Vec<Comment>,
    diagnostics: &'a mut Diagnostics,
}

impl Lexer<'_> {
    fn skip_byte_order_mark(&mut self) {
        if self.text.starts_with('\u{feff}') {
            self.at = '\u{feff}'.len_utf8();
        }
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at.saturating_add(ahead)).copied()
    }

    fn skip(&mut self, count: usize) {
        self.at = self.at.saturating_add(count);
    }

    /// Takes one token, comment or blank; false at the end.
    fn step(&mut self) -> bool {
        let Some(byte) = self.peek(0) else { return false };
        match byte {
            b'\n' => {
                self.skip(1);
                self.line_is_blank = self.lines;
            }
            b' ' | b'\t' | b'\r' | 0x0b | 0x0c => self.skip(1),
            // A control-Z ended text files once.
            0x1a | 0 => self.skip(1),
            b'\\' if matches!(self.peek(1), Some(b'\n' | b'\r')) => self.skip(1),
            b'/' if self.peek(1) == Some(b'*') => self.block_comment(),
            b'/' if self.peek(1) == Some(b'/') => self.line_comment(),
            b'#' if self.line_is_blank => self.directive(),
            b'%' if self.line_is_blank => self.passthrough(),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.word(Kind::Word),
            b'0'..=b'9' => self.word(Kind::Number),
            b'"' | b'\'' => self.quoted(byte),
            b'<' if self.peek(1) == Some(b'<') => self.mark(Kind::ShiftLeft, 2),
            b'>' if self.peek(1) == Some(b'>') => self.mark(Kind::ShiftRight, 2),
            b'{' | b'}' | b'(' | b')' | b'[' | b']' | b'<' | b'>' | b';' | b',' | b':' | b'='
            | b'*' | b'-' | b'+' | b'/' | b'&' | b'|' | b'^' | b'~' | b'!' | b'?' | b'.' | b'%' => {
                self.mark(Kind::Mark(byte), 1);
            }
            _ => self.unknown(),
        }
        true
    }

    fn span(&self, start: usize) -> Span {
        let small = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span { file: self.file, start: small(start), end: small(self.at) }
    }

    fn push(&mut self, kind: Kind, start: usize) {
        let span = self.span(start);
        let comments = u32::try_from(self.comments.len()).unwrap_or(u32::MAX);
        let glued = self.tokens.last().is_some_and(|last| last.at.end == span.start);
        self.tokens.push(Token { kind, text: span, at: span, comments, glued });
        self.line_is_blank = false;
    }

    fn mark(&mut self, kind: Kind, length: usize) {
        let start = self.at;
        self.skip(length);
        self.push(kind, start);
    }

    fn word(&mut self, kind: Kind) {
        let start = self.at;
        while self.peek(0).is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            self.skip(1);
        }
        self.push(kind, start);
    }

    fn comment(&mut self, start: usize) {
        let span = self.span(start);
        self.comments.push(Comment { span, own_line: self.line_is_blank });
    }

    fn line_comment(&mut self) {
        let start = self.at;
        self.skip_line();
        self.comment(start);
    }

    fn block_comment(&mut self) {
        let start = self.at;
        if self.skip_block_comment() {
            self.comment(start);
            return;
        }
        self.at = start.saturating_add(2);
        let span = self.span(start);
        self.at = self.bytes.len();
        self.push(Kind::Bad, start);
        self.diagnostics.push(
            Diagnostic::error("X002", "this comment does not end")
                .at(span, "starts here")
                .help("write `*/` where it is to end"),
        );
    }

    /// Moves behind the block comment at hand; false where it has no end.
    fn skip_block_comment(&mut self) -> bool {
        let body = self.text.get(self.at.saturating_add(2)..).unwrap_or("");
        match body.find("*/") {
            Some(length) => {
                self.at = self.at.saturating_add(length).saturating_add(4);
                true
            }
            None => {
                self.at = self.bytes.len();
                false
            }
        }
    }

    fn skip_line(&mut self) {
        while self.peek(0).is_some_and(|byte| byte != b'\n') {
            self.skip(1);
        }
    }

    /// Whether the line ends here with a backslash, and moves behind both if so.
    fn continuation(&mut self) -> bool {
        let length = match (self.peek(0), self.peek(1), self.peek(2)) {
            (Some(b'\\'), Some(b'\n'), _) => 2,
            (Some(b'\\'), Some(b'\r'), Some(b'\n')) => 3,
            _ => return false,
        };
        self.skip(length);
        true
    }

    fn passthrough(&mut self) {
        let start = self.at;
        while self.peek(0).is_some_and(|byte| byte != b'\n') {
            if !self.continuation() {
                self.skip(1);
            }
        }
        self.push(Kind::Passthrough, start);
    }

    /// A directive ends with its line, but for a backslash or a comment that reaches further.
    fn directive(&mut self) {
        let start = self.at;
        while let Some(byte) = self.peek(0).filter(|&byte| byte != b'\n') {
            match byte {
                b'/' if self.peek(1) == Some(b'*') => {
                    self.skip_block_comment();
                }
                b'/' if self.peek(1) == Some(b'/') => self.skip_line(),
                b'"' => self.skip_text_in_directive(),
                _ if self.continuation() => {}
                _ => self.skip(1),
            }
        }
        self.push(Kind::Directive, start);
    }

    fn skip_text_in_directive(&mut self) {
        self.skip(1);
        while let Some(byte) = self.peek(0).filter(|&byte| byte != b'\n') {
            self.skip(1);
            if byte == b'"' {
                break;
            }
        }
    }

    fn quoted(&mut self, quote: u8) {
        let start = self.at;
        self.skip(1);
        while let Some(byte) = self.peek(0).filter(|&byte| byte != b'\n') {
            self.skip(1);
            if byte == b'\\' && self.peek(0).is_some_and(|byte| byte != b'\n') {
                self.skip(1);
            } else if byte == quote {
                self.push(if quote == b'"' { Kind::Text } else { Kind::Char }, start);
                return;
            }
        }
        // A `;` at the end of the line is more likely the declaration's.
        let line = self.text.get(start..self.at).unwrap_or("");
        if let Some(at) = line.rfind(';').filter(|&at| at > 0) {
            self.at = start.saturating_add(at);
        }
        let span = self.span(start);
        self.diagnostics.push(
            Diagnostic::error("X003", "this text does not end on its line").at(span, "starts here"),
        );
        self.push(if quote == b'"' { Kind::Text } else { Kind::Char }, start);
    }

    /// One error for a run of characters that belong nowhere.
    fn unknown(&mut self) {
        let start = self.at;
        while let Some(next) = self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
            if next.is_ascii()
                && !matches!(next, '#' | '$' | '@' | '`' | '\\')
                && !is_stray_control(next)
            {
                break;
            }
            self.at = self.at.saturating_add(next.len_utf8());
        }
        self.at = self.at.max(start.saturating_add(1));
        let span = self.span(start);
        let shown = self.text.get(start..self.at).unwrap_or("?").escape_debug().to_string();
        let is_directive = self.bytes.get(start) == Some(&b'#');
        if is_directive && self.lines {
            // The rest of the line belongs to it.
            self.skip_line();
        } else {
            self.push(Kind::Bad, start);
        }
        self.diagnostics.push(
            Diagnostic::error("X001", format!("`{shown}` has no meaning in an .x file"))
                .at(span, "not expected here")
                .maybe_help(
                    shown
                        .starts_with('#')
                        .then(|| "a directive must be the first on its line".to_owned()),
                ),
        );
    }
}

fn is_stray_control(character: char) -> bool {
    character.is_ascii_control()
        && !matches!(character, '\n' | '\r' | '\t' | '\u{b}' | '\u{c}' | '\0' | '\u{1a}')
}
