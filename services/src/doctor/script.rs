//! A script in memory: what the parser makes and the engine plays.

use std::collections::{HashMap, HashSet};

use super::{parse, pattern::Pattern, template::Template, words::Word};

/// The rules by which the doctor answers.
///
/// A script is text (see `doctor.txt` in the sources for how it reads) and never changes once parsed, so
/// one serves any number of sessions.
#[derive(Debug, Default)]
pub struct Script {
    pub(super) greeting: String,
    pub(super) farewell: String,
    pub(super) goodbyes: Vec<Vec<String>>,
    pub(super) breaks: HashSet<String>,
    pub(super) swaps: HashMap<String, Vec<Word>>,
    pub(super) mends: Vec<Mend>,
    pub(super) keys: Vec<Key>,
    pub(super) words: HashMap<String, KeyId>,
    pub(super) memory: Option<Memory>,
    pub(super) none: Vec<Rule>,
    /// How many rules there are; each has a number below it.
    pub(super) rules: usize,
}

/// Where in [`Script::keys`] a keyword's rules are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct KeyId(pub(super) usize);

/// A keyword's rank and rules.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) rank: u32,
    pub(super) rules: Vec<Rule>,
}

/// A pattern, and what to do in turn when it fits.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) number: usize,
    pub(super) pattern: Pattern,
    pub(super) turns: Vec<Turn>,
}

/// One of the things to do when a pattern fits.
#[derive(Debug)]
pub(super) enum Turn {
    /// Says this.
    Say(Template),
    /// Goes on with another keyword's rules (`=` in the paper).
    Go(KeyId),
    /// Goes on with the clause's next keyword (`NEWKEY`).
    Next,
}

/// What to keep for later.
#[derive(Debug)]
pub(super) struct Memory {
    pub(super) key: KeyId,
    pub(super) rules: Vec<Rule>,
}

/// Words to be replaced in a quotation.
#[derive(Debug)]
pub(super) struct Mend {
    pub(super) from: Vec<String>,
    pub(super) at_end: bool,
    pub(super) to: Vec<Word>,
}

impl Script {
    /// Weizenbaum's DOCTOR.
    ///
    /// # Panics
    ///
    /// Never: a test parses the same text.
    #[expect(clippy::expect_used, reason = "what comes with the program is tested")]
    pub fn doctor() -> Self {
        include_str!("doctor.txt").parse().expect("the script that comes with the program")
    }
}

impl std::str::FromStr for Script {
    type Err = parse::ScriptError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse::parse(text)
    }
}
