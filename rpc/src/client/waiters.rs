//! Who waits, and how they are told: never under the table's lock, because what a waker does, and what is dropped with
//! it, may come back to the table.

use std::{
    ops::{Deref, DerefMut},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::MutexGuard,
    task::Waker,
    thread::Thread,
};

use super::table::Table;

/// Who is told of a reply.
pub(super) enum Waiter {
    Thread(Thread),
    Task(Waker),
}

/// The table, locked; once it is unlocked, those are told whom there is something to tell.
pub(super) struct Locked<'a> {
    // Fields are dropped in their order.
    table: MutexGuard<'a, Table>,
    /// Mostly nobody: then this costs next to nothing.
    afterwards: Option<Afterwards>,
}

/// Those who are woken, or dropped, later: when this is dropped.
#[derive(Default)]
pub(super) struct Afterwards {
    first: Option<(Waiter, Fate)>,
    /// Mostly there is one at the most: then nothing is allocated.
    more: Vec<(Waiter, Fate)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Wake,
    Drop,
}

impl<'a> Locked<'a> {
    #[inline]
    pub(super) fn new(table: MutexGuard<'a, Table>) -> Self {
        Self { table, afterwards: None }
    }
}

impl Deref for Locked<'_> {
    type Target = Table;

    #[inline]
    fn deref(&self) -> &Table {
        &self.table
    }
}

impl DerefMut for Locked<'_> {
    #[inline]
    fn deref_mut(&mut self) -> &mut Table {
        &mut self.table
    }
}

impl Drop for Locked<'_> {
    #[inline]
    fn drop(&mut self) {
        if !self.table.is_silent() {
            self.afterwards = Some(self.table.take_afterwards());
        }
    }
}

impl Afterwards {
    pub(super) fn wake(&mut self, waiter: Waiter) {
        self.add(waiter, Fate::Wake);
    }

    pub(super) fn drop(&mut self, waiter: Waiter) {
        self.add(waiter, Fate::Drop);
    }

    #[inline]
    pub(super) const fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    fn add(&mut self, waiter: Waiter, fate: Fate) {
        if self.is_empty() {
            self.first = Some((waiter, fate));
        } else {
            self.more.push((waiter, fate));
        }
    }

    #[cold]
    fn tell(&mut self) {
        for (waiter, fate) in self.first.take().into_iter().chain(self.more.drain(..)) {
            let tell = || match (fate, waiter) {
                (Fate::Wake, Waiter::Thread(thread)) => thread.unpark(),
                (Fate::Wake, Waiter::Task(waker)) => waker.wake(),
                (Fate::Drop, waiter) => drop(waiter),
            };
            // One that panics keeps nobody else from being told, or from leading.
            if catch_unwind(AssertUnwindSafe(tell)).is_err() {
                tracing::error!("waker panicked");
            }
        }
    }
}

impl Drop for Afterwards {
    #[inline]
    fn drop(&mut self) {
        if !self.is_empty() {
            self.tell();
        }
    }
}
