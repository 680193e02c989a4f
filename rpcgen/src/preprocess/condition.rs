//! The expression of `#if` and `#elif`.

use crate::lex::{Kind, Token};
use crate::number;
use crate::source::Sources;

/// Why an expression has no value.
pub(crate) type Refused = &'static str;

/// The value of an expression whose macros have been expanded and whose `defined` is resolved.
pub(crate) fn evaluate(tokens: &[Token], sources: &Sources) -> Result<i64, Refused> {
    let mut parser = Parser { tokens, sources, at: 0, depth: 0 };
    let value = parser.binary(0)?;
    match parser.tokens.get(parser.at) {
        None => Ok(value),
        Some(_) => Err("more follows than one expression"),
    }
}

struct Parser<'a> {
    tokens: &'a [Token],
    sources: &'a Sources,
    at: usize,
    depth: usize,
}

const MAX_DEPTH: usize = 100;

#[derive(Clone, Copy)]
enum Operator {
    Or,
    And,
    BitOr,
    BitXor,
    BitAnd,
    Equal,
    Unequal,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    ShiftLeft,
    ShiftRight,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Parser<'_> {
    fn mark(&self, ahead: usize) -> Option<u8> {
        match self.tokens.get(self.at.saturating_add(ahead))?.kind {
            Kind::Mark(mark) => Some(mark),
            _ => None,
        }
    }

    /// The operator at hand, how tightly it binds and of how many tokens it is made.
    fn operator(&self) -> Option<(Operator, u8, usize)> {
        use Operator as O;
        let second = self.tokens.get(self.at.saturating_add(1)).filter(|token| token.glued);
        let second = second.and_then(|_| self.mark(1));
        match self.tokens.get(self.at)?.kind {
            Kind::ShiftLeft => return Some((O::ShiftLeft, 8, 1)),
            Kind::ShiftRight => return Some((O::ShiftRight, 8, 1)),
            _ => {}
        }
        Some(match (self.mark(0)?, second) {
            (b'|', Some(b'|')) => (O::Or, 1, 2),
            (b'&', Some(b'&')) => (O::And, 2, 2),
            (b'|', _) => (O::BitOr, 3, 1),
            (b'^', _) => (O::BitXor, 4, 1),
            (b'&', _) => (O::BitAnd, 5, 1),
            (b'=', Some(b'=')) => (O::Equal, 6, 2),
            (b'!', Some(b'=')) => (O::Unequal, 6, 2),
            (b'<', Some(b'=')) => (O::LessEqual, 7, 2),
            (b'>', Some(b'=')) => (O::GreaterEqual, 7, 2),
            (b'<', _) => (O::Less, 7, 1),
            (b'>', _) => (O::Greater, 7, 1),
            (b'+', _) => (O::Add, 9, 1),
            (b'-', _) => (O::Subtract, 9, 1),
            (b'*', _) => (O::Multiply, 10, 1),
            (b'/', _) => (O::Divide, 10, 1),
            (b'%', _) => (O::Remainder, 10, 1),
            _ => return None,
        })
    }

    fn binary(&mut self, least: u8) -> Result<i64, Refused> {
        let mut left = self.unary()?;
        while let Some((operator, binding, length)) =
            self.operator().filter(|&(_, binding, _)| binding > least)
        {
            self.at = self.at.saturating_add(length);
            let right = self.binary(binding)?;
            left = apply(operator, left, right)?;
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<i64, Refused> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > MAX_DEPTH {
            return Err("it is nested too deeply");
        }
        let value = self.operand();
        self.depth = self.depth.saturating_sub(1);
        value
    }

    fn operand(&mut self) -> Result<i64, Refused> {
        let token = self.tokens.get(self.at).ok_or("a value is missing")?;
        self.at = self.at.saturating_add(1);
        match token.kind {
            // What is not defined counts as 0, as in C.
            Kind::Word => Ok(0),
            Kind::One => Ok(1),
            Kind::Number => {
                let value = number::parse(self.sources.text(token.text))
                    .map_err(|_| "a number is malformed")?;
                i64::try_from(value.value).map_err(|_| "a number is too large")
            }
            Kind::Mark(b'!') => Ok(i64::from(self.unary()? == 0)),
            Kind::Mark(b'-') => Ok(self.unary()?.wrapping_neg()),
            Kind::Mark(b'+') => self.unary(),
            Kind::Mark(b'~') => Ok(!self.unary()?),
            Kind::Mark(b'(') => {
                let value = self.binary(0)?;
                if self.mark(0) != Some(b')') {
                    return Err("a `)` is missing");
                }
                self.at = self.at.saturating_add(1);
                Ok(value)
            }
            _ => Err("a value is missing"),
        }
    }
}

fn apply(operator: Operator, left: i64, right: i64) -> Result<i64, Refused> {
    use Operator as O;
    let shift = u32::try_from(right.clamp(0, 63)).unwrap_or(63);
    Ok(match operator {
        O::Or => i64::from(left != 0 || right != 0),
        O::And => i64::from(left != 0 && right != 0),
        O::BitOr => left | right,
        O::BitXor => left ^ right,
        O::BitAnd => left & right,
        O::Equal => i64::from(left == right),
        O::Unequal => i64::from(left != right),
        O::Less => i64::from(left < right),
        O::LessEqual => i64::from(left <= right),
        O::Greater => i64::from(left > right),
        O::GreaterEqual => i64::from(left >= right),
        O::ShiftLeft => left.wrapping_shl(shift),
        O::ShiftRight => left.wrapping_shr(shift),
        O::Add => left.wrapping_add(right),
        O::Subtract => left.wrapping_sub(right),
        O::Multiply => left.wrapping_mul(right),
        O::Divide => left.checked_div(right).ok_or("it divides by zero")?,
        O::Remainder => left.checked_rem(right).ok_or("it divides by zero")?,
    })
}
