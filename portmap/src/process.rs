//! A process, told apart from a later one with the same number.

use std::{fmt, fs, str::FromStr};

use rustix::{io::Errno, process::Pid};

/// A process of this machine, as the kernel has named it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Process {
    /// Never 0, which is no process.
    pid: u32,
    /// When it started, in ticks since the boot; `None` where `/proc` does not show it.
    start: Option<u64>,
}

impl Process {
    /// The process that has this number now. `None` for a number that is none: the kernel has no other for a process
    /// of another pid namespace.
    pub(crate) fn of(pid: i32) -> Option<Self> {
        let pid = u32::try_from(pid).ok().filter(|pid| *pid != 0)?;
        Some(Self { pid, start: Stat::of(pid).map(|stat| stat.start) })
    }

    /// Its number.
    pub(crate) const fn pid(self) -> u32 {
        self.pid
    }

    /// Whether it has not ended. In doubt it has not.
    pub(crate) fn is_alive(self) -> bool {
        match Stat::of(self.pid) {
            Some(stat) => self.is(stat),
            // `/proc` may hide the processes of others (hidepid): then only their number is known.
            None => exists(self.pid),
        }
    }

    /// Whether the process that has the number now is this one, and has not ended.
    fn is(self, now: Stat) -> bool {
        !now.has_ended && self.start.is_none_or(|start| start == now.start)
    }
}

impl fmt::Display for Process {
    /// `4711.8830221`, or `4711.-` where its start is not known.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.start {
            Some(start) => write!(f, "{}.{start}", self.pid),
            None => write!(f, "{}.-", self.pid),
        }
    }
}

impl FromStr for Process {
    type Err = ();

    /// Reads what `Display` writes.
    fn from_str(text: &str) -> Result<Self, ()> {
        let (pid, start) = text.split_once('.').ok_or(())?;
        let pid = pid.parse().ok().filter(|pid| *pid != 0).ok_or(())?;
        let start = if start == "-" { None } else { Some(start.parse().map_err(drop)?) };
        Ok(Self { pid, start })
    }
}

/// What `/proc/PID/stat` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stat {
    has_ended: bool,
    start: u64,
}

impl Stat {
    fn of(pid: u32) -> Option<Self> {
        Self::parse(&fs::read(format!("/proc/{pid}/stat")).ok()?)
    }

    /// `PID (NAME) STATE …`: the name is the process's own choice, so it ends at the last parenthesis.
    fn parse(stat: &[u8]) -> Option<Self> {
        let name_end = stat.iter().rposition(|byte| *byte == b')')?;
        let rest = str::from_utf8(stat.get(name_end..)?).ok()?;
        // From the third on: state, …, the 20th: threads, the 22nd: start.
        let mut fields = rest.split_ascii_whitespace().skip(1);
        let state = fields.next()?;
        let threads: u32 = fields.nth(16)?.parse().ok()?;
        let start = fields.nth(1)?.parse().ok()?;
        // A zombie has ended; not so where only its first thread has.
        Some(Self { has_ended: matches!(state, "Z" | "X") && threads <= 1, start })
    }
}

fn exists(pid: u32) -> bool {
    let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return false };
    rustix::process::test_kill_process(pid) != Err(Errno::SRCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str =
        "4711 (NAME) S 1 4711 4711 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 3 0 8830221 9 10\n";

    fn stat(start: u64) -> Stat {
        Stat { has_ended: false, start }
    }

    #[test]
    fn the_start_is_found_whatever_the_name_is() {
        for name in ["cat", "a) Z 1 2 3 (b", "", ") ) )", "\n"] {
            let line = LINE.replace("NAME", name);
            assert_eq!(Stat::parse(line.as_bytes()), Some(stat(8_830_221)), "{name:?}");
        }
        let mut line = LINE.as_bytes().to_vec();
        line[6] = 0xff;
        assert_eq!(Stat::parse(&line), Some(stat(8_830_221)), "no UTF-8");
        for odd in ["", "4711", "4711 (cat", "4711 (cat) S 1 2", &LINE.replace("8830221", "x")] {
            assert_eq!(Stat::parse(odd.as_bytes()), None, "{odd:?}");
        }
    }

    #[test]
    fn a_zombie_has_ended_unless_it_has_other_threads() {
        let ended = |line: String| Stat::parse(line.as_bytes()).map(|stat| stat.has_ended);
        let zombie = LINE.replace(" S ", " Z ");
        assert_eq!(ended(zombie.clone()), Some(false), "three threads");
        assert_eq!(ended(zombie.replace(" 20 0 3 ", " 20 0 1 ")), Some(true));
        assert_eq!(ended(LINE.replace(" 20 0 3 ", " 20 0 1 ")), Some(false));
    }

    #[test]
    fn another_with_the_same_number_is_another() {
        let process = Process { pid: 4711, start: Some(5) };
        assert!(process.is(stat(5)));
        assert!(!process.is(stat(6)));
        assert!(!process.is(Stat { has_ended: true, start: 5 }));
        assert!(Process { start: None, ..process }.is(stat(6)), "nothing to tell it by");
    }

    #[test]
    fn this_process_is_alive() {
        let me = Process::of(i32::try_from(std::process::id()).unwrap()).unwrap();
        assert!(me.start.is_some());
        assert!(me.is_alive());
        let earlier = Process { start: me.start.map(|start| start.wrapping_sub(1)), ..me };
        assert!(!earlier.is_alive());
        assert!(exists(me.pid));
        assert!(exists(1), "and be it another's");
        // Above the greatest number that Linux gives.
        assert!(!Process { pid: 1 << 30, start: None }.is_alive());
        assert_eq!((Process::of(0), Process::of(-1)), (None, None));
    }

    #[test]
    fn what_is_written_is_read_back() {
        for start in [None, Some(0), Some(u64::MAX)] {
            let process = Process { pid: u32::MAX, start };
            assert_eq!(process.to_string().parse(), Ok(process));
        }
        for odd in ["", "1", "1.", "0.1", ".1", "-1.1", "1.x", "1.1.1"] {
            assert_eq!(odd.parse::<Process>(), Err(()), "{odd:?}");
        }
    }
}
