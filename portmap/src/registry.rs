//! Who listens where: a bounded table, without sockets and without a clock.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt,
};

use crate::{Netid, Uaddr, process::Process, rpcb::RPCBPROG};

/// How much a [`Registry`] holds.
///
/// # Defaults
///
/// 16,384 registrations, of them 4,096 of one owner. A registration takes about 200 bytes, one with the longest
/// path about 300: 5 MiB in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegistryLimits {
    /// Registrations in all. Those of the portmapper itself are not counted.
    pub max_registrations: usize,
    /// Registrations of one owner. Root has no such limit; callers whose user is not known are one owner together.
    pub max_per_owner: usize,
}

impl Default for RegistryLimits {
    fn default() -> Self {
        Self { max_registrations: 16_384, max_per_owner: 4_096 }
    }
}

/// Whose a registration is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Owner {
    /// A user whom the kernel has named: somebody who called over `AF_UNIX`.
    User(u32),
    /// Somebody on this machine.
    Unknown,
}

impl Owner {
    /// Root, who may do everything.
    pub const ROOT: Self = Self::User(0);

    /// Whether what `other` registered is his to take back.
    fn may_remove(self, other: Self) -> bool {
        self == Self::ROOT || self == other
    }
}

impl fmt::Display for Owner {
    /// As rpcbind writes it: `superuser`, a number, or `unknown`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(0) => f.write_str("superuser"),
            Self::User(uid) => uid.fmt(f),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

/// One version of one program, listening at one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The program's number.
    pub program: u32,
    /// The program's version.
    pub version: u32,
    /// The transport.
    pub netid: Netid,
    /// Where it listens.
    pub addr: Uaddr,
    /// Whose it is.
    pub owner: Owner,
}

/// Why a change is refused: SET or UNSET says FALSE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The program is the portmapper itself.
    Portmapper,
    /// Another address is registered for this program, version and transport.
    Taken,
    /// There are as many registrations as there may be.
    Full,
    /// The owner has as many as he may have.
    OwnerFull,
    /// It belongs to somebody else.
    NotOwner,
    /// There is nothing to take back.
    Absent,
    /// The transport is unknown, or the address is none of that transport, or has port 0.
    BadAddress,
    /// A port below 1024 is for root to give.
    PrivilegedPort,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Portmapper => "the program is the portmapper itself",
            Self::Taken => "another address is registered already",
            Self::Full => "the table is full",
            Self::OwnerFull => "the owner has as many registrations as he may have",
            Self::NotOwner => "it belongs to somebody else",
            Self::Absent => "there is no such registration",
            Self::BadAddress => "the transport is unknown or the address is none of it",
            Self::PrivilegedPort => "a port below 1024 is for root to give",
        })
    }
}

impl std::error::Error for Refusal {}

/// The table of registrations, in the order in which they were made.
#[derive(Debug, Default)]
pub struct Registry {
    limits: RegistryLimits,
    /// By the number that each got when it was made.
    entries: BTreeMap<u64, Registration>,
    /// Where each stands in `entries`.
    index: BTreeMap<Key, u64>,
    /// The process to which each is bound, where it is, by the number in `entries`.
    processes: BTreeMap<u64, Process>,
    /// How many each owner has.
    owners: HashMap<Owner, usize>,
    /// How many are the portmapper's own.
    own: usize,
    next: u64,
}

/// Program, transport, version: versions of one program stand together.
type Key = (u32, Netid, u32);

