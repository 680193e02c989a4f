//! Lines from a pipe, however long they are.

use std::io::{self, BufRead, Read};

/// A line without its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) bytes: Vec<u8>,
    /// It was longer than what was asked for.
    pub(super) cut: bool,
}

/// The next line, of which at most `max` bytes are kept; None at the end of input.
pub(super) fn read_line(from: &mut impl BufRead, max: usize) -> io::Result<Option<Line>> {
    let mut bytes = Vec::new();
    // Two more for the line's end, which does not count.
    let room = u64::try_from(max).unwrap_or(u64::MAX).saturating_add(2);
    if from.by_ref().take(room).read_until(b'\n', &mut bytes)? == 0 {
        return Ok(None);
    }
    if !bytes.ends_with(b"\n") {
        from.skip_until(b'\n')?;
    }
    while bytes.last().is_some_and(|last| matches!(last, b'\n' | b'\r')) {
        bytes.pop();
    }
    let cut = bytes.len() > max;
    bytes.truncate(max);
    Ok(Some(Line { bytes, cut }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lines_and_cuts_long_ones() {
        let mut from = io::Cursor::new("ab\r\nabcde\n\nabcd\nabc".as_bytes());
        let mut next = || {
            let line = read_line(&mut from, 4).expect("no error in memory")?;
            Some((String::from_utf8(line.bytes).expect("text"), line.cut))
        };
        let line = |text: &str, cut| Some((text.to_string(), cut));
        assert_eq!(next(), line("ab", false));
        assert_eq!(next(), line("abcd", true));
        assert_eq!(next(), line("", false));
        assert_eq!(next(), line("abcd", false));
        assert_eq!(next(), line("abc", false));
        assert_eq!(next(), None);
    }

    #[test]
    fn a_line_without_end_takes_no_room() {
        let mut from = io::BufReader::new(io::repeat(b'x').take(10_000_000));
        let line = read_line(&mut from, 10).expect("read").expect("a line");
        assert_eq!(line, Line { bytes: vec![b'x'; 10], cut: true });
        assert!(read_line(&mut from, 10).expect("read").is_none());
    }
}
