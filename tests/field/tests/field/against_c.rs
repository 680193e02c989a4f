//! The same bytes through the C that `rpcgen` emits, over libtirpc, and through our Rust.

use std::{
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use sunrpc_field_tests::{
    c,
    corpus::File,
    mutate::mutate,
    peer::{Answer, Peer},
    rust,
    schema::TypeDef,
    values::Values,
};
use sunrpc_tests::{
    hex,
    needs::{GCC, LIBTIRPC, RPCGEN, have},
    rng::Rng,
};

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

/// How many damaged encodings of each valid one, besides one that breaks rules knowingly.
const DAMAGED: usize = 2;

/// What is asked and how often which answer came.
#[derive(Debug, Default)]
struct Tally {
    valid: usize,
    damaged: usize,
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
        let tally = tally.unwrap_or_else(|failure| std::panic::resume_unwind(failure));
        sum.valid += tally.valid;
        sum.damaged += tally.damaged;
        sum.both_take += tally.both_take;
        sum.both_refuse += tally.both_refuse;
        sum.stricter.iter_mut().zip(tally.stricter).for_each(|(sum, count)| *sum += count);
        sum.zeros += tally.zeros;
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
        for value in 0..world::values() {
            let seed = world::seed(index, value);
            let mut case = Case { file, def, seed, place, index, tally };
            let bytes = Values::new(files, seed).of(file, def);
            case.valid(ours, &mut theirs, &bytes);
            let mut rng = Rng(seed);
            let faulty = Values::new(files, seed).with_faults().of(file, def);
            case.damaged(ours, &mut theirs, &faulty);
            for _ in 0..DAMAGED {
                case.damaged(ours, &mut theirs, &mutate(&mut rng, &bytes));
            }
        }
    }
}

/// Bytes of one type.
struct Case<'a> {
    file: &'a File,
    def: &'a TypeDef,
    seed: u64,
    /// The type in C's table.
    place: usize,
    /// The type in Rust's.
    index: usize,
    tally: &'a mut Tally,
}

impl Case<'_> {
    /// Both take all of it and write it again.
    fn valid(&mut self, ours: &mut Peer, theirs: &mut Peer, bytes: &[u8]) {
        self.tally.valid += 1;
        let expected = Answer::Taken(bytes.len(), bytes.to_vec());
        let (ours, theirs) = self.ask(ours, theirs, bytes);
        assert!(ours == expected && theirs == expected, "{}", self.show(bytes, &ours, &theirs));
    }

    /// What may be valid still. What both take they write alike; what only one takes has its reason.
    fn damaged(&mut self, ours: &mut Peer, theirs: &mut Peer, bytes: &[u8]) {
        self.tally.damaged += 1;
        let (ours, theirs) = self.ask(ours, theirs, bytes);
        let fine = match (&ours, &theirs) {
            (Answer::Taken(..), Answer::Taken(..)) => {
                self.tally.both_take += 1;
                // We take nothing but the whole.
                ours == theirs
            }
            (Answer::Taken(..), Answer::Zero) => {
                self.tally.zeros += 1;
                true
            }
            (Answer::Refused(_), Answer::Refused(_)) => {
                self.tally.both_refuse += 1;
                true
            }
            (Answer::Refused(why), Answer::Taken(..) | Answer::Zero) => {
                let at = STRICTER.iter().position(|(kind, _)| why.starts_with(kind));
                at.is_some_and(|at| {
                    self.tally.stricter[at] += 1;
                    true
                })
            }
            _ => false,
        };
        assert!(fine, "{}", self.show(bytes, &ours, &theirs));
    }

    fn ask(&self, ours: &mut Peer, theirs: &mut Peer, bytes: &[u8]) -> (Answer, Answer) {
        let ours = ours.ask(0, self.index, bytes).unwrap_or_else(Answer::Failed);
        let theirs = theirs.ask(0, self.place, bytes).unwrap_or_else(Answer::Failed);
        (ours, theirs)
    }

    fn show(&self, bytes: &[u8], ours: &Answer, theirs: &Answer) -> String {
        let (module, name, seed) = (&self.file.module, &self.def.name, self.seed);
        let bytes = hex::encode(bytes);
        format!("{module}: {name}, seed {seed}: {bytes}\nours: {ours:?}\nC's: {theirs:?}")
    }
}