impl Registry {
    /// An empty table.
    #[must_use]
    pub fn new(limits: RegistryLimits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Registers; that the same is registered already is no error. Says whether anything has changed.
    ///
    /// # Errors
    ///
    /// Why not; nothing has changed then.
    pub fn set(&mut self, registration: Registration) -> Result<bool, Refusal> {
        if registration.program == RPCBPROG {
            return Err(Refusal::Portmapper);
        }
        if let Some(present) = self.exact(&registration) {
            let same = present.addr == registration.addr;
            return if same { Ok(false) } else { Err(Refusal::Taken) };
        }
        let owner = registration.owner;
        if self.len().saturating_sub(self.own) >= self.limits.max_registrations {
            return Err(Refusal::Full);
        }
        let count = self.owners.entry(owner).or_default();
        if owner != Owner::ROOT && *count >= self.limits.max_per_owner {
            return Err(Refusal::OwnerFull);
        }
        *count = count.saturating_add(1);
        self.insert(registration);
        Ok(true)
    }

    /// Registers the portmapper itself, which nobody can take back.
    pub fn set_own(&mut self, version: u32, netid: Netid, addr: Uaddr) {
        let program = RPCBPROG;
        let registration = Registration { program, version, netid, addr, owner: Owner::ROOT };
        if self.exact(&registration).is_none() {
            self.own = self.own.saturating_add(1);
            self.insert(registration);
        }
    }

    /// Takes back what is registered for this program and version over any of `netids`, as far as it belongs to `by`:
    /// that somebody else has registered another transport does not keep anybody from taking back his own. Gives what
    /// went, for [`put_back`](Self::put_back).
    ///
    /// # Errors
    ///
    /// Why nothing went.
    pub fn unset(
        &mut self,
        program: u32,
        version: u32,
        netids: &[Netid],
        by: Owner,
    ) -> Result<Removed, Refusal> {
        if program == RPCBPROG {
            return Err(Refusal::Portmapper);
        }
        let present: Vec<Key> = netids
            .iter()
            .map(|netid| (program, *netid, version))
            .filter(|key| self.index.contains_key(key))
            .collect();
        let is_his = |key: &&Key| self.at(key).is_some_and(|entry| by.may_remove(entry.owner));
        let keys: Vec<Key> = present.iter().filter(is_his).copied().collect();
        if keys.is_empty() {
            return Err(if present.is_empty() { Refusal::Absent } else { Refusal::NotOwner });
        }
        Ok(Removed(keys.iter().filter_map(|key| self.remove(key)).collect()))
    }

    /// Takes out what is bound to any of these processes.
    pub(crate) fn remove_bound_to(&mut self, ended: &BTreeSet<Process>) -> Removed {
        if ended.is_empty() {
            return Removed(Vec::new());
        }
        let bound = self.processes.iter().filter(|(_, process)| ended.contains(process));
        let keys: Vec<Key> =
            bound.filter_map(|(number, _)| self.entries.get(number)).map(key).collect();
        Removed(keys.iter().filter_map(|key| self.remove(key)).collect())
    }

    /// Binds what is registered to a process, or to none.
    pub(crate) fn bind(
        &mut self,
        program: u32,
        version: u32,
        netid: Netid,
        process: Option<Process>,
    ) {
        let Some(number) = self.index.get(&(program, netid, version)) else { return };
        match process {
            Some(process) => self.processes.insert(*number, process),
            None => self.processes.remove(number),
        };
    }

    /// The process to which this is bound.
    pub(crate) fn process(&self, program: u32, version: u32, netid: Netid) -> Option<Process> {
        let number = self.index.get(&(program, netid, version))?;
        self.processes.get(number).copied()
    }

    /// Each process to which something is bound.
    pub(crate) fn processes(&self) -> BTreeSet<Process> {
        self.processes.values().copied().collect()
    }

    /// Undoes an [`unset`](Self::unset), with nothing between: each registration has its old place again.
    pub fn put_back(&mut self, removed: Removed) {
        for (number, registration, process) in removed.0 {
            let count = self.owners.entry(registration.owner).or_default();
            *count = count.saturating_add(1);
            self.index.insert(key(&registration), number);
            self.entries.insert(number, registration);
            if let Some(process) = process {
                self.processes.insert(number, process);
            }
        }
    }

    /// Undoes a [`set`](Self::set) that has changed something, whoever made it.
    pub fn forget(&mut self, program: u32, version: u32, netid: Netid) -> bool {
        program != RPCBPROG && self.remove(&(program, netid, version)).is_some()
    }

    /// What is registered for this program, version and transport.
    #[must_use]
    pub fn get(&self, program: u32, version: u32, netid: Netid) -> Option<&Registration> {
        self.at(&(program, netid, version))
    }

    /// The same, or another version's, the one registered last: a caller who asks there learns which versions exist.
    #[must_use]
    pub fn find(&self, program: u32, version: u32, netid: Netid) -> Option<&Registration> {
        self.get(program, version, netid).or_else(|| {
            let versions = (program, netid, 0)..=(program, netid, u32::MAX);
            let last = self.index.range(versions).map(|(_, number)| *number).max()?;
            self.entries.get(&last)
        })
    }

    /// All registrations, in the order in which they were made.
    pub fn iter(&self) -> impl Iterator<Item = &Registration> {
        self.entries.values()
    }

    /// The same, each with the process to which it is bound.
    pub(crate) fn bound(&self) -> impl Iterator<Item = (&Registration, Option<Process>)> {
        self.entries.iter().map(|(number, entry)| (entry, self.processes.get(number).copied()))
    }

    /// How many registrations there are, the portmapper's own among them.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn exact(&self, like: &Registration) -> Option<&Registration> {
        self.get(like.program, like.version, like.netid)
    }

