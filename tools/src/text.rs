//! Showing text that came from a network: it may be long, and it may hold what a terminal obeys.

use std::{borrow::Cow, fmt::Write as _};

/// At most `max` characters of `text`, with everything that is not plainly visible written as an escape.
///
/// ```
/// assert_eq!(sunrpc_tools::text::shown("127.0.0.1.0.111", 22), "127.0.0.1.0.111");
/// assert_eq!(sunrpc_tools::text::shown("\x1b[2Jx", 22), "\\x1b[2Jx");
/// assert_eq!(sunrpc_tools::text::shown("0123456789", 4), "012…");
/// ```
#[must_use]
pub fn shown(text: &str, max: usize) -> String {
    let mut out = String::new();
    let mut width = 0_usize;
    for c in text.chars() {
        let before = out.len();
        match c {
            '\\' => out.push_str("\\\\"),
            ' '..='~' => out.push(c),
            // Writing to a string does not fail.
            _ => drop(match u32::from(c) {
                code @ 0..=0xff => write!(out, "\\x{code:02x}"),
                code => write!(out, "\\u{{{code:x}}}"),
            }),
        }
        width = width.saturating_add(out.len().saturating_sub(before));
        if width > max {
            return cut(out, max);
        }
    }
    out
}

/// Cuts `out`, all of ASCII, to `max` characters, the last of which says so.
fn cut(mut out: String, max: usize) -> String {
    out.truncate(max.saturating_sub(1));
    if max > 0 {
        out.push('…');
    }
    out
}

/// All of `text`, with what a terminal would obey as an escape of JSON's, but for ends of lines and tabs.
#[must_use]
pub fn harmless(text: &str) -> Cow<'_, str> {
    let is_harmless = |c| matches!(c, '\n' | '\t') || !is_obeyed(c);
    if text.chars().all(is_harmless) {
        return text.into();
    }
    let mut out = String::new();
    for c in text.chars() {
        if is_harmless(c) { out.push(c) } else { escape(c, &mut out) }
    }
    out.into()
}

pub(crate) fn escape(c: char, to: &mut String) {
    for unit in c.encode_utf16(&mut [0; 2]) {
        // Writing to a string does not fail.
        let _ = write!(to, "\\u{unit:04x}");
    }
}

/// Control characters, those that turn the direction of writing, and those that are not to be seen.
pub(crate) fn is_obeyed(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// One line of a table, cut to the terminal's width where there is a terminal.
#[must_use]
pub fn fitted(line: &str, columns: Option<usize>) -> &str {
    let Some(columns) = columns else { return line };
    line.char_indices().nth(columns).map_or(line, |(end, _)| line.get(..end).unwrap_or(line))
}

/// The width of the terminal on standard output; `None` where it is none.
#[must_use]
pub fn columns() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_gets_through() {
        let hostile: String = (0..=0x2ff_u32).filter_map(char::from_u32).collect();
        let text = shown(&hostile, usize::MAX);
        assert!(text.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{text}");
        assert!(shown("\u{202e}evil", 64).starts_with("\\u{202e}"));
    }

    #[test]
    fn the_length_is_bounded() {
        let long = "\u{1b}".repeat(64 << 10);
        for max in [0, 1, 2, 22, 1000] {
            assert!(shown(&long, max).chars().count() <= max);
        }
        assert_eq!(shown("1234", 4), "1234");
        assert_eq!(fitted("12345", Some(3)), "123");
        assert_eq!(fitted("12345", None), "12345");
    }
}
