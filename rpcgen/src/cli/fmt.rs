//! `rpcgen fmt`: the text of a file in one shape.
//!
//! Only blanks and line ends change: the tokens, the comments and the lines of the preprocessor and of C stay, in
//! their order. One definition part stands on a line, indented by four spaces for each brace; at most one blank line
//! stands between two.

use crate::diag::Diagnostics;
use crate::lex::{self, Comment, Kind, Token};
use crate::source::{FileId, Sources};

/// The text in its shape; the tokens must be those of a file that parses.
pub(super) fn format(file: FileId, sources: &Sources) -> String {
    let text = sources.file(file).map_or("", |source| source.text.as_str());
    let mut comments = Vec::new();
    let tokens = lex::lex(text, file, &mut comments, &mut Diagnostics::default());
    let mut printer = Printer::new(text);
    let mut comments = comments.into_iter().peekable();
    let mut index = 0usize;
    while let Some(&token) = tokens.get(index) {
        while let Some(comment) = comments.next_if(|comment| comment.span.start < token.text.start)
        {
            printer.comment(comment, Some(&token));
        }
        index = index.saturating_add(1);
        printer.token(token, tokens.get(index));
        if is_if_zero(token, sources) {
            let rest = tokens.get(index..).unwrap_or(&[]);
            index = index.saturating_add(left_out(rest, sources));
            let end = tokens.get(index).map_or(text.len(), |token| token.text.start as usize);
            while comments.next_if(|comment| (comment.span.start as usize) < end).is_some() {}
            printer.verbatim(end);
        }
    }
    comments.for_each(|comment| printer.comment(comment, None));
    printer.finish()
}

/// What follows is no part of the file, and need not be made of tokens.
fn is_if_zero(token: Token, sources: &Sources) -> bool {
    let words: Vec<&str> = directive(token, sources).split_whitespace().take(2).collect();
    words == ["if", "0"]
}

/// The text behind the `#`; empty for other tokens.
fn directive(token: Token, sources: &Sources) -> &str {
    match token.kind {
        Kind::Directive => sources.text(token.text).trim_start_matches(['#', ' ', '\t']),
        _ => "",
    }
}

/// The number of tokens before the directive that ends the branch.
fn left_out(tokens: &[Token], sources: &Sources) -> usize {
    let mut depth = 0usize;
    for (index, token) in tokens.iter().enumerate() {
        let text = directive(*token, sources);
        if text.starts_with("if") {
            depth = depth.saturating_add(1);
        } else if depth == 0 && (text.starts_with("el") || text.starts_with("endif")) {
            return index;
        } else if text.starts_with("endif") {
            depth = depth.saturating_sub(1);
        }
    }
    tokens.len()
}

struct Printer<'a> {
    text: &'a str,
    out: String,
    /// Where the last piece ended in the text.
    end: usize,
    /// The braces that are open: true for those of an enum, where `,` ends a line.
    braces: Vec<bool>,
    /// Parentheses and such that are open.
    nested: usize,
    /// The last word that says which kind of brace comes next is `enum`.
    is_enum: bool,
    /// A new line is due before the next token.
    line_due: bool,
    before: Option<Kind>,
    /// The last word stood where a label begins.
    in_label: bool,
    at_line_start: bool,
    /// A comment on a line of its own was the last piece.
    own_comment: bool,
    /// The columns of the last comment behind a line, in the text and in the output.
    behind: Option<(usize, usize)>,
}

