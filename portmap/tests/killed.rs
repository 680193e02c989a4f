//! kill -9 at any moment: what was acknowledged is there again, and nothing else.

mod common;

use std::{
    collections::BTreeSet,
    sync::mpsc,
    thread,
    time::{Duration, SystemTime},
};

use common::Program;
use sunrpc::Transport;
use sunrpc_portmap::{Error, Portmap};

const KILLS: usize = 200;
const PROGRAM: u32 = 0x2000_0001;
const PORT: u16 = 4711;
/// Versions that are set and taken back: few, so that each is often both.
const VERSIONS: u32 = 12;

type Table = BTreeSet<(u32, u32)>;

#[test]
fn an_acknowledged_change_outlives_kill_9() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state");
    let mut random = Random::new();
    let mut acknowledged = Table::new();
    let mut in_doubt = None;
    for round in 0..KILLS {
        let mut program = Program::start(&["--state", state.to_str().unwrap()]);
        let client = Portmap::connect(program.addr("tcp")).unwrap();
        acknowledged = settle(&client, acknowledged, in_doubt.take(), round, random.seed);
        // It is killed once some changes are acknowledged and a moment has passed: anywhere in what it does.
        let (after, moment) = (1 + random.below(4), random.below(4000));
        let (go, gone) = mpsc::channel();
        let killer = thread::spawn(move || {
            let _ = gone.recv();
            thread::sleep(Duration::from_micros(moment.into()));
            program.child.kill().unwrap();
            program.child.wait().unwrap();
        });
        let mut changes = 0;
        in_doubt = Some(change_until_it_dies(&client, &mut acknowledged, &mut random, || {
            changes += 1;
            if changes == after {
                let _ = go.send(());
            }
        }));
        killer.join().unwrap();
    }
}

/// What is registered after a restart: what was acknowledged, with or without the change that was under way.
fn settle(
    client: &Portmap,
    known: Table,
    in_doubt: Option<Table>,
    round: usize,
    seed: u32,
) -> Table {
    let others = client.dump().unwrap().into_iter().filter(|entry| entry.prog == PROGRAM);
    let found: Table = others.map(|entry| (entry.vers, entry.prot)).collect();
    let is_right = found == known || Some(&found) == in_doubt.as_ref();
    assert!(
        is_right,
        "round {round}, seed {seed}: {found:?} is neither {known:?} nor {in_doubt:?}"
    );
    found
}

/// Sets and takes back until a call fails, and tells of each change; gives the table as the last call would have left
/// it.
fn change_until_it_dies(
    client: &Portmap,
    table: &mut Table,
    random: &mut Random,
    mut acknowledged: impl FnMut(),
) -> Table {
    loop {
        let version = random.below(VERSIONS);
        let transport = if random.below(2) == 0 { Transport::Tcp } else { Transport::Udp };
        let mut next = table.clone();
        let is_alive = if random.below(2) == 0 {
            next.insert((version, transport.protocol()));
            let set = client.set(PROGRAM, version, transport, PORT);
            assert!(!matches!(set, Err(Error::Refused { .. })), "what was possible: {set:?}");
            set.is_ok()
        } else {
            next.retain(|(set, _)| *set != version);
            let unset = client.unset(PROGRAM, version);
            assert!(!matches!(unset, Ok(false)) || next == *table, "what was possible was refused");
            unset.is_ok()
        };
        if !is_alive {
            return next;
        }
        if next != *table {
            *table = next;
            acknowledged();
        }
    }
}

/// Numbers that look random (xorshift), from a seed that a failure names.
struct Random {
    seed: u32,
    state: u32,
}

impl Random {
    fn new() -> Self {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        let seed = now.subsec_nanos() | 1;
        Self { seed, state: seed }
    }

    fn below(&mut self, limit: u32) -> u32 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 17;
        self.state ^= self.state << 5;
        self.state % limit
    }
}
