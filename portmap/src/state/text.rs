//! What stands in the file.
//!
//! ```text
//! portmap-state 1
//! boot 5c4d7a26-8a0c-4a37-9e5e-3e7f3f0b3c55
//! 536870913 1 tcp superuser 0.0.0.0.156.65
//! 536870914 1 tcp 1000/4711.8830221 0.0.0.0.156.66
//! crc32 9ae0daaf
//! ```
//!
//! What stands behind an owner is the process to which his registration is bound: its number and when it started. The
//! last line covers all bytes before it. After a reboot all servers are gone: what an earlier boot registered is
//! not taken over.

use std::{fmt::Write as _, str::FromStr};

use super::{Keep, Kept};
use crate::{Netid, Owner, Registration, Uaddr};

/// The first line: what the file is, and the version of its form.
const TITLE: &str = "portmap-state 1";
/// The longest line of a registration: two numbers of ten digits, a netid, an owner, a process and an address.
const LINE: usize = 192;

/// What a file says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct State {
    /// The boot during which it was written; empty where the system has no name for it.
    pub(super) boot: String,
    pub(super) registrations: Vec<Kept>,
}

/// The longest file with so many registrations.
pub(super) const fn max_len(registrations: usize) -> usize {
    registrations.saturating_mul(LINE).saturating_add(256)
}

/// The text of a file.
pub(super) fn write<'r>(boot: &str, registrations: impl Iterator<Item = Keep<'r>>) -> String {
    let mut text = format!("{TITLE}\nboot {boot}\n");
    for (Registration { program, version, netid, addr, owner }, process) in registrations {
        let process = process.map(|process| format!("/{process}")).unwrap_or_default();
        // Writing to a string does not fail.
        let _ = writeln!(text, "{program} {version} {netid} {owner}{process} {addr}");
    }
    let checksum = crc32fast::hash(text.as_bytes());
    let _ = writeln!(text, "crc32 {checksum:08x}");
    text
}

/// What a text says; `Err` says what is wrong with it.
pub(super) fn read(text: &[u8]) -> Result<State, &'static str> {
    let text = str::from_utf8(text).map_err(|_| "it is no text")?;
    let body = text.strip_suffix('\n').ok_or("its end is missing")?;
    let (_, last) = body.rsplit_once('\n').ok_or("it is too short")?;
    let body = text.get(..body.len().saturating_sub(last.len())).ok_or("it is too short")?;
    let checksum = last.strip_prefix("crc32 ").ok_or("its checksum is missing")?;
    let checksum = u32::from_str_radix(checksum, 16).map_err(|_| "its checksum is no number")?;
    if checksum != crc32fast::hash(body.as_bytes()) {
        return Err("its checksum is wrong");
    }
    let mut lines = body.lines();
    if lines.next() != Some(TITLE) {
        return Err("it is not of this program, or of another version of it");
    }
    let boot =
        lines.next().and_then(|line| line.strip_prefix("boot ")).ok_or("it names no boot")?;
    let registrations = lines
        .map(|line| registration(line).ok_or("a registration cannot be understood"))
        .collect::<Result<_, _>>()?;
    Ok(State { boot: boot.to_owned(), registrations })
}

fn registration(line: &str) -> Option<Kept> {
    let mut words = line.splitn(5, ' ');
    let program = words.next()?.parse().ok()?;
    let version = words.next()?.parse().ok()?;
    let netid = Netid::from_str(words.next()?).ok()?;
    let owner = words.next()?;
    let (owner, process) = match owner.split_once('/') {
        Some((owner, process)) => (owner, Some(process.parse().ok()?)),
        None => (owner, None),
    };
    let owner = owner.parse().ok()?;
    let addr = Uaddr::parse(netid, words.next()?)?;
    Some((Registration { program, version, netid, addr, owner }, process))
}

impl FromStr for Owner {
    type Err = ();

