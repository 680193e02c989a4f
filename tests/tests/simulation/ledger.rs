//! The books: which call had its effect, how often, and how it ended for the caller.

use std::time::Duration;

use crate::order::Receipt;

/// What must hold in a run, besides what always must: a success is one with the right result, and every call ends in
/// time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// No effect happens twice.
    pub(crate) at_most_once: bool,
    /// Every call succeeds.
    pub(crate) none_lost: bool,
    /// A memory of calls that are all forgotten is empty.
    pub(crate) given_back: bool,
}

/// A rule that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Violation {
    /// The effect happened a second time.
    Doubled { call: usize },
    /// An effect that nobody asked this server for.
    Phantom { call: u64 },
    /// Success, and no effect, or another result than it had.
    WrongResult { call: usize },
    /// It ended after its deadline.
    Late { call: usize },
    /// It ended twice.
    EndedTwice { call: usize },
    /// It never ended.
    NeverEnded { call: usize },
    /// It failed where none may.
    Lost { call: usize },
    /// Calls of a batch had no effect, though the call behind them was answered.
    BatchSkipped { call: usize },
    /// A reply to no call, or one that cannot be understood.
    BadReply,
    /// The server closed a stream in which everything was right.
    StreamRefused,
    /// A schedule that is not what the backoff promises.
    BadSchedule { call: usize },
    /// The memory of calls is larger than it may be.
    CacheTooLarge { bytes: usize },
    /// The memory of calls is in use, though all of them are forgotten.
    NotGivenBack { bytes: usize },
}

#[derive(Clone, Debug)]
struct Entry {
    server: usize,
    deadline: Duration,
    end: End,
    effects: u32,
    /// What the server said of the last effect.
    receipt: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Open,
    /// Nobody waits for it: a call of a batch.
    Unanswered,
    Succeeded,
    Failed,
}

/// The books of one run.
#[derive(Debug)]
pub(crate) struct Ledger {
    rules: Rules,
    calls: Vec<Entry>,
    violation: Option<Violation>,
    receipts: u64,
    fingerprint: u64,
}

/// What came of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) succeeded: usize,
    pub(crate) failed: usize,
    pub(crate) unanswered: usize,
    /// Calls whose effect happened more than once.
    pub(crate) doubled: usize,
    /// Failed calls whose effect did happen.
    pub(crate) done_unheard: usize,
    /// The same for runs in which the same happened in the same order.
    pub(crate) fingerprint: u64,
}

impl Ledger {
    pub(crate) fn new(rules: Rules) -> Self {
        let (calls, violation) = Default::default();
        Self { rules, calls, violation, receipts: 0, fingerprint: 0xcbf2_9ce4_8422_2325 }
    }

    /// A call to `server` that has to end by `deadline`.
    pub(crate) fn begin(&mut self, server: usize, deadline: Duration) -> usize {
        self.open(server, deadline, End::Open)
    }

    /// A call was sent under this id, and is looked after next at `until`: into the fingerprint with it.
    pub(crate) fn noted(&mut self, call: usize, xid: u32, until: Duration) {
        let until = until.as_secs() << 30 | u64::from(until.subsec_nanos());
        self.note(&[4, call as u64, u64::from(xid), until]);
    }

    /// A call that no reply is expected to.
    pub(crate) fn begin_unanswered(&mut self, server: usize) -> usize {
        self.open(server, Duration::MAX, End::Unanswered)
    }

    fn open(&mut self, server: usize, deadline: Duration, end: End) -> usize {
        self.calls.push(Entry { server, deadline, end, effects: 0, receipt: 0 });
        self.calls.len() - 1
    }

    /// The effect of a call happens; its number goes into the result.
    pub(crate) fn effect(&mut self, server: usize, call: u64) -> u64 {
        self.receipts += 1;
        self.note(&[1, call, self.receipts]);
        let entry = usize::try_from(call).ok().and_then(|place| self.calls.get_mut(place));
        match entry.filter(|entry| entry.server == server) {
            Some(entry) => {
                entry.effects += 1;
                entry.receipt = self.receipts;
                if entry.effects > 1 && self.rules.at_most_once {
                    let call = usize::try_from(call).expect("a place");
                    self.complain(Violation::Doubled { call });
                }
            }
            None => self.complain(Violation::Phantom { call }),
        }
        self.receipts
    }

    pub(crate) fn succeeded(&mut self, call: usize, receipt: &Receipt, now: Duration) {
        self.note(&[2, call as u64, receipt.number]);
        let entry = &self.calls[call];
        // Where effects may double, an earlier one's result is as good.
        let right = if self.rules.at_most_once {
            entry.effects == 1 && entry.receipt == receipt.number
        } else {
            entry.effects > 0 && entry.receipt >= receipt.number
        };
        if receipt.call != call as u64 || !right {
            self.complain(Violation::WrongResult { call });
        }
        self.end(call, End::Succeeded, now);
    }

    pub(crate) fn failed(&mut self, call: usize, now: Duration) {
        self.note(&[3, call as u64]);
        if self.rules.none_lost {
            self.complain(Violation::Lost { call });
        }
        self.end(call, End::Failed, now);
    }

    fn end(&mut self, call: usize, end: End, now: Duration) {
        let entry = &mut self.calls[call];
        let (before, deadline) = (std::mem::replace(&mut entry.end, end), entry.deadline);
        if before != End::Open {
            self.complain(Violation::EndedTwice { call });
        }
        if now > deadline {
            self.complain(Violation::Late { call });
        }
    }

    /// The reply behind a batch has come: the batch has been worked through.
    pub(crate) fn batch_done(&mut self, calls: &[usize]) {
        if let Some(&call) = calls.iter().find(|call| self.calls[**call].effects == 0) {
            self.complain(Violation::BatchSkipped { call });
        }
    }

    /// The first violation counts.
    pub(crate) fn complain(&mut self, violation: Violation) {
        self.violation.get_or_insert(violation);
    }

    /// To be asked after every event.
    pub(crate) fn check(&self) -> Result<(), Violation> {
        self.violation.clone().map_or(Ok(()), Err)
    }

    /// To be asked when nothing is left to happen.
    pub(crate) fn close(&self) -> Result<Totals, Violation> {
        self.check()?;
        let mut totals = Totals { fingerprint: self.fingerprint, ..Totals::default() };
        for (call, entry) in self.calls.iter().enumerate() {
            match entry.end {
                End::Open => return Err(Violation::NeverEnded { call }),
                End::Unanswered => totals.unanswered += 1,
                End::Succeeded => totals.succeeded += 1,
                End::Failed => totals.failed += 1,
            }
            totals.doubled += usize::from(entry.effects > 1);
            totals.done_unheard += usize::from(entry.end == End::Failed && entry.effects > 0);
        }
        Ok(totals)
    }

    /// Takes something that happened into the fingerprint (FNV-1a).
    fn note(&mut self, what: &[u64]) {
        for word in what {
            self.fingerprint = (self.fingerprint ^ word).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
