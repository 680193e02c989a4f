//! Names of the text to names of Rust: case, keywords, collisions.

use std::collections::HashMap;

/// `foo_bar`, `FOO_BAR`, `fooBar` to `FooBar`.
pub(super) fn camel(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for word in words(name) {
        let mut letters = word.chars();
        out.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        out.extend(letters.map(|letter| letter.to_ascii_lowercase()));
    }
    started(out)
}

/// `fooBar`, `FOO_BAR` to `foo_bar`.
pub(super) fn snake(name: &str) -> String {
    let joined = words(name).map(str::to_ascii_lowercase).collect::<Vec<_>>().join("_");
    if joined.is_empty() { "x".to_owned() } else { started(joined) }
}

/// `fooBar`, `foo_bar` to `FOO_BAR`. A name without small letters stays as it is.
pub(super) fn shouty(name: &str) -> String {
    let stays = !name.bytes().any(|byte| byte.is_ascii_lowercase())
        && !name.bytes().all(|byte| byte == b'_');
    if stays {
        return started(name.to_owned());
    }
    let shouted = words(name).map(str::to_ascii_uppercase).collect::<Vec<_>>().join("_");
    started(if name.starts_with('_') { format!("_{shouted}") } else { shouted })
}

/// A name starts with a letter or `_` and has at least one.
fn started(name: String) -> String {
    match name.bytes().next() {
        None => "X".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("_{name}"),
        Some(_) => name,
    }
}

/// `HTTPServer_name2` is `HTTP`, `Server`, `name2`.
fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split('_').filter(|part| !part.is_empty()).flat_map(split_case)
}

fn split_case(part: &str) -> Vec<&str> {
    let bytes = part.as_bytes();
    let mut out = Vec::new();
    let mut start = 0usize;
    for (at, pair) in bytes.windows(2).enumerate() {
        let [before, here] = *pair else { continue };
        let at = at.saturating_add(1);
        let next = bytes.get(at.saturating_add(1)).copied().unwrap_or(b' ');
        let rises = !before.is_ascii_uppercase() && here.is_ascii_uppercase();
        // In `RPCName` the word ends before the `N`.
        let ends =
            before.is_ascii_uppercase() && here.is_ascii_uppercase() && next.is_ascii_lowercase();
        // `stat2FOO` is `stat2`, `FOO`; `NFSv3` is `NFSv3`.
        if (rises || ends) && !is_plural(bytes, at) {
            out.extend(part.get(start..at));
            start = at;
        }
    }
    out.extend(part.get(start..));
    out
}

/// `IDs` is one word.
fn is_plural(bytes: &[u8], at: usize) -> bool {
    bytes.get(at..).is_some_and(|rest| rest.len() == 2 && rest.ends_with(b"s"))
        && at > 0
        && bytes.get(at.saturating_sub(1)).is_some_and(u8::is_ascii_uppercase)
}

/// A field, method or argument: keywords as raw identifiers, or with `_` where Rust has none.
pub(super) fn value_name(name: String) -> String {
    match name.as_str() {
        "self" | "super" | "crate" | "Self" | "_" => format!("{name}_"),
        word if is_keyword(word) => format!("r#{name}"),
        _ => name,
    }
}

pub(crate) fn is_keyword(word: &str) -> bool {
    matches!(
        word,
        "abstract"
            | "as"
            | "async"
            | "await"
            | "become"
            | "box"
            | "break"
            | "const"
            | "continue"
            | "do"
            | "dyn"
            | "else"
            | "enum"
            | "extern"
            | "false"
            | "final"
            | "fn"
            | "for"
            | "gen"
            | "if"
            | "impl"
            | "in"
            | "let"
            | "loop"
            | "macro"
            | "match"
            | "mod"
            | "move"
            | "mut"
            | "override"
            | "priv"
            | "pub"
            | "ref"
            | "return"
            | "static"
            | "struct"
            | "trait"
            | "true"
            | "try"
            | "type"
            | "typeof"
            | "unsafe"
            | "unsized"
            | "use"
            | "virtual"
            | "where"
            | "while"
            | "yield"
    )
}

/// Types and traits that the emitted code names without a path.
const TYPE_NAMES: [&str; 23] = [
    "Self", "String", "Vec", "Option", "Box", "Result", "From", "TryFrom", "Send", "Sync", "Sized",
    "bool", "u8", "i8", "u16", "i16", "u32", "i32", "u64", "i64", "f32", "f64", "str",
];

/// A type or trait.
pub(super) fn type_name(name: String) -> String {
    if TYPE_NAMES.contains(&name.as_str()) || name == "usize" {
        return format!("{name}_");
    }
    value_name(name)
}

/// Names handed out in one place, each once.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// How often a name was asked for.
    names: HashMap<String, usize>,
}

impl Taken {
    pub(super) fn with(names: &[&str]) -> Self {
        Self { names: names.iter().map(|name| ((*name).to_owned(), 1)).collect() }
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.names.contains_key(name)
    }

    /// The name, or the name with the first number that makes it new.
    pub(super) fn take(&mut self, name: String) -> String {
        let count = self.names.entry(name.clone()).or_insert(0);
        *count = count.saturating_add(1);
        if *count == 1 {
            return name;
        }
        let plain = name.strip_prefix("r#").unwrap_or(&name).trim_end_matches('_').to_owned();
        let mut number = *count;
        loop {
            let joint =
                if plain.ends_with(|last: char| last.is_ascii_digit()) || plain.contains('_') {
                    "_"
                } else {
                    ""
                };
            let candidate = format!("{plain}{joint}{number}");
            if !self.names.contains_key(&candidate) {
                self.names.insert(candidate.clone(), 1);
                return candidate;
            }
            number = number.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases() {
        for (name, expected) in [
            ("daytime_text", "DaytimeText"),
            ("DAYTIME_TEXT", "DaytimeText"),
            ("fooBar", "FooBar"),
            ("rp__list", "RpList"),
            ("NFSStat", "NfsStat"),
            ("nfsstat3", "Nfsstat3"),
            ("_x", "X"),
            ("3com", "_3com"),
            ("__", "X"),
        ] {
            assert_eq!(camel(name), expected, "{name}");
        }
        for (name, expected) in
            [("fileName", "file_name"), ("ml_next", "ml_next"), ("ID", "id"), ("IDs", "ids")]
        {
            assert_eq!(snake(name), expected, "{name}");
        }
        for (name, expected) in [
            ("maxName", "MAX_NAME"),
            ("RP__MAX", "RP__MAX"),
            ("_NDMP_LOG", "_NDMP_LOG"),
            ("_ab", "_AB"),
        ] {
            assert_eq!(shouty(name), expected, "{name}");
        }
    }

    #[test]
    fn collisions() {
        let mut taken = Taken::default();
        assert_eq!(taken.take("FsmDr".into()), "FsmDr");
        assert_eq!(taken.take("FsmDr".into()), "FsmDr2");
        assert_eq!(taken.take("FsmDr".into()), "FsmDr3");
        assert_eq!(taken.take("FSM_DR".into()), "FSM_DR");
        assert_eq!(taken.take("FSM_DR".into()), "FSM_DR_2");
    }
}