    /// Reads what `Display` writes.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "superuser" => Ok(Self::ROOT),
            "unknown" => Ok(Self::Unknown),
            uid => uid.parse().map(Self::User).map_err(drop),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> Vec<Kept> {
        [
            (Netid::Tcp, "0.0.0.0.156.65", Owner::ROOT, None),
            (Netid::Udp6, "::1.0.111", Owner::User(u32::MAX), Some("4711.-")),
            (Netid::Local, "/run/a socket with spaces", Owner::Unknown, Some("1.2")),
        ]
        .into_iter()
        .map(|(netid, addr, owner, process)| {
            let addr = Uaddr::parse(netid, addr).unwrap();
            let registration = Registration { program: u32::MAX, version: 1, netid, addr, owner };
            (registration, process.map(|process| process.parse().unwrap()))
        })
        .collect()
    }

    fn keep(kept: &[Kept]) -> impl Iterator<Item = Keep<'_>> {
        kept.iter().map(|(registration, process)| (registration, *process))
    }

    #[test]
    fn the_longest_line_is_within_the_bound() {
        let path = format!("/{}", "x".repeat(crate::MAX_PATH - 1));
        let registration = Registration {
            program: u32::MAX,
            version: u32::MAX,
            netid: Netid::Local,
            addr: Uaddr::parse(Netid::Local, &path).unwrap(),
            owner: Owner::User(u32::MAX),
        };
        let process = format!("{}.{}", u32::MAX, u64::MAX).parse().ok();
        let with = write("", keep(&[(registration, process)]));
        assert!(with.len() - write("", keep(&[])).len() <= LINE, "{with}");
    }

    #[test]
    fn what_is_written_is_read_back() {
        let registrations = some();
        let text = write("a-boot", keep(&registrations));
        assert!(text.len() <= max_len(3), "{text}");
        let boot = "a-boot".to_owned();
        assert_eq!(read(text.as_bytes()), Ok(State { boot, registrations }));
        let empty = write("", keep(&[]));
        assert_eq!(read(empty.as_bytes()).map(|state| state.registrations), Ok(vec![]));
    }

    proptest::proptest! {
        #[test]
        fn any_body_with_a_checksum_that_fits_is_read_or_refused(body in "(\\PC|\n| ){0,400}") {
            let checksum = crc32fast::hash(body.as_bytes());
            let _ = read(format!("{body}crc32 {checksum:08x}\n").as_bytes());
            let titled = format!("{TITLE}\nboot x\n{body}\n");
            let checksum = crc32fast::hash(titled.as_bytes());
            if let Ok(state) = read(format!("{titled}crc32 {checksum:08x}\n").as_bytes()) {
                let again = write(&state.boot, keep(&state.registrations));
                assert_eq!(read(again.as_bytes()), Ok(state));
            }
        }

        #[test]
        fn any_registration_is_read_back(
            program: u32, version: u32, port: u16, ip: std::net::IpAddr, uid: Option<u32>, udp: bool,
            pid in 1_u32.., start: Option<Option<u64>>,
        ) {
            let transport = if udp { sunrpc::Transport::Udp } else { sunrpc::Transport::Tcp };
            let netid = Netid::of(transport, ip.is_ipv6());
            let addr = Uaddr::Inet((ip, port).into());
            let owner = uid.map_or(Owner::Unknown, Owner::User);
            let process = start.map(|start| {
                let start = start.map_or_else(|| "-".to_owned(), |start| start.to_string());
                format!("{pid}.{start}").parse().unwrap()
            });
            let registration = Registration { program, version, netid, addr, owner };
            let registrations = vec![(registration, process)];
            let text = write("a-boot", keep(&registrations));
            assert!(text.len() <= max_len(1));
            assert_eq!(read(text.as_bytes()).map(|state| state.registrations), Ok(registrations));
        }
    }

    #[test]
    fn a_file_cut_or_changed_anywhere_is_refused() {
        let text = write("a-boot", keep(&some())).into_bytes();
        for cut in 0..text.len() {
            assert!(read(&text[..cut]).is_err(), "cut at {cut}");
        }
        for place in 0..text.len() {
            let mut changed = text.clone();
            changed[place] ^= 1;
            assert!(read(&changed).is_err(), "changed at {place}");
        }
        let mut longer = text;
        longer.extend_from_slice(b"1 1 tcp unknown 0.0.0.0.1.1\n");
        assert!(read(&longer).is_err());
    }
}
