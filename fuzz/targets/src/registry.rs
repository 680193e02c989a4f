//! The portmapper's table against a plain list.

use sunrpc_portmap::{Netid, Owner, Refusal, Registration, Registry, RegistryLimits, Uaddr};

use crate::input::Input;

/// The portmapper's own program.
const PORTMAPPER: u32 = 100_000;

/// Limits, then a sequence of changes and questions.
pub fn run(data: &[u8]) {
    let mut input = Input(data);
    let limits = RegistryLimits {
        max_registrations: usize::from(input.byte() % 16),
        max_per_owner: usize::from(input.byte() % 8),
    };
    let mut registry = Registry::new(limits);
    let mut list = List { limits, entries: Vec::new() };
    while !input.is_empty() {
        step(&mut input, &mut registry, &mut list);
        assert_eq!(registry.len(), list.entries.len());
        assert_eq!(registry.is_empty(), list.entries.is_empty());
        assert!(registry.iter().eq(&list.entries), "{registry:?} is not {list:?}");
    }
}

/// Some histories.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = (0..6).map(|op| vec![9, 4, op, 1, 1, 1, op, 1, 1, 1]).collect();
    seeds.push((0..120).map(|i: u8| i.wrapping_mul(37)).collect());
    seeds.push([vec![15, 7], (0..40).flat_map(|i| [0, i % 3, i % 2, i % 25]).collect()].concat());
    seeds
}

fn step(input: &mut Input<'_>, registry: &mut Registry, list: &mut List) {
    let (op, program, version, rest) = (input.byte(), input.byte(), input.byte(), input.byte());
    let program = if program % 4 == 3 { PORTMAPPER } else { u32::from(program % 4) };
    let version = u32::from(version % 4);
    let netid = Netid::ALL[usize::from(rest) % 5];
    let owner =
        [Owner::ROOT, Owner::User(1), Owner::User(2), Owner::Unknown][usize::from(rest / 5) % 4];
    let addr = Uaddr::Inet(([0, 0, 0, 0], 4000 + u16::from(rest / 20 % 3)).into());
    let netids = if rest & 1 == 0 { &Netid::ALL[..] } else { &[netid] };
    match op % 6 {
        0 | 1 => {
            let registration = Registration { program, version, netid, addr, owner };
            assert_eq!(registry.set(registration.clone()), list.set(registration));
        }
        2 => {
            let removed = registry.unset(program, version, netids, owner);
            assert_eq!(
                removed.map(|gone| gone.count()),
                list.unset(program, version, netids, owner)
            );
        }
        3 => {
            // Undone at once, it has not happened.
            if let Ok(removed) = registry.unset(program, version, netids, owner) {
                registry.put_back(removed);
            }
        }
        4 => assert_eq!(
            registry.forget(program, version, netid),
            list.forget(program, version, netid)
        ),
        _ => {
            registry.set_own(version, netid, addr.clone());
            list.set_own(version, netid, addr);
        }
    }
    assert_eq!(registry.get(program, version, netid), list.get(program, version, netid));
    assert_eq!(registry.find(program, version, netid), list.find(program, version, netid));
}

/// The table as anybody would write it who has time.
#[derive(Debug)]
struct List {
    limits: RegistryLimits,
    entries: Vec<Registration>,
}

impl List {
    fn get(&self, program: u32, version: u32, netid: Netid) -> Option<&Registration> {
        self.entries.iter().find(|entry| is(entry, program, version, netid))
    }

    fn find(&self, program: u32, version: u32, netid: Netid) -> Option<&Registration> {
        self.get(program, version, netid).or_else(|| {
            self.entries.iter().rfind(|entry| entry.program == program && entry.netid == netid)
        })
    }

    fn set(&mut self, new: Registration) -> Result<bool, Refusal> {
        if new.program == PORTMAPPER {
            return Err(Refusal::Portmapper);
        }
        if let Some(present) = self.get(new.program, new.version, new.netid) {
            return if present.addr == new.addr { Ok(false) } else { Err(Refusal::Taken) };
        }
        let others = || self.entries.iter().filter(|entry| entry.program != PORTMAPPER);
        if others().count() >= self.limits.max_registrations {
            return Err(Refusal::Full);
        }
        let his = others().filter(|entry| entry.owner == new.owner).count();
        if new.owner != Owner::ROOT && his >= self.limits.max_per_owner {
            return Err(Refusal::OwnerFull);
        }
        self.entries.push(new);
        Ok(true)
    }

    fn set_own(&mut self, version: u32, netid: Netid, addr: Uaddr) {
        if self.get(PORTMAPPER, version, netid).is_none() {
            let (program, owner) = (PORTMAPPER, Owner::ROOT);
            self.entries.push(Registration { program, version, netid, addr, owner });
        }
    }

    fn unset(
        &mut self,
        program: u32,
        version: u32,
        netids: &[Netid],
        by: Owner,
    ) -> Result<usize, Refusal> {
        if program == PORTMAPPER {
            return Err(Refusal::Portmapper);
        }
        let meant =
            |entry: &Registration| netids.iter().any(|netid| is(entry, program, version, *netid));
        let his = |entry: &Registration| meant(entry) && (by == Owner::ROOT || by == entry.owner);
        if !self.entries.iter().any(meant) {
            return Err(Refusal::Absent);
        }
        let before = self.entries.len();
        self.entries.retain(|entry| !his(entry));
        match before - self.entries.len() {
            0 => Err(Refusal::NotOwner),
            count => Ok(count),
        }
    }

    fn forget(&mut self, program: u32, version: u32, netid: Netid) -> bool {
        let before = self.entries.len();
        self.entries.retain(|entry| program == PORTMAPPER || !is(entry, program, version, netid));
        self.entries.len() < before
    }
}

fn is(entry: &Registration, program: u32, version: u32, netid: Netid) -> bool {
    (entry.program, entry.version, entry.netid) == (program, version, netid)
}
