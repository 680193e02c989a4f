//! The same bytes through the C that `rpcgen` emits, over libtirpc, and through our Rust.

use std::{
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use sunrpc_field_tests::{
    c,
    corpus::File,
    peer::{Answer, Peer},
    rust,
    sample::{Recipe, Sample},
};
use sunrpc_tests::needs::{GCC, LIBTIRPC, RPCGEN, have};

use crate::world;

/// Why we refuse what C takes. Everything else must be the same.
const STRICTER: [(&str, &str); 6] = [
    ("Padding", "C skips padding, whatever it is"),
    ("Bool", "C takes every number but 0 for true"),
    ("Enum", "C takes every number for a member"),
    ("OutOfRange", "C cuts what does not fit a char or short"),
    ("Utf8", "C's strings are bytes"),
    ("Trailing", "C leaves what follows a value to the caller"),
];

/// What is asked of each value.
const RECIPES: [Recipe; 4] =
    [Recipe::Valid, Recipe::Faulty, Recipe::Damaged(1), Recipe::Damaged(2)];

/// How often which outcome was seen.
#[derive(Debug, Default)]
struct Tally {
    valid: usize,
    both_take: usize,
    both_refuse: usize,
    stricter: [usize; STRICTER.len()],
    zeros: usize,
}

#[test]
fn c_takes_and_writes_the_same() {
    const NAME: &str = "c_takes_and_writes_the_same";
    if !have(NAME, &[RPCGEN, GCC, LIBTIRPC]) {
        return;
    }
    let files = world::files(NAME);
    let rust = world::peer(files);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut ours = Peer::start(Command::new(&rust));
        let mut tally = Tally::default();
        while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            compare(files, file, &mut ours, &mut tally);
        }
        tally
    };
    let tallies: Vec<_> = thread::scope(|scope| {
        let workers = [scope.spawn(work), scope.spawn(work)];
        workers.into_iter().map(thread::ScopedJoinHandle::join).collect()
    });
    let mut sum = Tally::default();
    for tally in tallies {
        sum.add(&tally.unwrap_or_else(|failure| std::panic::resume_unwind(failure)));
    }
    println!("{sum:?}");
    // Each kind of outcome was seen: the comparison is not empty, nor has the list an entry too many.
    assert!(sum.stricter.iter().all(|count| *count > 0), "{sum:?}");
    assert!(sum.valid > 1000 && sum.both_take > 100 && sum.both_refuse > 100, "{sum:?}");
}

fn compare(files: &[File], file: &File, ours: &mut Peer, tally: &mut Tally) {
    let types = c::types(file);
    if types.is_empty() {
        return;
    }
    let program = c::peer(files, file);
    let mut theirs = Peer::start(Command::new(&program));
    for (place, def) in types.into_iter().enumerate() {
        let index = rust::types(files).position(|(_, other)| std::ptr::eq(other, def));
        let index = index.expect("its types are in the table");
        let mut pair = Pair { ours, theirs: &mut theirs, place, index };
        for value in 0..world::values() {
            for recipe in RECIPES {
                let sample = Sample::new(files, file, def, world::seed(index, value), recipe);
                tally.count(sample.check(|bytes| pair.judge(recipe, bytes)));
            }
        }
    }
}

/// Both peers, for one type.
struct Pair<'a> {
    ours: &'a mut Peer,
    theirs: &'a mut Peer,
    /// The type in Rust's table.
    index: usize,
    /// The type in C's.
    place: usize,
}

/// How two answers can agree.
#[derive(Clone, Copy, Debug)]
enum Outcome {
    Valid,
    BothTake,
    BothRefuse,
    /// Only we refuse, for one of [`STRICTER`].
    Stricter(usize),
    Zero,
}

impl Pair<'_> {
    fn judge(&mut self, recipe: Recipe, bytes: &[u8]) -> Result<Outcome, String> {
        let ours = self.ours.ask(0, self.index, bytes).unwrap_or_else(Answer::Failed);
        let theirs = self.theirs.ask(0, self.place, bytes).unwrap_or_else(Answer::Failed);
        let outcome = match recipe {
            Recipe::Valid | Recipe::Ascii => valid(bytes, &ours, &theirs),
            Recipe::Faulty | Recipe::Damaged(_) => damaged(&ours, &theirs),
        };
        outcome.ok_or_else(|| format!("ours: {ours:?}\nC's: {theirs:?}"))
    }
}

/// Both take all of it and write it again.
fn valid(bytes: &[u8], ours: &Answer, theirs: &Answer) -> Option<Outcome> {
    let expected = Answer::Taken(bytes.len(), bytes.to_vec());
    (*ours == expected && *theirs == expected).then_some(Outcome::Valid)
}

/// What may be valid still. What both take they write alike; what only one takes has its reason.
fn damaged(ours: &Answer, theirs: &Answer) -> Option<Outcome> {
    match (ours, theirs) {
        // We take nothing but the whole.
        (Answer::Taken(..), Answer::Taken(..)) => (ours == theirs).then_some(Outcome::BothTake),
        (Answer::Taken(..), Answer::Zero) => Some(Outcome::Zero),
        (Answer::Refused(_), Answer::Refused(_)) => Some(Outcome::BothRefuse),
        (Answer::Refused(why), Answer::Taken(..) | Answer::Zero) => {
            STRICTER.iter().position(|(kind, _)| why.starts_with(kind)).map(Outcome::Stricter)
        }
        _ => None,
    }
}

impl Tally {
    fn count(&mut self, outcome: Outcome) {
        let counter = match outcome {
            Outcome::Valid => &mut self.valid,
            Outcome::BothTake => &mut self.both_take,
            Outcome::BothRefuse => &mut self.both_refuse,
            Outcome::Stricter(at) => &mut self.stricter[at],
            Outcome::Zero => &mut self.zeros,
        };
        *counter += 1;
    }

    fn add(&mut self, other: &Self) {
        self.valid += other.valid;
        self.both_take += other.both_take;
        self.both_refuse += other.both_refuse;
        self.stricter.iter_mut().zip(other.stricter).for_each(|(sum, count)| *sum += count);
        self.zeros += other.zeros;
    }
}
