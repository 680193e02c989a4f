//! NFS (version 3): libnfs, whose RPC is its own, reads files of an NFS server of ours (version 3), which it finds at
//! our portmapper.

mod ganesha;
mod server;

use std::process::Command;

use sunrpc::server::Server;
use sunrpc_tests::{
    isolated::isolated,
    needs::{LIBNFS, Need},
    process::{Finished, run},
};

use crate::ours::{portmap, serve};

#[allow(unreachable_pub, dead_code, reason = "what rpcgen emits is whole, and public")]
mod interface {
    sunrpc::include_x!("nfs");
}
use interface::{MOUNT_PROGRAM, MOUNT_V3, MountV3Server, NFS_PROGRAM, NFS_V3, NfsV3Server};
use server::Files;

const NEEDS: [Need; 2] = [Need::Ours, LIBNFS];

/// Ten files, the last of which takes several calls to read.
fn files() -> Files {
    let line = b"the quick brown fox jumps over the lazy dog\n";
    let file = |number: usize| (format!("file{number}"), line.repeat(number.pow(5)));
    Files((0..10).map(file).collect())
}

/// Runs a program of libnfs on `path` where those files are served.
fn with_files(program: &str, path: &str) -> Finished {
    let _portmap = portmap(&[]);
    let builder = Server::builder();
    let builder = builder.service(MountV3Server(files())).service(NfsV3Server(files()));
    let _server = serve(builder, &[(MOUNT_PROGRAM, MOUNT_V3), (NFS_PROGRAM, NFS_V3)]);
    run(Command::new(program).arg(format!("nfs://127.0.0.1{path}")))
}

#[test]
fn lists_a_folder_of_ours() {
    isolated(&NEEDS, || {
        let said = with_files("nfs-ls", "/export").ok();
        let mut lines: Vec<&str> = said.stdout.lines().collect();
        lines.sort_by_key(|line| line.rsplit(' ').next());
        let line = |(name, bytes): &(String, Vec<u8>)| {
            format!("-rw-r--r--  1  4711  4712 {:>12} {name}", bytes.len())
        };
        assert_eq!(lines, files().0.iter().map(line).collect::<Vec<_>>(), "{said}");
    });
}

#[test]
fn reads_a_file_of_ours() {
    isolated(&NEEDS, || {
        let (name, bytes) = files().0.pop().expect("ten files");
        let said = with_files("nfs-cat", &format!("/export/{name}")).ok();
        assert!(said.stdout.as_bytes() == bytes, "{} of {} bytes", said.stdout.len(), bytes.len());
    });
}

#[test]
fn is_told_what_is_not_there() {
    isolated(&NEEDS, || {
        for (program, path, told) in
            [("nfs-cat", "/export/file10", "NFS3ERR_NOENT"), ("nfs-ls", "/import", "MNT3ERR_NOENT")]
        {
            let said = with_files(program, path);
            assert!(!said.status.success() && said.stderr.contains(told), "{said}");
        }
    });
}
