//! Text laid out as `rustfmt` does by default.

/// The longest line.
const MAX_WIDTH: usize = 100;
/// The longest list of arguments on one line, and the longest chain of calls.
const CALL_WIDTH: usize = 60;
/// The longest list of fields of a struct literal on one line.
const LITERAL_WIDTH: usize = 18;

/// Text being written; `indent` counts spaces.
#[derive(Debug, Default)]
pub(super) struct Out {
    text: String,
}

impl Out {
    pub(super) fn finish(self) -> String {
        self.text
    }

    pub(super) fn blank(&mut self) {
        self.text.push('\n');
    }

    pub(super) fn line(&mut self, indent: usize, line: &str) {
        self.indent(indent);
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// A line in pieces, so that they need not be joined first.
    pub(super) fn pieces(&mut self, indent: usize, pieces: &[&str]) {
        self.indent(indent);
        pieces.iter().for_each(|piece| self.text.push_str(piece));
        self.text.push('\n');
    }

    fn indent(&mut self, indent: usize) {
        const SPACES: &str = "                                ";
        self.text.push_str(SPACES.get(..indent).unwrap_or(SPACES));
    }

    /// `head(parameters) tail`, the parameters below one another where they don't fit.
    pub(super) fn signature(
        &mut self,
        indent: usize,
        head: &str,
        parameters: &[String],
        tail: &str,
    ) {
        let joined = parameters.join(", ");
        if fits(indent, &[head, "(", &joined, ")", tail]) {
            self.pieces(indent, &[head, "(", &joined, ")", tail]);
            return;
        }
        self.pieces(indent, &[head, "("]);
        for parameter in parameters {
            self.pieces(deeper(indent), &[parameter, ","]);
        }
        self.result(indent, tail);
    }

    /// `) -> Result<Value, Error> {`, the brace or the types on lines of their own where they don't fit.
    fn result(&mut self, indent: usize, tail: &str) {
        let Some(result) = tail.strip_suffix(" {") else {
            return self.pieces(indent, &[")", tail]);
        };
        let types = result.strip_prefix(" -> Result<").and_then(|rest| rest.strip_suffix('>'));
        match types.and_then(|types| types.rsplit_once(", ")) {
            // Rustfmt keeps four columns free here.
            _ if fits(deeper(indent), &[")", tail]) => self.pieces(indent, &[")", tail]),
            Some((value, error)) if !fits(indent, &[result.trim_start()]) => {
                self.line(indent, ") -> Result<");
                self.pieces(deeper(indent), &[value, ","]);
                self.pieces(deeper(indent), &[error, ","]);
                self.line(indent, "> {");
            }
            _ => {
                self.pieces(indent, &[")", result]);
                self.line(indent, "{");
            }
        }
    }

    /// `impl<…> Trait for Type {`
    pub(super) fn impl_head(&mut self, head: &str, ty: &str) {
        if fits(0, &[head, " for ", ty, " {"]) {
            self.pieces(0, &[head, " for ", ty, " {"]);
            return;
        }
        match head.split_once("> ").filter(|_| !fits(0, &[head])) {
            Some((generics, name)) => {
                self.pieces(0, &[generics, ">"]);
                self.line(4, name);
            }
            None => self.line(0, head),
        }
        self.pieces(4, &["for ", ty]);
        self.line(0, "{");
    }

    /// `head = value;`
    pub(super) fn assignment(&mut self, indent: usize, head: &str, value: &str) {
        // Rustfmt keeps two columns free for a `?` behind a chain.
        let free = if value.starts_with("from.") { "  " } else { "" };
        if fits(indent, &[head, " = ", value, ";", free]) {
            self.pieces(indent, &[head, " = ", value, ";"]);
            return;
        }
        self.pieces(indent, &[head, " ="]);
        self.pieces(deeper(indent), &[value, ";"]);
    }

    /// `call(argument)end`, the argument on a line of its own where it doesn't fit.
    pub(super) fn call(&mut self, indent: usize, call: &str, argument: &str, end: &str) {
        let is_short = argument.len() <= CALL_WIDTH;
        if fits(indent, &[call, "(", argument, ")", end]) && is_short {
            self.pieces(indent, &[call, "(", argument, ")", end]);
            return;
        }
        self.pieces(indent, &[call, "("]);
        self.pieces(deeper(indent), &[argument, ","]);
        self.pieces(indent, &[")", end]);
    }

    /// `prefix self.0.method(arguments)end`
    pub(super) fn field_call(
        &mut self,
        indent: usize,
        prefix: &str,
        method: &str,
        arguments: &[&str],
        end: &str,
    ) {
        let joined = arguments.join(", ");
        // Rustfmt counts a `?` twice.
        let again = usize::from(end.starts_with('?'));
        let chain = width(&["self.0.", method, "(", &joined, ")", end.trim_end_matches(';')]);
        let is_short = joined.len() <= CALL_WIDTH;
        let whole = [prefix, "self.0.", method, "(", &joined, ")", end];
        if chain.saturating_add(again) <= CALL_WIDTH && fits(indent, &whole) {
            self.pieces(indent, &whole);
            return;
        }
        let broken = [".", method, "(", &joined, ")", end];
        let broken_fits = fits(deeper(indent).saturating_add(again), &broken);
        let first = width(&["self.0.", method, "("]);
        let filled = fill(deeper(indent), arguments);
        // rustfmt keeps the call beside `self.0` where that makes it tall, or where it must be broken anyway.
        let is_tall = filled.len() >= 3 && !(is_short && fits(indent, &whole));
        let must_break = !(is_short && broken_fits);
        if (is_tall || must_break) && first <= CALL_WIDTH {
            self.pieces(indent, &[prefix, "self.0.", method, "("]);
            filled.iter().for_each(|line| self.line(deeper(indent), line));
            self.pieces(indent, &[")", end]);
            return;
        }
        self.root(indent, prefix);
        if is_short && broken_fits {
            self.pieces(deeper(indent), &broken);
            return;
        }
        self.pieces(deeper(indent), &[".", method, "("]);
        fill(deeper(deeper(indent)), arguments)
            .iter()
            .for_each(|line| self.line(deeper(deeper(indent)), line));
        self.pieces(deeper(indent), &[")", end]);
    }

    /// `self.0` above the call: behind a prefix it is broken too.
    fn root(&mut self, indent: usize, prefix: &str) {
        if prefix.is_empty() {
            self.line(indent, "self.0");
        } else {
            self.pieces(indent, &[prefix, "self"]);
            self.line(deeper(indent), ".0");
        }
    }

    /// `pattern => value,`, the value in a block where it doesn't fit.
    pub(super) fn arm(&mut self, indent: usize, pattern: &str, value: &str) {
        if fits(indent, &[pattern, " => ", value, ","]) {
            self.pieces(indent, &[pattern, " => ", value, ","]);
            return;
        }
        self.pieces(indent, &[pattern, " => {"]);
        self.line(deeper(indent), value);
        self.line(indent, "}");
    }

    /// `before { fields } after`
    pub(super) fn literal(&mut self, indent: usize, before: &str, fields: &[String], after: &str) {
        let joined = fields.join(", ");
        if fields.is_empty() {
            self.pieces(indent, &[before, " {}", after]);
        } else if joined.len() <= LITERAL_WIDTH {
            self.pieces(indent, &[before, " { ", &joined, " }", after]);
        } else {
            self.pieces(indent, &[before, " {"]);
            for field in fields {
                self.literal_field(deeper(indent), field);
            }
            self.pieces(indent, &["}", after]);
        }
    }

    /// `name: from.get()?,`, broken before the call where it doesn't fit; `name: owned(value),` within it.
    fn literal_field(&mut self, indent: usize, field: &str) {
        let owned = field
            .split_once("::owned(")
            .and_then(|(head, rest)| Some((head, rest.strip_suffix(')')?)));
        if let Some((head, value)) = owned {
            return self.call(indent, &format!("{head}::owned"), value, ",");
        }
        // Rustfmt keeps two columns free for a `?`.
        let parts = field.split_once(": from.").filter(|_| !fits(indent, &[field, ",  "]));
        match parts {
            Some((name, call)) if fits(deeper(indent), &[".", call, ","]) => {
                self.pieces(indent, &[name, ": from"]);
                self.pieces(deeper(indent), &[".", call, ","]);
            }
            _ => self.pieces(indent, &[field, ","]),
        }
    }

    /// `#[derive(…)]`
    pub(super) fn derive(&mut self, traits: &[String]) {
        let joined = traits.join(", ");
        if traits.is_empty() {
        } else if fits(0, &["#[derive(", &joined, ")]"]) {
            self.pieces(0, &["#[derive(", &joined, ")]"]);
        } else {
            self.line(0, "#[derive(");
            for name in traits {
                self.pieces(4, &[name, ","]);
            }
            self.line(0, ")]");
        }
    }
}

/// Arguments one below the other; in lines where all are short.
fn fill(indent: usize, arguments: &[&str]) -> Vec<String> {
    const SHORT: usize = 10;
    let are_short =
        arguments.iter().all(|argument| argument.len() <= SHORT && !argument.contains('('));
    let mut lines: Vec<String> = Vec::new();
    for argument in arguments {
        match lines.last_mut() {
            Some(line) if are_short && fits(indent, &[line, " ", argument, ","]) => {
                line.push(' ');
                line.push_str(argument);
                line.push(',');
            }
            _ => lines.push(format!("{argument},")),
        }
    }
    lines
}

/// Whether the pieces fit a line.
pub(super) fn fits(indent: usize, pieces: &[&str]) -> bool {
    width(pieces).saturating_add(indent) <= MAX_WIDTH
}

fn width(pieces: &[&str]) -> usize {
    let width = |piece: &&str| if piece.is_ascii() { piece.len() } else { piece.chars().count() };
    pieces.iter().map(width).sum()
}

/// One level further in.
fn deeper(indent: usize) -> usize {
    indent.saturating_add(4)
}
