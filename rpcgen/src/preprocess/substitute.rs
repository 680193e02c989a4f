//! A macro's body with arguments for parameters: `#` makes a text of one, `##` makes one token of two.

use super::macros::{Expansion, MAX_MADE, Macro, glue};
use crate::diag::{Diagnostic, Diagnostics};
use crate::lex::{self, Kind, Token};

/// The longest token that may be made, in bytes.
const MAX_TOKEN: usize = 4096;

impl Expansion<'_> {
    /// The body as it stands in the text, to be expanded further.
    pub(super) fn substitute(&mut self, definition: &Macro, arguments: &[&[Token]]) -> Vec<Token> {
        let body = definition.body.as_slice();
        if definition.parameters.is_none() && !body.iter().any(|token| self.is(token, "##")) {
            return body.to_vec();
        }
        let mut made = Made::default();
        let mut at = 0usize;
        while let Some(token) = body.get(at).filter(|_| made.tokens.len() <= MAX_MADE) {
            at = at.saturating_add(1);
            let next = body.get(at);
            if self.is(token, "##") && at > 1 && next.is_some() {
                made.joins = true;
                continue;
            }
            if let Some(argument) = self.named_text(token, next, definition, arguments) {
                at = at.saturating_add(1);
                let text = self.text_of(token, argument);
                self.add(&mut made, &[text]);
                continue;
            }
            let is_joined = made.joins || next.is_some_and(|next| self.is(next, "##"));
            match self.named(token, definition, arguments) {
                Some(argument) => {
                    let mut tokens = match is_joined {
                        true => argument.to_vec(),
                        false => self.argument(argument),
                    };
                    glue(&mut tokens, *token);
                    self.add(&mut made, &tokens);
                }
                None => self.add(&mut made, &[*token]),
            }
        }
        made.tokens
    }

    fn is(&self, token: &Token, operator: &str) -> bool {
        token.kind == Kind::Bad && self.sources.text(token.text) == operator
    }

    /// The argument that a word of the body stands for.
    fn named<'t>(
        &self,
        token: &Token,
        definition: &Macro,
        arguments: &[&'t [Token]],
    ) -> Option<&'t [Token]> {
        let parameters = definition.parameters.as_ref().filter(|_| token.kind == Kind::Word)?;
        let name = self.sources.text(token.text);
        let at = parameters.iter().position(|parameter| parameter == name)?;
        Some(arguments.get(at).copied().unwrap_or(&[]))
    }

    /// The argument that `#` before its parameter makes a text of.
    fn named_text<'t>(
        &self,
        token: &Token,
        next: Option<&Token>,
        definition: &Macro,
        arguments: &[&'t [Token]],
    ) -> Option<&'t [Token]> {
        self.named(next.filter(|_| self.is(token, "#"))?, definition, arguments)
    }

    /// Appends tokens; the first is joined to the one before where `##` stands between them and neither is missing.
    fn add(&mut self, made: &mut Made, tokens: &[Token]) {
        let joins = std::mem::take(&mut made.joins);
        match (made.tokens.last().copied(), tokens.split_first()) {
            (Some(left), Some((&right, rest))) if joins && made.is_open => {
                if let Some(joint) = self.join(left, right) {
                    made.tokens.pop();
                    made.tokens.push(joint);
                }
                made.tokens.extend_from_slice(rest);
            }
            _ => {
                made.is_open = !tokens.is_empty() || (joins && made.is_open);
                made.tokens.extend_from_slice(tokens);
            }
        }
    }

    /// Two tokens as one.
    fn join(&mut self, left: Token, right: Token) -> Option<Token> {
        let text = [self.sources.text(left.text), self.sources.text(right.text)].concat();
        let made = self.token(&text, left);
        if made.is_none() {
            self.refuse(format!("`{text}` is no token"));
        }
        made
    }

    /// The tokens as a text in quotes.
    fn text_of(&mut self, hash: &Token, tokens: &[Token]) -> Token {
        let mut text = String::from("\"");
        for (index, token) in tokens.iter().enumerate() {
            if index > 0 && !token.glued {
                text.push(' ');
            }
            let is_quoted = matches!(token.kind, Kind::Text | Kind::Char);
            for character in self.sources.text(token.text).chars() {
                if is_quoted && matches!(character, '"' | '\\') {
                    text.push('\\');
                }
                text.push(character);
            }
        }
        text.push('"');
        self.token(&text, *hash).unwrap_or_else(|| {
            self.refuse("what follows the `#` is no text".to_owned());
            *hash
        })
    }

    /// A token of this text, in the place of another; none if it would be none or several.
    fn token(&mut self, text: &str, place: Token) -> Option<Token> {
        let span = self.sources.made(text).filter(|_| text.len() <= MAX_TOKEN)?;
        let source = self.sources.file(span.file)?;
        let mut mistakes = Diagnostics::default();
        let tokens = lex::lex_directive(&source.text, span, &mut mistakes);
        match tokens.as_slice() {
            [token] if token.text == span && token.kind != Kind::Bad && !mistakes.has_errors() => {
                Some(Token { kind: token.kind, text: span, ..place })
            }
            _ => None,
        }
    }

    fn refuse(&mut self, what: String) {
        let shown: String = what.chars().take(80).collect();
        self.mistake.get_or_insert_with(|| {
            Diagnostic::error("X021", "this macro makes what is no token").at(self.place.at, shown)
        });
    }
}

/// What a body has become so far.
#[derive(Default)]
struct Made {
    tokens: Vec<Token>,
    /// `##` stands before what comes next.
    joins: bool,
    /// What came last is there to be joined: an argument may be empty.
    is_open: bool,
}
