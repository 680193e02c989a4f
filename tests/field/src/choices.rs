//! The choices that make a value. They are kept, so that the value can be made again, and a simpler one of fewer or
//! smaller choices: Hypothesis shrinks so, and needs to know nothing of the types.

use std::{ops::Range, vec};

use sunrpc_tests::rng::Rng;

/// Choices, random or given. Of two, the smaller is the simpler one, and 0 the simplest.
#[derive(Clone, Debug)]
pub struct Choices {
    source: Source,
    taken: Vec<u64>,
    parts: Vec<Range<usize>>,
}

#[derive(Clone, Debug)]
enum Source {
    Random(Rng),
    Given(vec::IntoIter<u64>),
}

impl Choices {
    /// Random ones.
    #[must_use]
    pub fn random(seed: u64) -> Self {
        Self::from(Source::Random(Rng(seed)))
    }

    /// These, and the simplest where there are no more.
    #[must_use]
    pub fn given(choices: Vec<u64>) -> Self {
        Self::from(Source::Given(choices.into_iter()))
    }

    fn from(source: Source) -> Self {
        Self { source, taken: Vec::new(), parts: Vec::new() }
    }

    /// What was chosen so far.
    #[must_use]
    pub fn taken(&self) -> &[u64] {
        &self.taken
    }

    /// The places in [`taken`](Self::taken) that belong together, the longest first.
    #[must_use]
    pub fn parts(&self) -> Vec<Range<usize>> {
        let mut parts = self.parts.clone();
        parts.sort_by_key(|part| (std::cmp::Reverse(part.len()), part.start));
        parts.dedup();
        parts
    }

    /// A number of at most `max`; `random` says how often which.
    pub fn up_to(&mut self, max: u64, random: impl FnOnce(&mut Rng) -> u64) -> u64 {
        let choice = match &mut self.source {
            Source::Random(rng) => random(rng),
            Source::Given(choices) => choices.next().unwrap_or(0),
        };
        let choice = choice.min(max);
        self.taken.push(choice);
        choice
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        let max = u64::try_from(end - 1).expect("a length");
        let number = self.up_to(max, |rng| u64::try_from(rng.below(end)).expect("below it"));
        usize::try_from(number).expect("below a length")
    }

    /// A byte.
    pub fn byte(&mut self) -> u8 {
        let byte = self.up_to(255, |rng| rng.number() >> 56);
        u8::try_from(byte).expect("at most 255")
    }

    /// Yes or no; no is simpler.
    pub fn flag(&mut self, random: impl FnOnce(&mut Rng) -> bool) -> bool {
        self.up_to(1, |rng| u64::from(random(rng))) == 1
    }

    /// What decides how often which choice comes, and is none itself.
    pub fn plan<T>(&mut self, random: impl FnOnce(&mut Rng) -> T, otherwise: T) -> T {
        match &mut self.source {
            Source::Random(rng) => random(rng),
            Source::Given(_) => otherwise,
        }
    }

    /// Where a part begins, for [`end`](Self::end).
    #[must_use]
    pub fn begin(&self) -> usize {
        self.taken.len()
    }

    /// What was chosen since belongs together: it may be left out as a whole.
    pub fn end(&mut self, begin: usize) {
        if begin < self.taken.len() {
            self.parts.push(begin..self.taken.len());
        }
    }
}
