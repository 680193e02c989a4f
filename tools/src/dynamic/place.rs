//! Where in a value one is.

use std::fmt::{self, Write as _};

use super::Error;

/// How deep values may be: readers of JSON commonly go 128 levels deep.
const MAX_DEPTH: usize = 120;
/// The steps that an error shows of a long way, from its start and from its end.
const MAX_SHOWN: usize = 8;

/// The way to a part of a value.
#[derive(Debug)]
pub(super) struct Place<'s> {
    root: &'s str,
    steps: Vec<Step<'s>>,
}

#[derive(Debug)]
enum Step<'s> {
    Field(&'s str),
    Item(usize),
}

impl<'s> Place<'s> {
    pub(super) fn new(root: &'s str) -> Self {
        Self { root, steps: Vec::new() }
    }

    /// Goes into a field or an arm.
    pub(super) fn enter(&mut self, field: &'s str) -> Result<(), Error> {
        self.go(Step::Field(field))
    }

    /// Goes to an item of an array or of a list.
    pub(super) fn enter_item(&mut self, index: usize) -> Result<(), Error> {
        self.go(Step::Item(index))
    }

    /// Goes back.
    pub(super) fn leave(&mut self) {
        self.steps.pop();
    }

    /// What is wrong here.
    pub(super) fn error(&self, what: impl fmt::Display) -> Error {
        let mut text = self.root.to_owned();
        if !self.steps.is_empty() {
            text.push_str(": ");
        }
        let first_of_last = self.steps.len().saturating_sub(MAX_SHOWN);
        for (at, step) in self.steps.iter().enumerate() {
            // Writing to a string does not fail.
            let _ = match step {
                _ if at == MAX_SHOWN && at < first_of_last => write!(text, "..."),
                _ if at > MAX_SHOWN && at < first_of_last => Ok(()),
                Step::Field(name) => write!(text, ".{name}"),
                Step::Item(index) => write!(text, "[{index}]"),
            };
        }
        Error(format!("{text}: {what}"))
    }

    fn go(&mut self, step: Step<'s>) -> Result<(), Error> {
        if self.steps.len() >= MAX_DEPTH {
            return Err(self.error(format_args!("more than {MAX_DEPTH} levels deep")));
        }
        self.steps.push(step);
        Ok(())
    }
}
