//! Constant expressions: a number or a name in the RFC, C's arithmetic in real files.

use super::Parsed;
use super::cursor::Parser;
use super::expected::is_keyword;
use crate::ast::{Expr, ExprKind, Operator};
use crate::diag::Diagnostic;
use crate::lex::{Kind, Token};
use crate::number::{self, Radix};

impl Parser<'_> {
    pub(super) fn expression(&mut self) -> Parsed<Expr> {
        self.binary(0)
    }

    /// `= value`. Where either or both are missing, what stands before is as clear.
    pub(super) fn assigned(&mut self, context: &str) -> Parsed<Expr> {
        let equals = self.expect(b'=', context);
        match self.peek().kind {
            Kind::Mark(b';') | Kind::End if equals.is_err() => Ok(self.unknown()),
            Kind::Number => self.expression(),
            _ => equals.and_then(|_| self.expression()),
        }
    }

    fn binary(&mut self, least: u8) -> Parsed<Expr> {
        let mut left = self.nested(Self::unary)?;
        let mut operators = 0u32;
        while let Some((operator, binding)) =
            operator(self.peek().kind).filter(|&(_, binding)| binding > least)
        {
            let at = self.next().at;
            operators = operators.saturating_add(1);
            if operators > MAX_OPERATORS {
                return self.error(
                    Diagnostic::error("X104", "this expression is too long")
                        .at(at, "one operator too many"),
                );
            }
            let right = self.nested(|parser| parser.binary(binding))?;
            let span = left.span.to(right.span);
            left = Expr { kind: ExprKind::Binary(operator, Box::new(left), Box::new(right)), span };
        }
        Ok(left)
    }

    fn unary(&mut self) -> Parsed<Expr> {
        let token = self.peek();
        match token.kind {
            Kind::Mark(b'-') => self.prefixed(ExprKind::Negative),
            Kind::Mark(b'~') => self.prefixed(ExprKind::Complement),
            Kind::Mark(b'+') => {
                self.next();
                self.nested(Self::unary)
            }
            Kind::Mark(b'(') => {
                self.next();
                let inner = self.nested(|parser| parser.binary(0))?;
                self.expect(b')', "")?;
                Ok(Expr { span: self.span_from(token), ..inner })
            }
            _ => self.operand(),
        }
    }

    fn prefixed(&mut self, kind: impl FnOnce(Box<Expr>) -> ExprKind) -> Parsed<Expr> {
        let start = self.next();
        let operand = self.nested(Self::unary)?;
        Ok(Expr { kind: kind(Box::new(operand)), span: self.span_from(start) })
    }

    fn operand(&mut self) -> Parsed<Expr> {
        let token = self.peek();
        let text = self.text(token);
        let kind = match token.kind {
            Kind::Number => self.number(token),
            Kind::Text => ExprKind::Text(unescape(text)),
            Kind::Char => self.character(token),
            Kind::Word if is_keyword(text) => return self.refuse_keyword("a value"),
            Kind::Word => ExprKind::Name(text.to_owned()),
            // What stands around it is as clear without it.
            Kind::Mark(b';' | b',' | b':' | b')' | b']' | b'>' | b'}') => {
                let _: Parsed<()> = self.unexpected("a value", "");
                return Ok(self.unknown());
            }
            _ => return self.unexpected("a value", ""),
        };
        self.next();
        Ok(Expr { kind, span: token.at })
    }

    pub(super) fn unknown(&self) -> Expr {
        Expr { kind: ExprKind::Unknown, span: self.peek().at }
    }

    fn number(&mut self, token: Token) -> ExprKind {
        let text = self.text(token);
        match number::parse(text) {
            Ok(number) => ExprKind::Number(number.value, number.radix),
            Err(reason) => self.wrong_value(
                Diagnostic::error("X004", format!("`{text}` is not a number")).at(token.at, reason),
            ),
        }
    }

    fn character(&mut self, token: Token) -> ExprKind {
        let text = unescape(self.text(token));
        let mut characters = text.chars();
        match (characters.next(), characters.next()) {
            (Some(one), None) => ExprKind::Number(u64::from(u32::from(one)), Radix::Decimal),
            _ => self.wrong_value(
                Diagnostic::error("X005", "one character is expected between the quotes")
                    .at(token.at, ""),
            ),
        }
    }

    fn wrong_value(&mut self, diagnostic: Diagnostic) -> ExprKind {
        self.tell(diagnostic);
        ExprKind::Unknown
    }
}

/// Operators in a row, at most; each makes the tree one deeper.
const MAX_OPERATORS: u32 = 64;

fn operator(kind: Kind) -> Option<(Operator, u8)> {
    Some(match kind {
        Kind::Mark(b'|') => (Operator::Or, 1),
        Kind::Mark(b'^') => (Operator::Xor, 2),
        Kind::Mark(b'&') => (Operator::And, 3),
        Kind::ShiftLeft => (Operator::ShiftLeft, 4),
        Kind::ShiftRight => (Operator::ShiftRight, 4),
        Kind::Mark(b'+') => (Operator::Add, 5),
        Kind::Mark(b'-') => (Operator::Subtract, 5),
        Kind::Mark(b'*') => (Operator::Multiply, 6),
        Kind::Mark(b'/') => (Operator::Divide, 6),
        Kind::Mark(b'%') => (Operator::Remainder, 6),
        _ => return None,
    })
}

/// The text between the quotes, C's escapes resolved.
fn unescape(quoted: &str) -> String {
    let quote = quoted.get(..1).unwrap_or("");
    let inner = quoted.get(1..).unwrap_or("");
    let inner = inner.strip_suffix(quote).unwrap_or(inner);
    let mut out = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            out.push(character);
            continue;
        }
        match characters.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('0') => out.push('\0'),
            Some(other) => out.push(other),
            None => {}
        }
    }
    out
}