    fn at(&self, key: &Key) -> Option<&Registration> {
        self.index.get(key).and_then(|number| self.entries.get(number))
    }

    fn insert(&mut self, registration: Registration) {
        self.index.insert(key(&registration), self.next);
        self.entries.insert(self.next, registration);
        self.next = self.next.saturating_add(1);
    }

    fn remove(&mut self, key: &Key) -> Option<Taken> {
        let number = self.index.remove(key)?;
        let gone = self.entries.remove(&number)?;
        if let Some(count) = self.owners.get_mut(&gone.owner) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.owners.remove(&gone.owner);
            }
        }
        Some((number, gone, self.processes.remove(&number)))
    }
}

fn key(registration: &Registration) -> Key {
    (registration.program, registration.netid, registration.version)
}

/// What an [`unset`](Registry::unset) took out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Removed(Vec<Taken>);

/// A registration, its place, and the process to which it was bound.
type Taken = (u64, Registration, Option<Process>);

impl Removed {
    /// How many registrations it took out; after an [`unset`](Registry::unset) never none.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// What it took out, and to which process each was bound.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Registration, Option<Process>)> {
        self.0.iter().map(|(_, entry, process)| (entry, *process))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROGRAM: u32 = 0x2000_0001;
    const ADA: Owner = Owner::User(1000);
    const BOB: Owner = Owner::User(1001);

    fn of(owner: Owner, version: u32, port: u16) -> Registration {
        let addr = Uaddr::Inet(([0, 0, 0, 0], port).into());
        Registration { program: PROGRAM, version, netid: Netid::Tcp, addr, owner }
    }

    fn port(found: Option<&Registration>) -> Option<u16> {
        found.and_then(|entry| entry.addr.port())
    }

    #[test]
    fn the_same_may_be_set_twice_another_address_may_not() {
        let mut registry = Registry::default();
        assert_eq!(registry.set(of(ADA, 1, 4000)), Ok(true));
        assert_eq!(registry.set(of(ADA, 1, 4000)), Ok(false), "nothing has changed");
        assert_eq!(registry.set(of(ADA, 1, 4001)), Err(Refusal::Taken));
        assert_eq!(registry.set(of(Owner::ROOT, 1, 4001)), Err(Refusal::Taken));
        assert_eq!(registry.len(), 1);
    }

    #[test]
    fn another_version_is_found_where_the_one_asked_for_is_missing() {
        let mut registry = Registry::default();
        registry.set(of(ADA, 3, 4003)).unwrap();
        registry.set(of(ADA, 1, 4001)).unwrap();
        assert_eq!(port(registry.find(PROGRAM, 3, Netid::Tcp)), Some(4003));
        assert_eq!(port(registry.find(PROGRAM, 9, Netid::Tcp)), Some(4001), "the last one made");
        assert_eq!(port(registry.get(PROGRAM, 9, Netid::Tcp)), None);
        assert_eq!(port(registry.find(PROGRAM, 3, Netid::Udp)), None);
        assert_eq!(port(registry.find(PROGRAM + 1, 3, Netid::Tcp)), None);
    }

