//! From a value that fails to the smallest that fails.

use crate::choices::Choices;

/// As many values are tried, at most.
pub const STEPS: usize = 20_000;

/// What is left of a value that fails.
#[derive(Debug)]
pub struct Smallest {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// How many values were tried.
    pub steps: usize,
}

/// Looks for simpler choices than those `of` a value that fails, of which `make` makes one that `fails` as well: fewer
/// choices, or as many and smaller ones.
pub fn smallest(
    of: &Choices,
    make: impl Fn(&mut Choices) -> Vec<u8>,
    fails: impl FnMut(&[u8]) -> bool,
) -> Smallest {
    let mut best = Choices::given(of.taken().to_vec());
    let bytes = make(&mut best);
    let mut search = Search { make, fails, best, bytes, steps: 0 };
    loop {
        let before = search.best.taken().to_vec();
        search.leave_out();
        search.lower();
        if search.best.taken() == before || search.steps == STEPS {
            return Smallest { bytes: search.bytes, steps: search.steps };
        }
    }
}

struct Search<M, F> {
    make: M,
    fails: F,
    best: Choices,
    bytes: Vec<u8>,
    steps: usize,
}

impl<M: Fn(&mut Choices) -> Vec<u8>, F: FnMut(&[u8]) -> bool> Search<M, F> {
    /// Elements, members and whole values: each left out, or the simplest in its place.
    fn leave_out(&mut self) {
        let mut at = 0;
        let mut parts = self.best.parts();
        while let Some(part) = parts.get(at).cloned() {
            let simpler = self.replace(part.clone(), &[]) || self.replace(part, &[0]);
            if simpler {
                parts = self.best.parts();
            } else {
                at += 1;
            }
        }
    }

    fn replace(&mut self, part: std::ops::Range<usize>, by: &[u64]) -> bool {
        let mut choices = self.best.taken().to_vec();
        choices.splice(part, by.iter().copied());
        self.attempt(choices)
    }

    /// Each choice as small as it can be.
    fn lower(&mut self) {
        for at in 0..self.best.taken().len() {
            let (mut fine, mut failing) = (0, self.choice(at));
            if failing == 0 || self.set(at, 0) {
                continue;
            }
            while failing - fine > 1 {
                let middle = fine + (failing - fine) / 2;
                if !self.set(at, middle) {
                    fine = middle;
                } else if self.choice(at) > fine {
                    failing = self.choice(at);
                } else {
                    // It means something else now.
                    break;
                }
            }
        }
    }

    /// The choices may have become fewer.
    fn choice(&self, at: usize) -> u64 {
        self.best.taken().get(at).copied().unwrap_or(0)
    }

    fn set(&mut self, at: usize, choice: u64) -> bool {
        let mut choices = self.best.taken().to_vec();
        let Some(old) = choices.get_mut(at) else { return false };
        *old = choice;
        self.attempt(choices)
    }

    /// Whether these are simpler and fail: then they are the best.
    fn attempt(&mut self, choices: Vec<u64>) -> bool {
        if self.steps == STEPS {
            return false;
        }
        self.steps += 1;
        let mut choices = Choices::given(choices);
        let bytes = (self.make)(&mut choices);
        let size = |choices: &Choices| (choices.taken().len(), choices.taken().to_vec());
        if size(&choices) >= size(&self.best) || !(self.fails)(&bytes) {
            return false;
        }
        (self.best, self.bytes) = (choices, bytes);
        true
    }
}