impl<'a> Printer<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            out: String::with_capacity(text.len()),
            end: 0,
            braces: Vec::new(),
            nested: 0,
            is_enum: false,
            line_due: false,
            before: None,
            in_label: false,
            at_line_start: true,
            own_comment: false,
            behind: None,
        }
    }

    fn finish(mut self) -> String {
        self.out.truncate(self.out.trim_end().len());
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out
    }

    fn slice(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or("")
    }

    fn comment(&mut self, comment: Comment, next: Option<&Token>) {
        let (start, end) = (comment.span.start as usize, comment.span.end as usize);
        let gap = self.slice(self.end, start);
        let text = self.slice(start, end);
        let column = self.column(start);
        let is_own = gap.contains('\n') || self.out.is_empty();
        if is_own {
            let below = self.behind.filter(|&(of, _)| of == column && text.starts_with("//"));
            self.break_line(gap);
            match below {
                Some((_, to)) => self.out.extend(std::iter::repeat_n(' ', to)),
                None => self.indent(next.is_some_and(|next| self.is_label(*next))),
            }
            self.behind = below;
        } else if !self.at_line_start {
            let is_set = !gap.is_empty() && gap.bytes().all(|byte| byte == b' ');
            self.out.push_str(if is_set { gap } else { "  " });
            self.behind = Some((column, self.out_column()));
        }
        self.block(text, column);
        self.end = end;
        self.at_line_start = false;
        self.own_comment = is_own;
        // Nothing can follow `//` on its line.
        self.line_due |= text.starts_with("//");
    }

    fn out_column(&self) -> usize {
        self.out.chars().rev().take_while(|&c| c != '\n').count()
    }

    /// Copies the text up to here.
    fn verbatim(&mut self, end: usize) {
        let rest = self.slice(self.end, end).trim_end();
        self.out.push_str(rest);
        self.end = self.end.saturating_add(rest.len());
    }

    /// The lines of a comment keep their places among each other.
    fn block(&mut self, text: &str, column: usize) {
        let target = self.out_column();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim_end();
            if index > 0 {
                self.out.push('\n');
                let blanks = line.len().saturating_sub(line.trim_start().len());
                let kept = if line.contains('\t') { column.saturating_add(1) } else { blanks };
                let moved = kept.saturating_add(target).saturating_sub(column);
                if !line.trim().is_empty() {
                    self.out.extend(std::iter::repeat_n(' ', moved));
                }
                self.out.push_str(line.trim_start());
            } else {
                self.out.push_str(line);
            }
        }
    }

    fn is_label(&self, token: Token) -> bool {
        let text = self.slice(token.text.start as usize, token.text.end as usize);
        token.kind == Kind::Word && matches!(text, "case" | "default")
    }

    fn column(&self, at: usize) -> usize {
        self.slice(0, at).bytes().rev().take_while(|&byte| byte != b'\n').count()
    }

    fn token(&mut self, token: Token, next: Option<&Token>) {
        let (start, end) = (token.text.start as usize, token.text.end as usize);
        let gap = self.slice(self.end, start);
        let text = self.slice(start, end);
        if matches!(token.kind, Kind::Directive | Kind::Passthrough) {
            self.whole_line(text, gap);
        } else {
            self.piece(token.kind, text, gap, next);
        }
        self.end = end;
        self.before = Some(token.kind);
    }

    /// Lines of the preprocessor and of C stand in the first column, as they are.
    fn whole_line(&mut self, text: &str, gap: &str) {
        self.break_line(gap);
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        self.out.push_str(&lines.join("\n"));
        self.at_line_start = false;
        self.line_due = true;
    }

    fn piece(&mut self, kind: Kind, text: &str, gap: &str, next: Option<&Token>) {
        let closes = kind == Kind::Mark(b'}');
        let is_label = matches!(text, "case" | "default");
        if closes {
            self.braces.pop();
        }
        if is_label {
            self.in_label = true;
        }
        let below_comment = std::mem::take(&mut self.own_comment) && gap.contains('\n');
        self.behind = None;
        if self.line_due || below_comment || (closes && !self.at_line_start) {
            self.break_line(gap);
        }
        if self.at_line_start {
            self.indent(is_label);
        } else if self.needs_blank(kind, text) {
            self.out.push(' ');
        }
        self.out.push_str(text);
        self.at_line_start = false;
        self.after(kind, text, next);
    }

    /// What the piece means for those behind it.
    fn after(&mut self, kind: Kind, text: &str, next: Option<&Token>) {
        match kind {
            Kind::Word => match text {
                "enum" => self.is_enum = true,
                "struct" | "union" | "program" | "version" => self.is_enum = false,
                _ => {}
            },
            Kind::Mark(b'{') => {
                self.braces.push(self.is_enum);
                self.is_enum = false;
                self.line_due = true;
            }
            Kind::Mark(b'}') => {
                let ends = next
                    .is_none_or(|next| matches!(next.kind, Kind::Directive | Kind::Passthrough));
                self.line_due = ends;
            }
            Kind::Mark(b';') => self.line_due = true,
            Kind::Mark(b',') if self.nested == 0 && self.braces.last() == Some(&true) => {
                self.line_due = true
            }
            Kind::Mark(b':') if self.in_label => {
                self.in_label = false;
                self.line_due = true;
            }
            Kind::Mark(b'(' | b'<' | b'[') => self.nested = self.nested.saturating_add(1),
            Kind::Mark(b')' | b'>' | b']') => self.nested = self.nested.saturating_sub(1),
            _ => {}
        }
    }

    fn needs_blank(&self, kind: Kind, text: &str) -> bool {
        let Some(before) = self.before else { return false };
        let is_operand = |kind| {
            matches!(kind, Kind::Word | Kind::Number | Kind::Text | Kind::Char | Kind::Mark(b')'))
        };
        match (before, kind) {
            (_, Kind::Mark(b';' | b',' | b':' | b')' | b'>' | b']' | b'<' | b'[')) => false,
            (Kind::Mark(b'(' | b'<' | b'[' | b'~'), _) => false,
            // `*name` and `-1`, but `T *` and `2 * 3`.
            (Kind::Mark(b'*'), Kind::Word) => false,
            (Kind::Mark(b'-' | b'+'), _) => !self.is_sign(),
            (_, Kind::Mark(b'(')) => self.out.ends_with("switch") || !is_operand(before),
            _ => !text.is_empty(),
        }
    }

    /// The mark just written stands before a value rather than between two.
    fn is_sign(&self) -> bool {
        let rest = self.out.trim_end_matches(['-', '+']).trim_end();
        rest.ends_with(['=', '(', '<', '[', ',']) || rest.ends_with("case")
    }

    /// Ends the line, and keeps one blank line where the text has some.
    fn break_line(&mut self, gap: &str) {
        if self.out.is_empty() {
            return;
        }
        let had_blank = gap.bytes().filter(|&byte| byte == b'\n').count() > 1;
        self.out.truncate(self.out.trim_end_matches(' ').len());
        self.out.push('\n');
        let opens = self.out.trim_end().ends_with('{');
        if had_blank && !opens {
            self.out.push('\n');
        }
        self.at_line_start = true;
        self.line_due = false;
    }

    /// A label of a union stands one level out.
    fn indent(&mut self, is_label: bool) {
        let levels = self.braces.len().saturating_sub(usize::from(is_label));
        self.out.extend(std::iter::repeat_n("    ", levels));
        self.at_line_start = false;
    }
}