    #[test]
    fn only_the_owner_and_root_take_back() {
        let mut registry = Registry::default();
        registry.set(of(ADA, 1, 4000)).unwrap();
        for stranger in [BOB, Owner::Unknown] {
            let refused = registry.unset(PROGRAM, 1, &Netid::ALL, stranger);
            assert_eq!(refused, Err(Refusal::NotOwner));
        }
        assert_eq!(registry.unset(PROGRAM, 1, &Netid::ALL, ADA).map(|gone| gone.count()), Ok(1));
        assert_eq!(registry.unset(PROGRAM, 1, &Netid::ALL, ADA), Err(Refusal::Absent));
        registry.set(of(ADA, 1, 4000)).unwrap();
        assert!(registry.unset(PROGRAM, 1, &[Netid::Tcp], Owner::ROOT).is_ok());
        assert!(registry.is_empty());
    }

    #[test]
    fn everybody_takes_back_his_own_and_nothing_else() {
        let mut registry = Registry::default();
        registry.set(of(ADA, 1, 4000)).unwrap();
        registry.set(Registration { netid: Netid::Udp, ..of(BOB, 1, 4000) }).unwrap();
        assert_eq!(registry.unset(PROGRAM, 1, &Netid::ALL, ADA).unwrap().count(), 1);
        assert_eq!(registry.unset(PROGRAM, 1, &Netid::ALL, ADA), Err(Refusal::NotOwner));
        assert_eq!(registry.iter().map(|entry| entry.owner).collect::<Vec<_>>(), [BOB]);
    }

    #[test]
    fn what_is_put_back_is_as_it_was() {
        let mut registry = Registry::default();
        for version in 1..4 {
            registry.set(of(ADA, version, 4000)).unwrap();
        }
        let before: Vec<Registration> = registry.iter().cloned().collect();
        let removed = registry.unset(PROGRAM, 2, &Netid::ALL, ADA).unwrap();
        registry.put_back(removed);
        assert_eq!(registry.iter().cloned().collect::<Vec<_>>(), before, "in its place");
        assert!(registry.forget(PROGRAM, 2, Netid::Tcp));
        assert!(!registry.forget(PROGRAM, 2, Netid::Tcp));
        assert_eq!(registry.len(), 2);
    }

    #[test]
    fn the_portmapper_itself_cannot_be_touched() {
        let mut registry = Registry::default();
        let addr = Uaddr::Inet(([127, 0, 0, 1], 111).into());
        registry.set_own(2, Netid::Tcp, addr);
        let hijack = Registration { program: RPCBPROG, ..of(Owner::ROOT, 9, 6666) };
        assert_eq!(registry.set(hijack), Err(Refusal::Portmapper));
        let refused = registry.unset(RPCBPROG, 2, &Netid::ALL, Owner::ROOT);
        assert_eq!(refused, Err(Refusal::Portmapper));
        assert_eq!(port(registry.get(RPCBPROG, 2, Netid::Tcp)), Some(111));
    }

    #[test]
    fn the_table_is_bounded_in_all_and_for_each_owner() {
        let limits = RegistryLimits { max_registrations: 5, max_per_owner: 2 };
        let mut registry = Registry::new(limits);
        registry.set_own(2, Netid::Tcp, Uaddr::Inet(([127, 0, 0, 1], 111).into()));
        for version in 0..2 {
            registry.set(of(ADA, version, 4000)).unwrap();
        }
        assert_eq!(registry.set(of(ADA, 2, 4000)), Err(Refusal::OwnerFull));
        for version in 3..6 {
            registry.set(of(Owner::ROOT, version, 4000)).unwrap();
        }
        assert_eq!(registry.set(of(BOB, 6, 4000)), Err(Refusal::Full));
        assert!(registry.unset(PROGRAM, 0, &Netid::ALL, ADA).is_ok());
        assert_eq!(registry.set(of(ADA, 7, 4000)), Ok(true), "room again");
    }
}
