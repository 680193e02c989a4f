//! Writing JSON as it comes, for people: no character in it is one that a terminal obeys.

use crate::text::{escape, is_obeyed};

/// How JSON is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// All of it in one line.
    Line,
    /// A line for each value.
    Lines,
}

/// A JSON text that grows. Whoever writes sees to it that what is opened is closed.
#[derive(Debug)]
pub struct Text {
    out: String,
    layout: Layout,
    depth: usize,
    /// Nothing stands before on this level.
    is_first: bool,
    /// This level is one line.
    is_row: bool,
}

impl Text {
    /// An empty one.
    #[must_use]
    pub fn new(layout: Layout) -> Self {
        Self { out: String::new(), layout, depth: 0, is_first: true, is_row: false }
    }

    /// What was written.
    #[must_use]
    pub fn finish(self) -> String {
        self.out
    }

    /// How many bytes were written.
    #[must_use]
    pub fn len(&self) -> usize {
        self.out.len()
    }

    /// Whether nothing was written yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    /// Begins an array (`[`) or an object (`{`).
    pub fn open(&mut self, bracket: char) {
        self.out.push(bracket);
        self.depth = self.depth.saturating_add(1);
        self.is_first = true;
    }

    /// Begins an array of numbers or the like, which stays in one line.
    pub fn open_row(&mut self) {
        self.open('[');
        self.is_row = true;
    }

    /// Ends it.
    pub fn close(&mut self, bracket: char) {
        self.depth = self.depth.saturating_sub(1);
        if !self.is_first {
            self.new_line();
        }
        self.out.push(bracket);
        self.is_first = false;
        self.is_row = false;
    }

    /// Goes to the next place in an array.
    pub fn item(&mut self) {
        if !self.is_first {
            self.out.push(',');
            if !self.has_lines() {
                self.out.push(' ');
            }
        }
        self.new_line();
        self.is_first = false;
    }

    /// Goes to the next place in an object, and names it.
    pub fn key(&mut self, key: &str) {
        self.item();
        self.string(key);
        self.out.push_str(": ");
    }

    /// A number, `true`, `false` or `null`.
    pub fn plain(&mut self, value: &str) {
        self.out.push_str(value);
    }

    /// A string. Whatever a terminal would obey in it is an escape.
    pub fn string(&mut self, value: &str) {
        self.out.push('"');
        for c in value.chars() {
            match c {
                '"' | '\\' => self.out.extend(['\\', c]),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                c if is_obeyed(c) => escape(c, &mut self.out),
                c => self.out.push(c),
            }
        }
        self.out.push('"');
    }

    fn new_line(&mut self) {
        if self.has_lines() {
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n("  ", self.depth));
        }
    }

    fn has_lines(&self) -> bool {
        self.layout == Layout::Lines && !self.is_row
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(layout: Layout) -> String {
        let mut text = Text::new(layout);
        text.open('{');
        text.key("list");
        text.open('[');
        for item in ["1", "null"] {
            text.item();
            text.plain(item);
        }
        text.close(']');
        text.key("row");
        text.open_row();
        for item in ["1", "2"] {
            text.item();
            text.plain(item);
        }
        text.close(']');
        text.key("none");
        text.open('{');
        text.close('}');
        text.close('}');
        text.finish()
    }

    #[test]
    fn in_lines_and_in_one() {
        assert_eq!(
            written(Layout::Lines),
            "{\n  \"list\": [\n    1,\n    null\n  ],\n  \"row\": [1, 2],\n  \"none\": {}\n}"
        );
        assert_eq!(written(Layout::Line), r#"{"list": [1, null], "row": [1, 2], "none": {}}"#);
    }

    #[test]
    fn nothing_that_a_terminal_obeys_gets_through_and_nothing_is_lost() {
        let all: String = (0..=0xe_1000_u32).filter_map(char::from_u32).collect();
        let mut text = Text::new(Layout::Line);
        text.string(&all);
        let text = text.finish();
        assert!(!text.chars().any(is_obeyed));
        assert!(text.contains("\\u001b") && text.contains("\\u009b") && text.contains("\\u202e"));
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), all);
    }
}
