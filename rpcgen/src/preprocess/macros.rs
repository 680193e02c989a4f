//! `#define`: what was defined, and putting it in place of its name.

use std::collections::HashMap;

use crate::diag::{Diagnostic, Diagnostics};
use crate::lex::{Kind, Token};
use crate::source::{Sources, Span};

/// A macro.
#[derive(Debug, Clone)]
pub(crate) struct Macro {
    /// `Some` for `#define NAME(a, b)`.
    pub(crate) parameters: Option<Vec<String>>,
    pub(crate) body: Vec<Token>,
}

/// What is defined at a point of the text.
#[derive(Debug, Default)]
pub(crate) struct Macros {
    table: HashMap<String, Macro>,
    /// Tokens that expansion has made so far.
    made: usize,
    exhausted: bool,
}

/// Macros within macros, at most.
const MAX_DEPTH: usize = 64;
/// Tokens that expansion may make in one compilation.
pub(super) const MAX_MADE: usize = 1_000_000;

impl Macros {
    pub(crate) fn define(&mut self, name: String, definition: Macro) {
        self.table.insert(name, definition);
    }

    pub(crate) fn undefine(&mut self, name: &str) {
        self.table.remove(name);
    }

    pub(crate) fn is_defined(&self, name: &str) -> bool {
        self.table.contains_key(name)
    }

    /// Appends the token, or what it stands for. `rest` is what follows it; the number of its
    /// tokens that were used up as arguments is returned.
    pub(crate) fn expand(
        &mut self,
        token: Token,
        rest: &[Token],
        sources: &mut Sources,
        out: &mut Vec<Token>,
        diagnostics: &mut Diagnostics,
    ) -> usize {
        if token.kind != Kind::Word || !self.table.contains_key(sources.text(token.text)) {
            out.push(token);
            return 0;
        }
        let before = out.len();
        let mut expansion = Expansion {
            macros: self,
            sources,
            place: token,
            active: Vec::new(),
            within: 0,
            mistake: None,
        };
        let used = expansion.word(token, rest, out);
        let mistake = expansion.mistake.take();
        mistake.into_iter().for_each(|mistake| diagnostics.push(mistake));
        let made = out.get(before..).unwrap_or(&[]);
        if let Some(bad) = made.iter().find(|token| token.kind == Kind::Bad) {
            let shown = sources.text(bad.text);
            diagnostics.push(
                Diagnostic::error(
                    "X020",
                    format!("this macro uses `{shown}`, which has no meaning in an .x file"),
                )
                .at(token.at, "used here")
                .at(bad.text, "defined with it here"),
            );
        }
        if self.made > MAX_MADE && !self.exhausted {
            self.exhausted = true;
            out.truncate(before);
            out.push(Token { kind: Kind::Bad, ..token });
            diagnostics.push(
                Diagnostic::error("X015", "macros expand to more than a million tokens")
                    .at(token.at, "the limit is passed here"),
            );
        }
        used
    }
}

pub(super) struct Expansion<'a> {
    macros: &'a mut Macros,
    pub(super) sources: &'a mut Sources,
    /// The token of the text that is being replaced.
    pub(super) place: Token,
    /// The macros being expanded; none is expanded within itself.
    active: Vec<Span>,
    /// The arguments being expanded, one within another.
    within: usize,
    /// The first thing that could not be made of tokens.
    pub(super) mistake: Option<Diagnostic>,
}

impl Expansion<'_> {
    /// What an argument stands for by itself; at some depth, what it stands for where it is put.
    pub(super) fn argument(&mut self, tokens: &[Token]) -> Vec<Token> {
        if self.within >= MAX_DEPTH {
            return tokens.to_vec();
        }
        self.within = self.within.saturating_add(1);
        let mut out = Vec::new();
        self.tokens(tokens, &mut out);
        self.within = self.within.saturating_sub(1);
        out
    }

    fn tokens(&mut self, tokens: &[Token], out: &mut Vec<Token>) {
        let mut at = 0usize;
        while let Some(&token) = tokens.get(at) {
            at = at.saturating_add(1);
            let rest = tokens.get(at..).unwrap_or(&[]);
            at = at.saturating_add(self.word(token, rest, out));
        }
    }

    /// Appends what one token stands for; returns how many tokens of `rest` were its arguments.
    fn word(&mut self, token: Token, rest: &[Token], out: &mut Vec<Token>) -> usize {
        let Some((definition, used)) = self.applies(token, rest) else {
            self.push(token, out);
            return 0;
        };
        let arguments = split_arguments(rest.get(..used).unwrap_or(&[]));
        let mut body = self.substitute(&definition, &arguments);
        glue(&mut body, token);
        self.active.push(token.text);
        self.tokens(&body, out);
        self.active.pop();
        used
    }

    fn push(&mut self, token: Token, out: &mut Vec<Token>) {
        self.macros.made = self.macros.made.saturating_add(1);
        if self.macros.made <= MAX_MADE {
            out.push(Token { at: self.place.at, comments: self.place.comments, ..token });
        }
    }

    fn applies(&self, token: Token, rest: &[Token]) -> Option<(Macro, usize)> {
        let sources = &*self.sources;
        let name = sources.text(token.text);
        let is_active = || self.active.iter().any(|&span| sources.text(span) == name);
        if token.kind != Kind::Word
            || self.active.len() >= MAX_DEPTH
            || self.macros.made > MAX_MADE
            || is_active()
        {
            return None;
        }
        let definition = self.macros.table.get(name)?;
        let used = match definition.parameters {
            None => 0,
            Some(_) => call_length(rest)?,
        };
        Some((definition.clone(), used))
    }
}

/// Tokens that come in the place of one stand where it stood.
pub(super) fn glue(tokens: &mut [Token], place: Token) {
    if let Some(first) = tokens.first_mut() {
        first.glued = place.glued;
    }
}

/// The number of tokens in `( … )` at the front.
fn call_length(tokens: &[Token]) -> Option<usize> {
    let mut depth = 0usize;
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Mark(b'(') => depth = depth.saturating_add(1),
            Kind::Mark(b')') => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 {
            return (at > 0).then(|| at.saturating_add(1));
        }
    }
    None
}

/// The arguments of `( a, b )`.
fn split_arguments(call: &[Token]) -> Vec<&[Token]> {
    let inner = call.get(1..call.len().saturating_sub(1)).unwrap_or(&[]);
    let mut depth = 0usize;
    inner
        .split(|token| {
            match token.kind {
                Kind::Mark(b'(') => depth = depth.saturating_add(1),
                Kind::Mark(b')') => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0 && token.kind == Kind::Mark(b',')
        })
        .collect()
}
