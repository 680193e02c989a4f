//! Replies with places for what was heard.

use super::{script::Mend, words::Word};

/// A reply: text, and quotations of what a part of the pattern heard.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Template(pub(super) Vec<Piece>);

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    /// The pattern's part, counted from 0.
    Heard(usize),
}

impl Template {
    /// Whether everything it quotes was heard: `Do you often think of ?` is no reply.
    pub(super) fn suits(&self, heard: &[&[Word]]) -> bool {
        self.0.iter().all(|piece| match piece {
            Piece::Text(_) => true,
            Piece::Heard(part) => heard.get(*part).is_some_and(|words| !words.is_empty()),
        })
    }

    /// The reply as a sentence of at most `max` bytes.
    pub(super) fn fill(&self, heard: &[&[Word]], mends: &[Mend], max: usize) -> String {
        let mut reply = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => reply.push_str(text),
                Piece::Heard(part) => {
                    quote(heard.get(*part).copied().unwrap_or_default(), mends, &mut reply);
                }
            }
            if reply.len() > max {
                break;
            }
        }
        shorten(sentence_case(reply), max)
    }
}

/// Appends the words, mended. Every mend looks at every word once.
fn quote(mut words: &[Word], mends: &[Mend], reply: &mut String) {
    let mut space = "";
    while let [word, after @ ..] = words {
        let mend = mends.iter().find(|mend| mend.fits(words));
        let (shown, left) = match mend {
            Some(mend) => (mend.to.as_slice(), words.get(mend.from.len()..).unwrap_or_default()),
            None => (std::slice::from_ref(word), after),
        };
        for word in shown {
            reply.push_str(space);
            reply.push_str(&word.shown);
            space = " ";
        }
        words = left;
    }
}

impl Mend {
    fn fits(&self, words: &[Word]) -> bool {
        let same = self.from.iter().zip(words).all(|(from, word)| *from == word.folded);
        same && match self.at_end {
            true => words.len() == self.from.len(),
            false => words.len() >= self.from.len(),
        }
    }
}

fn sentence_case(reply: String) -> String {
    let mut chars = reply.chars();
    match chars.next() {
        Some(first) if first.is_lowercase() => first.to_uppercase().chain(chars).collect(),
        _ => reply,
    }
}

const ELLIPSIS: &str = "…";

/// Cuts at the last word that fits.
pub(super) fn shorten(mut reply: String, max: usize) -> String {
    if reply.len() <= max {
        return reply;
    }
    let fits = prefix(&reply, max.saturating_sub(ELLIPSIS.len()));
    let end = fits.rfind(' ').unwrap_or(fits.len());
    reply.truncate(end);
    reply.push_str(ELLIPSIS);
    reply
}

/// As much of the text's beginning as `max` bytes hold, in whole characters.
pub(super) fn prefix(text: &str, max: usize) -> &str {
    (0..=max).rev().find_map(|end| text.get(..end.min(text.len()))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Word> {
        text.split_whitespace().map(Word::new).collect()
    }

    fn mend(from: &str, at_end: bool, to: &str) -> Mend {
        Mend { from: from.split(' ').map(Into::into).collect(), at_end, to: words(to) }
    }

    #[test]
    fn quotes_in_sentence_case_and_mends() {
        let template = Template(vec![Piece::Heard(0), Piece::Text(", really?".into())]);
        let mends = [mend("i are", false, "I am"), mend("i", true, "me")];
        let said = words("your father says I are like I");
        assert_eq!(template.fill(&[&said], &mends, 100), "Your father says I am like me, really?");
    }

    #[test]
    fn suits_only_where_it_has_something_to_quote() {
        let template = Template(vec![Piece::Text("you ".into()), Piece::Heard(1)]);
        let said = words("a");
        assert!(template.suits(&[&[], &said]));
        assert!(!template.suits(&[&said, &[]]));
        assert!(!template.suits(&[&said]));
    }

    #[test]
    fn never_exceeds_its_room_and_cuts_between_characters() {
        let template = Template(vec![Piece::Text("Say ".into()), Piece::Heard(0)]);
        let said = words("ééééé ééééé ééééé");
        for max in 3..50 {
            assert!(template.fill(&[&said], &[], max).len() <= max, "{max}");
        }
        assert_eq!(template.fill(&[&said], &[], 20), "Say ééééé…");
    }
}
