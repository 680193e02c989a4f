//! Numbers as C writes them.

/// How a number was written, to write it so again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Radix {
    Decimal,
    Hexadecimal,
    Octal,
}

/// A number without its sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Number {
    pub(crate) value: u64,
    pub(crate) radix: Radix,
}

/// Reads `12`, `0x1F`, `017` and each with C's suffixes (`12UL`).
pub(crate) fn parse(text: &str) -> Result<Number, &'static str> {
    let (digits, radix, base) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (text.get(2..).unwrap_or(""), Radix::Hexadecimal, 16),
        [b'0', b'0'..=b'9', ..] => (text.get(1..).unwrap_or(""), Radix::Octal, 8),
        _ => (text, Radix::Decimal, 10),
    };
    let digits = without_suffix(digits, base);
    if digits.is_empty() {
        return Err("digits are missing");
    }
    if !digits.chars().all(|digit| digit.is_digit(base)) {
        return Err(match radix {
            Radix::Octal => "a leading 0 makes it octal: digits 0 to 7",
            Radix::Hexadecimal => "not a hexadecimal number",
            Radix::Decimal => "not a number, and a name can't start with a digit",
        });
    }
    let value = u64::from_str_radix(digits, base).map_err(|_| "it does not fit 64 bits")?;
    Ok(Number { value, radix })
}

fn without_suffix(digits: &str, base: u32) -> &str {
    let trimmed = digits.trim_end_matches(['u', 'U', 'l', 'L']);
    let suffix = digits.get(trimmed.len()..).unwrap_or("");
    let is_suffix = ["", "u", "l", "ul", "lu", "ll", "ull", "llu"]
        .iter()
        .any(|known| suffix.eq_ignore_ascii_case(known));
    debug_assert!(base <= 16, "u and l are no digits");
    if is_suffix { trimmed } else { digits }
}
