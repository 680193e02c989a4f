//! What the peers are asked: bytes of a type, from a seed.

use sunrpc_tests::hex;

use crate::{
    choices::Choices,
    corpus::File,
    mutate::mutate,
    schema::TypeDef,
    shrink::{Smallest, smallest},
    values::Values,
};

/// How the bytes are made.
#[derive(Clone, Copy, Debug)]
pub enum Recipe {
    /// Valid ones.
    Valid,
    /// Valid ones, and nothing but ASCII in strings.
    Ascii,
    /// Some that break rules here and there.
    Faulty,
    /// Valid ones, damaged; the number tells one damage from another.
    Damaged(u64),
}

/// Bytes of a type.
#[derive(Debug)]
pub struct Sample<'a> {
    /// The bytes.
    pub bytes: Vec<u8>,
    files: &'a [File],
    file: &'a File,
    def: &'a TypeDef,
    seed: u64,
    recipe: Recipe,
    choices: Choices,
}

impl<'a> Sample<'a> {
    /// Makes them.
    #[must_use]
    pub fn new(
        files: &'a [File],
        file: &'a File,
        def: &'a TypeDef,
        seed: u64,
        recipe: Recipe,
    ) -> Self {
        let stream = match recipe {
            Recipe::Damaged(number) => number << 56,
            _ => 0,
        };
        let choices = Choices::random(seed ^ stream);
        let mut sample = Self { bytes: Vec::new(), files, file, def, seed, recipe, choices };
        let mut choices = sample.choices.clone();
        sample.bytes = sample.make(&mut choices);
        sample.choices = choices;
        sample
    }

    fn make(&self, choices: &mut Choices) -> Vec<u8> {
        let mut values = Values::new(self.files, choices);
        match self.recipe {
            Recipe::Ascii => values = values.in_ascii(),
            Recipe::Faulty => values = values.with_faults(),
            Recipe::Valid | Recipe::Damaged(_) => {}
        }
        let bytes = values.of(self.file, self.def);
        match self.recipe {
            Recipe::Damaged(_) => mutate(choices, &bytes),
            _ => bytes,
        }
    }

    /// What `judge` says of the bytes. Where it has something against them, the failure shows with them the smallest
    /// that it has something against.
    ///
    /// # Panics
    ///
    /// It has.
    pub fn check<T>(&self, mut judge: impl FnMut(&[u8]) -> Result<T, String>) -> T {
        judge(&self.bytes).unwrap_or_else(|why| {
            let smallest = self.smallest(|bytes| judge(bytes).is_err());
            let why_still = judge(&smallest.bytes).err();
            panic!("{}", self.show(&why, &smallest, why_still.as_deref()))
        })
    }

    fn show(&self, why: &str, smallest: &Smallest, why_still: Option<&str>) -> String {
        let Self { bytes, file, def, seed, recipe, .. } = self;
        let (module, name, bytes) = (&file.module, &def.name, hex::encode(bytes));
        let (steps, small) = (smallest.steps, hex::encode(&smallest.bytes));
        let why_still = why_still.unwrap_or("which fails no more");
        format!(
            "{module}: {name}, seed {seed}, {recipe:?}: {bytes}\n{why}\n\
             the smallest after {steps} steps: {small}\n{why_still}"
        )
    }

    /// The smallest bytes that fail as these do.
    pub fn smallest(&self, fails: impl FnMut(&[u8]) -> bool) -> Smallest {
        smallest(&self.choices, |choices| self.make(choices), fails)
    }
}
