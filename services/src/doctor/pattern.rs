//! Patterns over words, and what they hear.

use super::words::Word;

/// One part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Any number of words, none included.
    Any,
    /// One of these words (in lower case).
    OneOf(Vec<String>),
}

impl Part {
    fn fits(&self, word: &Word) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(words) => words.contains(&word.folded),
        }
    }
}

/// A sequence of parts that a whole clause fits or does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern(pub(super) Vec<Part>);

impl Pattern {
    /// Fits any clause.
    pub(super) fn anything() -> Self {
        Self(vec![Part::Any])
    }

    /// What each part heard, or nothing when the clause does not fit.
    ///
    /// Each run of fixed parts is taken where it first occurs, a last run at the clause's end. For parts of
    /// one word each that finds a fit whenever there is one, so nothing is tried twice: the work is at most
    /// words times parts, whatever was typed.
    pub(super) fn hear<'c>(&self, clause: &'c [Word]) -> Option<Vec<&'c [Word]>> {
        let mut heard: Vec<&[Word]> = Vec::with_capacity(self.0.len());
        let mut rest = clause;
        let mut parts = self.0.as_slice();
        let mut free = false; // An Any is open: the next run may begin anywhere.
        while !parts.is_empty() {
            if let [Part::Any, after @ ..] = parts {
                if free {
                    heard.push(&[]);
                }
                (free, parts) = (true, after);
                continue;
            }
            let (run, after) = split_run(parts);
            let at = find_run(run, rest, free, after.is_empty())?;
            let (skipped, found) = rest.split_at_checked(at)?;
            let (found, left) = found.split_at_checked(run.len())?;
            if free {
                heard.push(skipped);
            }
            heard.extend(found.chunks(1));
            (rest, parts, free) = (left, after, false);
        }
        if free {
            heard.push(rest);
            rest = &[];
        }
        rest.is_empty().then_some(heard)
    }
}

fn split_run(parts: &[Part]) -> (&[Part], &[Part]) {
    let len = parts.iter().position(|part| *part == Part::Any).unwrap_or(parts.len());
    parts.split_at(len)
}

/// Where the run of fixed parts begins in `words`.
fn find_run(run: &[Part], words: &[Word], free: bool, last: bool) -> Option<usize> {
    let fits = |at: &usize| {
        words.get(*at..).is_some_and(|words| {
            run.len() <= words.len() && run.iter().zip(words).all(|(part, word)| part.fits(word))
        })
    };
    let end = words.len().checked_sub(run.len())?;
    match (free, last) {
        (false, false) => Some(0).filter(fits),
        (false, true) => Some(0).filter(|_| end == 0).filter(fits),
        (true, true) => Some(end).filter(fits),
        (true, false) => (0..=end).find(|at| fits(at)),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn pattern(text: &str) -> Pattern {
        let part = |part: &str| match part {
            "*" => Part::Any,
            words => Part::OneOf(words.split('|').map(Into::into).collect()),
        };
        Pattern(text.split_whitespace().map(part).collect())
    }

    fn words(text: &str) -> Vec<Word> {
        text.split_whitespace().map(Word::new).collect()
    }

    fn heard(pattern_text: &str, clause: &str) -> Option<Vec<String>> {
        let clause = words(clause);
        let heard = pattern(pattern_text).hear(&clause)?;
        let joined = |words: &[Word]| {
            words.iter().map(|word| word.shown.as_str()).collect::<Vec<_>>().join(" ")
        };
        Some(heard.into_iter().map(joined).collect())
    }

    #[test]
    fn numbers_the_parts() {
        let expected = ["well", "you", "need", "some help"].map(String::from);
        assert_eq!(heard("* you want|need *", "well you need some help"), Some(expected.into()));
    }

    #[test]
    fn a_last_run_is_sought_at_the_end() {
        assert_eq!(
            heard("* i * you", "i tell you i like you"),
            Some(vec!["".into(), "i".into(), "tell you i like".into(), "you".into()])
        );
        assert_eq!(heard("* i * you", "you and i"), None);
        assert_eq!(heard("* a b", "a b a"), None);
    }

    #[test]
    fn without_a_wildcard_the_whole_clause_must_fit() {
        assert!(heard("a b", "a b").is_some());
        assert!(heard("a b", "a b c").is_none());
        assert!(heard("a b", "x a b").is_none());
        assert!(heard("a b", "a").is_none());
        assert!(heard("a *", "b a").is_none());
        assert!(heard("a *", "a").is_some());
    }

    #[test]
    fn two_wildcards_together_count_as_two_parts() {
        assert_eq!(heard("* * a", "b a"), Some(vec!["".into(), "b".into(), "a".into()]));
        assert_eq!(heard("* *", "").map(|heard| heard.len()), Some(2));
    }

    /// With backtracking this would take longer than the universe has.
    #[test]
    fn many_wildcards_over_many_words_take_no_time() {
        let pattern = pattern(&"* a ".repeat(40));
        let clause = words(&format!("{} b", "a ".repeat(5000)));
        let began = Instant::now();
        assert!(pattern.hear(&clause).is_none());
        assert!(began.elapsed() < Duration::from_secs(1));
    }
}
