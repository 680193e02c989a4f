//! Registrations bound to a process that has ended.

use std::{
    collections::BTreeSet,
    io,
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use sunrpc::{Transport, server::Peer};

use super::core::Core;
use crate::{Netid, Registration, Registry, Removed, process::Process};

/// What an interval may be: less would only cost, and more would be forgotten.
const INTERVALS: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(3600));

/// A thread that looks after them; dropping this ends it.
#[derive(Debug)]
pub(super) struct Watch {
    stop: Option<mpsc::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Watch {
    /// Looks at once, since processes may have ended while nobody looked, and then at each interval.
    pub(super) fn spawn(core: Arc<Core>, interval: Duration) -> io::Result<Self> {
        let interval = interval.clamp(INTERVALS.0, INTERVALS.1);
        let (stop, stopped) = mpsc::channel();
        let run = move || loop {
            core.drop_orphans(Process::is_alive);
            if stopped.recv_timeout(interval) != Err(RecvTimeoutError::Timeout) {
                return;
            }
        };
        let thread = thread::Builder::new().name("orphans".to_owned()).spawn(run)?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Core {
    /// The process to which what `peer` registers is bound, where that is wanted.
    pub(super) fn binds_to(&self, peer: &Peer) -> Option<Process> {
        if !self.binds || peer.transport() != Transport::Unix {
            return None;
        }
        let process = peer.pid().and_then(Process::of);
        if process.is_none() {
            tracing::info!(%peer, "not bound: its process has no number here, being of another pid namespace");
        }
        process
    }

    /// Drops what belongs to processes that have ended.
    pub(super) fn drop_orphans(&self, is_alive: impl Fn(Process) -> bool) {
        // Calls do not wait while each process is looked at.
        let bound = self.registry().processes();
        let ended = ended(bound, is_alive);
        if ended.is_empty() {
            return;
        }
        let dropped = self.drop_bound_to(&mut self.registry(), &ended);
        match dropped {
            Ok(dropped) => tell(&dropped),
            Err(error) => {
                tracing::error!(%error, "the process has ended, but the registration cannot be dropped")
            }
        }
    }

    /// Makes way for whoever wants to register what a process that has ended still has.
    pub(super) fn make_way(
        &self,
        registry: &mut Registry,
        program: u32,
        version: u32,
        netid: Netid,
    ) -> io::Result<()> {
        let bound = registry.process(program, version, netid);
        let ended = ended(bound.into_iter().collect(), Process::is_alive);
        tell(&self.drop_bound_to(registry, &ended)?);
        Ok(())
    }

    fn drop_bound_to(
        &self,
        registry: &mut Registry,
        ended: &BTreeSet<Process>,
    ) -> io::Result<Removed> {
        let removed = registry.remove_bound_to(ended);
        if removed.count() > 0
            && let Err(error) = self.keep(registry)
        {
            registry.put_back(removed);
            return Err(error);
        }
        Ok(removed)
    }
}

/// Which of these processes have ended.
fn ended(bound: BTreeSet<Process>, is_alive: impl Fn(Process) -> bool) -> BTreeSet<Process> {
    bound.into_iter().filter(|process| !is_alive(*process)).collect()
}

fn tell(dropped: &Removed) {
    for (entry, process) in dropped.iter() {
        let Registration { program, version, netid, addr, .. } = entry;
        let pid = process.map(Process::pid);
        tracing::info!(program, version, %netid, %addr, pid, "dropped, its process has ended");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Owner, Uaddr, server::core::Options};

    const PROGRAM: u32 = 0x2000_0001;

    fn core() -> (tempfile::TempDir, Core) {
        let directory = tempfile::tempdir().unwrap();
        let state = Some(directory.path().join("state"));
        let core = Core::new(Options { state, binds: true, ..Options::default() });
        (directory, core)
    }

    fn of(owner: Owner, version: u32, port: u16) -> Registration {
        let addr = Uaddr::Inet(([127, 0, 0, 1], port).into());
        Registration { program: PROGRAM, version, netid: Netid::Tcp, addr, owner }
    }

    fn process(text: &str) -> Process {
        text.parse().unwrap()
    }

    fn left(core: &Core) -> Vec<u32> {
        core.registry().iter().map(|entry| entry.version).collect()
    }

    fn register(core: &Core, registration: Registration, process: Option<Process>) -> bool {
        core.register(registration, process).is_ok()
    }

    const ADA: Owner = Owner::User(1000);
    const BOB: Owner = Owner::User(1001);

    #[test]
    fn what_belongs_to_a_process_goes_with_it_and_nothing_else_does() {
        let (_directory, core) = core();
        let (dies, lives) = (process("1073741824.1"), process("1073741824.2"));
        assert!(register(&core, of(ADA, 1, 4001), Some(dies)));
        assert!(register(&core, of(ADA, 2, 4002), Some(lives)));
        assert!(register(&core, of(ADA, 3, 4003), None));
        assert!(register(&core, of(BOB, 4, 4004), Some(dies)));
        core.drop_orphans(|_| true);
        assert_eq!(left(&core), [1, 2, 3, 4]);
        core.drop_orphans(|process| process != dies);
        assert_eq!(left(&core), [2, 3], "the same number is not the same process");
        core.drop_orphans(|process| process != dies);
        assert_eq!(left(&core), [2, 3]);
        core.drop_orphans(|_| false);
        assert_eq!(left(&core), [3], "what is not bound stays");
    }

    #[test]
    fn who_registers_the_same_again_has_it_from_then_on_if_it_is_his() {
        let (_directory, core) = core();
        let (first, second) = (own(), process("1073741824.2"));
        for version in [1, 2] {
            assert!(register(&core, of(ADA, version, 4000), Some(first)));
        }
        assert!(register(&core, of(ADA, 1, 4000), Some(second)));
        assert!(register(&core, of(BOB, 2, 4000), Some(second)));
        core.drop_orphans(|process| process != first);
        assert_eq!(left(&core), [1], "2 is still of Ada's first process");
        core.drop_orphans(|process| process != second);
        assert_eq!(left(&core), []);
    }

    #[test]
    fn nobody_waits_for_the_next_look_to_take_a_dead_ones_place() {
        let (_directory, core) = core();
        let dead = process("1073741824.1");
        assert!(register(&core, of(ADA, 1, 4001), Some(dead)));
        assert!(register(&core, of(ADA, 2, 4001), Some(own())));
        assert!(register(&core, of(BOB, 1, 4002), Some(own())));
        assert!(!register(&core, of(BOB, 2, 4002), Some(own())), "Ada lives");
        let owners: Vec<Owner> = core.registry().iter().map(|entry| entry.owner).collect();
        assert_eq!(owners, [ADA, BOB]);
    }

    #[test]
    fn what_is_taken_back_and_made_anew_is_not_bound_any_more() {
        let (_directory, core) = core();
        let dead = process("1073741824.1");
        assert!(register(&core, of(ADA, 1, 4001), Some(dead)));
        assert!(core.registry().unset(PROGRAM, 1, &Netid::ALL, ADA).is_ok());
        assert!(register(&core, of(ADA, 1, 4001), None));
        core.drop_orphans(|_| false);
        assert_eq!(left(&core), [1]);
    }

    #[test]
    fn what_cannot_be_kept_is_as_it_was() {
        let (directory, core) = core();
        let (first, second) = (own(), process("1073741824.2"));
        assert!(register(&core, of(ADA, 1, 4001), Some(first)));
        assert!(register(&core, of(ADA, 2, 4002), Some(second)));
        drop(directory);
        assert!(!register(&core, of(ADA, 1, 4001), Some(second)), "not bound anew");
        assert!(!register(&core, of(ADA, 3, 4003), Some(first)));
        core.drop_orphans(|process| process != second);
        assert_eq!(left(&core), [1, 2], "not dropped either");
        let processes = |version| core.registry().process(PROGRAM, version, Netid::Tcp);
        assert_eq!([processes(1), processes(2)], [Some(first), Some(second)]);
    }

    #[test]
    fn a_restart_forgets_no_process_unless_it_is_told_to() {
        let (directory, core) = core();
        let (dead, alive) = (process("1073741824.1"), process("1073741824.-"));
        assert!(register(&core, of(ADA, 1, 4001), Some(dead)));
        assert!(register(&core, of(ADA, 2, 4002), Some(alive)));
        assert!(register(&core, of(ADA, 3, 4003), None));
        for (binds, expected) in [(true, &[2, 3][..]), (false, &[1, 2, 3])] {
            // A copy: what the one drops the other finds.
            let copy = directory.path().join("copy");
            std::fs::copy(directory.path().join("state"), &copy).unwrap();
            let again = Core::new(Options { state: Some(copy), binds, ..Options::default() });
            assert_eq!(again.recall().unwrap(), 3);
            again.drop_orphans(|process| process == alive);
            assert_eq!(left(&again), expected);
        }
    }

    /// This process, which lives.
    fn own() -> Process {
        Process::of(i32::try_from(std::process::id()).unwrap()).unwrap()
    }
}
