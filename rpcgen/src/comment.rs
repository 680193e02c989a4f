//! What comments say, without their marks.

use crate::source::{Sources, Span};

/// The lines of comments, none empty at the start and at the end.
pub(crate) fn lines(sources: &Sources, comments: &[Span]) -> Vec<String> {
    let mut lines: Vec<String> =
        comments.iter().flat_map(|&span| lines_of_one(sources.text(span))).collect();
    let end = lines.iter().rposition(|line| !line.is_empty());
    lines.truncate(end.map_or(0, |last| last.saturating_add(1)));
    let start = lines.iter().position(|line| !line.is_empty()).unwrap_or(0);
    lines.split_off(start)
}

/// The lines of a comment without its marks.
fn lines_of_one(comment: &str) -> Vec<String> {
    if let Some(line) = comment.strip_prefix("//") {
        let line = clean(line.trim_start_matches(['/', '!', '<']));
        let line = line.strip_prefix(' ').unwrap_or(&line).to_owned();
        return vec![line];
    }
    let inner = comment.strip_prefix("/*").unwrap_or(comment);
    let inner = inner.strip_suffix("*/").unwrap_or(inner).trim_start_matches(['*', '!', '<']);
    let mut lines: Vec<String> =
        inner.lines().map(clean).map(|line| without_border(&line)).collect();
    let rest = lines.get(1..).unwrap_or(&[]);
    let blanks = |line: &String| line.len().saturating_sub(line.trim_start_matches(' ').len());
    let common = rest.iter().filter(|line| !line.is_empty()).map(blanks).min().unwrap_or(0);
    for (index, line) in lines.iter_mut().enumerate() {
        let drop = if index == 0 { blanks(line) } else { common };
        *line = line.get(drop..).unwrap_or("").to_owned();
    }
    lines
}

/// ` * text` is ` text`, and `*****` nothing.
fn without_border(line: &str) -> String {
    let trimmed = line.trim_start_matches(' ');
    let rest = match trimmed.strip_prefix('*') {
        Some(rest) => rest.trim_start_matches('*'),
        None => line,
    };
    let is_rule = rest.len() > 2 && rest.chars().all(|c| matches!(c, '*' | '-' | '=' | ' '));
    if is_rule { String::new() } else { rest.trim_end_matches(['*', ' ']).to_owned() }
}

/// A line with blanks for tabs and nothing at its end; no control characters, none that turn the
/// direction of writing.
pub(crate) fn clean(line: &str) -> String {
    if line.bytes().all(|byte| (b' '..0x7f).contains(&byte)) {
        return line.trim_end().to_owned();
    }
    let mut out = String::with_capacity(line.len().saturating_add(16));
    for character in line.chars() {
        match character {
            '\t' => {
                let column = out.chars().count();
                let blanks = 8usize.saturating_sub(column % 8);
                out.extend(std::iter::repeat_n(' ', blanks));
            }
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}' | '\u{feff}' => {}
            control if control.is_control() => {}
            other => out.push(other),
        }
    }
    out.truncate(out.trim_end().len());
    out
}
