//! Built-in preprocessor: files to one stream of tokens.
//!
//! `#include`, `#define`, `#undef`, `#if…` and `#error` work as in C; `%` lines, `#pragma`, `#ident`
//! and line markers are dropped.

mod branches;
mod condition;
mod include;
mod macros;
mod substitute;

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::path::PathBuf;

use crate::diag::{Diagnostic, Diagnostics};
use crate::lex::{self, Comment, Kind, Token};
use crate::source::{FileId, Sources, Span};
use branches::Branch;
use macros::{Macro, Macros};

/// What the user asked of the preprocessor.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    /// Where `#include` looks after the folder of the including file.
    pub(crate) include_paths: Vec<PathBuf>,
    /// `-D NAME=VALUE`.
    pub(crate) defines: Vec<(String, String)>,
    /// `-U NAME`, also for what is defined by itself.
    pub(crate) undefines: Vec<String>,
    /// Files read before the file itself, as if it included them.
    pub(crate) preludes: Vec<PathBuf>,
}

/// The tokens of a file and of what it includes, without directives.
#[derive(Debug, Default)]
pub(crate) struct Stream {
    pub(crate) tokens: Vec<Token>,
    pub(crate) comments: Vec<Comment>,
    /// Some condition asked which of its outputs C's rpcgen is writing.
    pub(crate) asks_output: bool,
    /// `%#define NAME …`, meant for C: the only place where some files say what a name stands for.
    pub(crate) for_c: Vec<(String, Vec<Token>)>,
}

/// What C's rpcgen defines while it writes the header, the codecs, the server, the client, the table.
pub(crate) const OUTPUTS: [&str; 5] = ["RPC_HDR", "RPC_XDR", "RPC_SVC", "RPC_CLNT", "RPC_TBL"];

/// Files within files, at most.
const MAX_INCLUDES: usize = 64;
/// Files included in one compilation, at most: each may include others twice.
const MAX_ENTERED: usize = 10_000;
/// Tokens of one compilation, at most; a file included many times reaches it.
const MAX_TOKENS: usize = 64_000_000;

/// Reads the file as C's rpcgen does while it writes `output`.
pub(crate) fn preprocess(
    file: FileId,
    output: &str,
    options: &Options,
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> Stream {
    let mut run = Preprocessor {
        options,
        sources,
        diagnostics,
        macros: Macros::default(),
        stream: Stream::default(),
        open: Vec::new(),
        once: HashSet::new(),
        loaded: HashMap::new(),
        entered: 0,
    };
    run.define_by_options(output);
    run.read_preludes();
    run.file(file);
    run.stream
}

struct Preprocessor<'a> {
    options: &'a Options,
    sources: &'a mut Sources,
    diagnostics: &'a mut Diagnostics,
    macros: Macros,
    stream: Stream,
    /// The files being read, from the outermost.
    open: Vec<FileId>,
    /// Files with `#pragma once` that have been read.
    once: HashSet<FileId>,
    loaded: HashMap<PathBuf, FileId>,
    /// How many files have been included.
    entered: usize,
}

