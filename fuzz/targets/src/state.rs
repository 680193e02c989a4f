//! The portmapper's state file: whatever it says, the portmapper starts.

use std::{cell::LazyCell, fs, os::unix::fs::PermissionsExt as _};

use sunrpc_portmap::{Builder, Netid, Registration};
use tempfile::TempDir;

use crate::input::Input;

/// Whether the input is the whole file, or the lines between its head and its checksum.
pub fn run(data: &[u8]) {
    let mut input = Input(data);
    let whole = input.byte() % 4 == 0;
    let bytes = if whole { input.0.to_vec() } else { file(input.0) };
    let registrations = recalled(&bytes);
    if !whole {
        check(input.0, &registrations);
    }
}

/// Files that are taken over, and such as are not.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let lines = "536870913 1 tcp superuser 0.0.0.0.156.65\n\
                 7 2 udp6 unknown ::1.0.111\n4294967295 0 local 1000 /run/a socket\n";
    vec![
        [&[1], lines.as_bytes()].concat(),
        [&[0], &file(lines.as_bytes())[..]].concat(),
        b"\x01100000 2 tcp superuser 0.0.0.0.0.7\n".to_vec(),
        b"\x00portmap-state 1\nboot x\ncrc32 00000000\n".to_vec(),
        vec![1],
    ]
}

thread_local! {
    static FOLDER: LazyCell<TempDir> = LazyCell::new(|| {
        // In memory where the system has that: files come and go by the thousand.
        let shm = std::path::Path::new("/dev/shm");
        if shm.is_dir() { tempfile::tempdir_in(shm) } else { tempfile::tempdir() }.expect("a folder")
    });
}

/// What a portmapper with this file takes over.
fn recalled(bytes: &[u8]) -> Vec<Registration> {
    FOLDER.with(|folder| {
        let path = folder.path().join("state");
        fs::write(&path, bytes).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("a mode");
        let mut portmapper = Builder::default().state(&path).bind().expect("a portmapper");
        let count = portmapper.recall().expect("a folder that can be written to");
        let registrations = portmapper.table().registrations();
        assert_eq!(registrations.len(), count);
        assert_eq!(
            portmapper.table().reload().expect("the same"),
            0,
            "nothing is new the second time"
        );
        registrations
    })
}

/// What is taken over stood in the file, and nothing of the portmapper's own did.
fn check(lines: &[u8], registrations: &[Registration]) {
    for entry in registrations {
        assert_ne!(entry.program, 100_000, "the portmapper itself");
        assert!(entry.addr.socket_addr().is_none() == (entry.netid == Netid::Local));
    }
    let lines = lines.split(|byte| *byte == b'\n').count();
    assert!(registrations.len() <= lines, "more than there are lines");
}

/// A file of this boot with a checksum that fits.
fn file(lines: &[u8]) -> Vec<u8> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let mut file = format!("portmap-state 1\nboot {}\n", boot.trim()).into_bytes();
    file.extend_from_slice(lines);
    if !lines.is_empty() && !lines.ends_with(b"\n") {
        file.push(b'\n');
    }
    let checksum = crc32(&file);
    file.extend_from_slice(format!("crc32 {checksum:08x}\n").as_bytes());
    file
}

/// The checksum of IEEE 802.3, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    })
}
