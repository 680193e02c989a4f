//! From what a patient types to clauses of words.

/// One word: as it is to be quoted, and as it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// As it is shown.
    pub(super) shown: String,
    /// In lower case, to be compared.
    pub(super) folded: String,
}

impl Word {
    pub(super) fn new(shown: &str) -> Self {
        Self { shown: shown.into(), folded: shown.to_lowercase() }
    }

    fn into_lower_case(self) -> Self {
        Self { shown: self.folded.clone(), folded: self.folded }
    }
}

/// Parts the text into clauses, none of them empty.
///
/// Only letters, digits and a few signs inside words are kept: what is quoted back can hold no control
/// character, whatever was sent. Linear in the text.
pub(super) fn clauses(text: &str, is_break: impl Fn(&str) -> bool) -> Vec<Vec<Word>> {
    let mut parting = Parting { is_break, clauses: Vec::new(), clause: Vec::new(), starts: true };
    let shouted = !text.chars().any(char::is_lowercase);
    for piece in text.split_whitespace() {
        parting.piece(piece, shouted);
    }
    parting.end_clause();
    parting.clauses
}

struct Parting<F> {
    is_break: F,
    clauses: Vec<Vec<Word>>,
    clause: Vec<Word>,
    /// The next word is the first of a sentence.
    starts: bool,
}

impl<F: Fn(&str) -> bool> Parting<F> {
    fn piece(&mut self, piece: &str, shouted: bool) {
        let mut from = 0;
        let mut before = None;
        let mut chars = piece.char_indices().peekable();
        while let Some((at, char)) = chars.next() {
            let after = chars.peek().map(|&(_, next)| next);
            if !in_word(before, char, after) {
                self.word(piece.get(from..at).unwrap_or_default(), shouted);
                self.sign(char);
                from = at.saturating_add(char.len_utf8());
            }
            before = Some(char);
        }
        self.word(piece.get(from..).unwrap_or_default(), shouted);
    }

    fn word(&mut self, raw: &str, shouted: bool) {
        let raw = raw.trim_matches(|char: char| matches!(char, '\'' | '’' | '-' | '/' | '_'));
        if raw.is_empty() {
            return;
        }
        let word = Word::new(&raw.replace('’', "'"));
        if (self.is_break)(&word.folded) {
            return self.end_clause();
        }
        let starts = std::mem::take(&mut self.starts);
        self.clause.push(if shouted || (starts && !is_all_upper(&word.shown)) {
            word.into_lower_case()
        } else {
            word
        });
    }

    fn sign(&mut self, char: char) {
        match char {
            '.' | '!' | '?' | '…' => {
                self.end_clause();
                self.starts = true;
            }
            ',' | ';' | ':' | '—' | '–' | '(' | ')' => self.end_clause(),
            _ => {}
        }
    }

    fn end_clause(&mut self) {
        if !self.clause.is_empty() {
            self.clauses.push(std::mem::take(&mut self.clause));
        }
    }
}

/// Letters and digits are; so are signs inside words (`don't`, `and/or`) and numbers (`3.5`).
fn in_word(before: Option<char>, char: char, after: Option<char>) -> bool {
    let beside = |is: fn(char) -> bool| before.is_some_and(is) && after.is_some_and(is);
    match char {
        '.' | ',' | ':' => beside(|char| char.is_ascii_digit()),
        '\'' | '’' | '-' | '/' | '_' => true,
        '$' | '€' | '£' | '%' | '&' | '@' | '#' | '+' => true,
        _ => char.is_alphanumeric(),
    }
}

/// An abbreviation such as NASA keeps its case at the start of a sentence.
fn is_all_upper(word: &str) -> bool {
    word.chars().count() > 1 && !word.chars().any(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parted(text: &str) -> Vec<String> {
        clauses(text, |word| word == "but")
            .iter()
            .map(|clause| {
                clause.iter().map(|word| word.shown.as_str()).collect::<Vec<_>>().join(" ")
            })
            .collect()
    }

    #[test]
    fn parts_at_signs_and_at_breaking_words() {
        assert_eq!(
            parted("It's true. I am unhappy, but why?  "),
            ["it's true", "i am unhappy", "why"]
        );
        assert!(parted(" ... ?! , but But ").is_empty());
        assert!(parted("").is_empty());
    }

    #[test]
    fn keeps_names_and_lowers_the_sentence_start_and_shouting() {
        assert_eq!(parted("Then Anna left. She cried"), ["then Anna left", "she cried"]);
        assert_eq!(parted("NASA fired me"), ["NASA fired me"]);
        assert_eq!(parted("MEN ARE ALL ALIKE"), ["men are all alike"]);
    }

    #[test]
    fn keeps_numbers_and_signs_inside_words() {
        assert_eq!(
            parted("I owe $3,500.25 and/or don’t -- 'really' care"),
            ["i owe $3,500.25 and/or don't really care"]
        );
    }

    #[test]
    fn drops_what_could_command_a_terminal() {
        assert_eq!(parted("a\u{1b}[31mred\u{7}\0 b\u{202e}c\u{9b}d"), ["a 31mred b c d"]);
    }
}