impl Preprocessor<'_> {
    fn define_by_options(&mut self, output: &str) {
        let given =
            self.options.defines.iter().map(|(name, value)| format!("#define {name} {value}\n"));
        let undefined = self.options.undefines.iter().map(|name| format!("#undef {name}\n"));
        let text: String = std::iter::once(format!("#define {output} 1\n"))
            .chain(given)
            .chain(undefined)
            .collect();
        let file = self.sources.add("<command line>".to_owned(), None, text.into_bytes());
        self.file(file);
    }

    fn read_preludes(&mut self) {
        for path in &self.options.preludes {
            match self.load(path.clone()) {
                Ok(file) => self.enter(file, Span::nowhere()),
                Err(error) => self.diagnostics.push(
                    Diagnostic::error(
                        "X017",
                        format!("the prelude `{}` can't be read: {error}", path.display()),
                    )
                    .at(Span::nowhere(), "needed before this")
                    .help("its path counts from the folder that the compiler runs in"),
                ),
            }
        }
    }

    fn file(&mut self, file: FileId) {
        let Some(source) = self.sources.file(file) else { return };
        let mut found = Diagnostics::default();
        let tokens = lex::lex(&source.text, file, &mut self.stream.comments, &mut found);
        self.open.push(file);
        let left_out = self.tokens(&tokens);
        self.open.pop();
        // What is left out need not be made of tokens.
        let counts = |diagnostic: &&Diagnostic| {
            let start = diagnostic.labels.first().map_or(0, |label| label.span.start);
            let next = left_out.partition_point(|range| range.end <= start);
            left_out.get(next).is_none_or(|range| !range.contains(&start))
        };
        found.list().iter().filter(counts).for_each(|one| self.diagnostics.push(one.clone()));
    }

    /// Takes the tokens of a file; returns the parts of it that conditions leave out.
    fn tokens(&mut self, tokens: &[Token]) -> Vec<Range<u32>> {
        let mut branches: Vec<Branch> = Vec::new();
        let mut left_out: Vec<Range<u32>> = Vec::new();
        let mut at = 0usize;
        while let Some(&token) = tokens.get(at) {
            at = at.saturating_add(1);
            let taken = branches.last().is_none_or(|branch| branch.taken);
            match token.kind {
                Kind::Directive => {
                    self.directive(token, taken, &mut branches);
                    let goes_on = branches.last().is_none_or(|branch| branch.taken);
                    match (taken, goes_on, left_out.last_mut()) {
                        (true, false, _) => left_out.push(token.at.end..u32::MAX),
                        (false, true, Some(range)) => range.end = token.at.start,
                        _ => {}
                    }
                }
                Kind::Passthrough if taken => self.passthrough(token),
                Kind::Passthrough => {}
                _ if taken => {
                    let rest = tokens.get(at..).unwrap_or(&[]);
                    let out = &mut self.stream.tokens;
                    at = at.saturating_add(self.macros.expand(
                        token,
                        rest,
                        self.sources,
                        out,
                        self.diagnostics,
                    ));
                }
                _ => {}
            }
        }
        for branch in branches {
            self.diagnostics.push(
                Diagnostic::error("X010", "this condition is not closed")
                    .at(branch.at, "opened here")
                    .help("add a line `#endif`"),
            );
        }
        left_out
    }

    /// Keeps what a `%` line defines.
    fn passthrough(&mut self, token: Token) {
        let line = self.sources.text(token.text).trim_start_matches(['%', ' ', '\t']);
        let Some(rest) = line.strip_prefix('#').map(|rest| rest.trim_start_matches([' ', '\t']))
        else {
            return;
        };
        let Some(rest) = rest.strip_prefix("define").filter(|rest| rest.starts_with([' ', '\t']))
        else {
            return;
        };
        let length = u32::try_from(rest.len()).unwrap_or(0);
        let span = Span { start: token.text.end.saturating_sub(length), ..token.text };
        let Some(source) = self.sources.file(span.file) else { return };
        // It is C: what is no number is no mistake.
        let tokens = lex::lex_directive(&source.text, span, &mut Diagnostics::default());
        if let Some((name, body)) =
            tokens.split_first().filter(|(name, body)| name.kind == Kind::Word && !body.is_empty())
        {
            let is_macro =
                body.first().is_some_and(|next| next.kind == Kind::Mark(b'(') && next.glued);
            if !is_macro {
                self.stream.for_c.push((self.sources.text(name.text).to_owned(), body.to_vec()));
            }
        }
    }

    fn directive(&mut self, token: Token, taken: bool, branches: &mut Vec<Branch>) {
        let (name, rest) = self.split(token.text);
        match self.sources.text(name) {
            "if" | "ifdef" | "ifndef" => self.open_branch(name, rest, taken, branches),
            "elif" | "else" | "endif" => self.next_branch(name, rest, branches),
            _ if !taken => {}
            "include" => self.include(rest),
            "define" => self.define(rest),
            "undef" => {
                if let Some(name) = self.first_word(rest) {
                    self.macros.undefine(&name);
                }
            }
            "error" => {
                let message = self.sources.text(rest).trim().to_owned();
                self.diagnostics.push(
                    Diagnostic::error("X014", format!("#error {message}"))
                        .at(trimmed(self.sources, rest), "refused by the file itself"),
                );
            }
            "pragma" if self.sources.text(rest).trim() == "once" => {
                self.once.extend(self.open.last().copied());
            }
            _ => {}
        }
    }

    /// The spans of a directive's name and of what follows it.
    fn split(&self, directive: Span) -> (Span, Span) {
        let text = self.sources.text(directive);
        let body = text.trim_start_matches('#').trim_start_matches([' ', '\t']);
        let start = text.len().saturating_sub(body.len());
        let length = body.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(body.len());
        let offset =
            |at: usize| directive.start.saturating_add(u32::try_from(at).unwrap_or(u32::MAX));
        let end = offset(start.saturating_add(length));
        (Span { start: offset(start), end, ..directive }, Span { start: end, ..directive })
    }

    fn lex(&mut self, span: Span) -> Vec<Token> {
        match self.sources.file(span.file) {
            Some(source) => lex::lex_directive(&source.text, span, self.diagnostics),
            None => Vec::new(),
        }
    }

    fn first_word(&mut self, span: Span) -> Option<String> {
        let token = self.lex(span).into_iter().find(|token| token.kind == Kind::Word);
        if token.is_none() {
            self.diagnostics.push(
                Diagnostic::error("X012", "a name is missing").at(span, "expected a name here"),
            );
        }
        token.map(|token| self.sources.text(token.text).to_owned())
    }

    fn define(&mut self, rest: Span) {
        // What has no meaning here may have one in C, and matters where the macro is used.
        let tokens = match self.sources.file(rest.file) {
            Some(source) => lex::lex_directive(&source.text, rest, &mut Diagnostics::default()),
            None => Vec::new(),
        };
        let Some((name, body)) = tokens.split_first().filter(|(name, _)| name.kind == Kind::Word)
        else {
            self.diagnostics.push(
                Diagnostic::error("X012", "#define needs a name")
                    .at(trimmed(self.sources, rest), "expected a name here"),
            );
            return;
        };
        let (parameters, body) = self.parameters(body);
        let name = self.sources.text(name.text).to_owned();
        self.macros.define(name, Macro { parameters, body: body.to_vec() });
    }

    /// `(a, b)` right behind the name makes it a macro with parameters.
    fn parameters<'t>(&self, body: &'t [Token]) -> (Option<Vec<String>>, &'t [Token]) {
        let opens = body.first().is_some_and(|token| token.kind == Kind::Mark(b'(') && token.glued);
        let close = body.iter().position(|token| token.kind == Kind::Mark(b')'));
        let (true, Some(close)) = (opens, close) else { return (None, body) };
        let names = body.iter().take(close).filter(|token| token.kind == Kind::Word);
        let names = names.map(|token| self.sources.text(token.text).to_owned()).collect();
        (Some(names), body.get(close.saturating_add(1)..).unwrap_or(&[]))
    }
}

/// The span without the blanks around it; never empty where there is a character left.
fn trimmed(sources: &Sources, span: Span) -> Span {
    let text = sources.text(span);
    let small = |at: usize| u32::try_from(at).unwrap_or(0);
    let lead = small(text.len().saturating_sub(text.trim_start().len()));
    let tail = small(text.len().saturating_sub(text.trim_end().len()));
    if text.trim().is_empty() {
        return span;
    }
    Span { start: span.start.saturating_add(lead), end: span.end.saturating_sub(tail), ..span }
}
