//! The C that `rpcgen` makes of a file, with libtirpc, as a peer.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use sunrpc_tests::process::{Finished, command, run_within};

use crate::{
    beside::LIBVIRT,
    corpus::File,
    folder::{PATIENCE, field, write},
    plain,
    schema::TypeDef,
};

/// The files of packages that C's `rpcgen`, or a C compiler with libtirpc's headers alone, refuses, and why. C gets
/// their types in plain words instead, and so it does for those of this project's files that it refuses.
const REFUSED: [(&str, &str); 11] = [
    ("libnsl_dev_nis", "sums as constants"),
    ("libnsl_dev_nis_callback", "needs the header of nis.x"),
    ("libtirpc_dev_rpcb_prot", "defines what libtirpc's headers define"),
    ("libvirt_lxc_protocol", "needs the header of remote_protocol.x"),
    ("libvirt_qemu_protocol", "needs the header of remote_protocol.x"),
    ("nfs_ganesha_flex_files_prot", "needs headers of NFS version 4.2"),
    ("nfs_ganesha_mount", "needs the header of nfs23.x"),
    ("nfs_ganesha_nfs4", "defines a type twice"),
    ("nfs_ganesha_nfsacl", "needs the header of nfs23.x"),
    ("nfs_ganesha_nfsv41", "needs headers of ntirpc"),
    ("nfs_ganesha_nlm4", "defines int64_t, whose codec in C then calls itself"),
];

/// The types that the peer of a file answers for, in the order of its table.
#[must_use]
pub fn types(file: &File) -> Vec<&TypeDef> {
    plain::roots(file).collect()
}

/// Compiles the peer of a file; one that is there and made of the same stays.
///
/// # Panics
///
/// It cannot be compiled.
#[must_use]
pub fn peer(files: &[File], file: &File) -> PathBuf {
    let folder = field(&format!("c/{}", file.module));
    let program = folder.join("peer");
    let has_arguments = types(file).iter().any(|def| def.is_arguments());
    let as_it_is = Source {
        text: fs::read(&file.path).expect("the file is read"),
        table: table(types(file).iter().map(|def| def.name.clone())),
        has_arguments,
    };
    let in_plain_words = Source {
        text: plain::text(files, file).into_bytes(),
        table: table(types(file).iter().map(|def| plain::name(file, def))),
        has_arguments,
    };
    let parts = [&as_it_is.text[..], &in_plain_words.text, PEER.as_bytes(), RECIPE.as_bytes()];
    let (stamp, made_of) = (folder.join("made-of"), parts.concat());
    if program.exists() && fs::read(&stamp).is_ok_and(|old| old == made_of) {
        return program;
    }
    headers(&folder);
    let is_refused = REFUSED.iter().any(|(module, _)| *module == file.module);
    let read = if is_refused { None } else { Some(as_it_is.compile(&folder)) };
    match read {
        Some(Err(_)) if file.is_ours() => in_plain_words.compile(&folder),
        Some(result) => result,
        None => in_plain_words.compile(&folder),
    }
    .unwrap_or_else(|error| panic!("{}: {error}", file.module));
    fs::write(stamp, made_of).expect("the stamp is written");
    program
}

/// What a peer is compiled from.
struct Source {
    text: Vec<u8>,
    table: String,
    /// Some procedure takes several.
    has_arguments: bool,
}

impl Source {
    fn compile(&self, folder: &Path) -> Result<(), Finished> {
        fs::write(folder.join("types.x"), &self.text).expect("the text is written");
        write(&folder.join("table.h"), &self.table);
        write(&folder.join("peer.c"), PEER);
        // In the new style procedures take several arguments.
        let style = self.has_arguments.then_some("-N");
        for (flag, to) in [("-h", "types.h"), ("-c", "types_xdr.c")] {
            // It never writes over a file.
            let _ = fs::remove_file(folder.join(to));
            run(command("rpcgen").args(style).args([flag, "-o", to, "types.x"]), folder)?;
        }
        let gcc = || {
            let mut gcc = command("gcc");
            gcc.args(["-std=gnu11", "-O0", "-w", "-I/usr/include/tirpc", "-I.", "-D__FBSDID(x)="]);
            gcc
        };
        run(gcc().args(["-Dxdr_string=checked_string", "-c", "types_xdr.c"]), folder)?;
        run(gcc().args(["-o", "peer", "peer.c", "types_xdr.o", "-ltirpc"]), folder)
    }
}

fn table(names: impl Iterator<Item = String>) -> String {
    names.fold(String::new(), |mut table, name| {
        let _ = writeln!(table, "{{ (xdrproc_t)xdr_{name}, sizeof({name}) }},");
        table
    })
}

const PEER: &str = include_str!("../c/peer.c");
/// What else decides how a peer is compiled.
const RECIPE: &str = include_str!("c.rs");

fn run(command: &mut Command, folder: &Path) -> Result<(), Finished> {
    let finished = run_within(command.current_dir(folder), PATIENCE);
    if finished.status.success() { Ok(()) } else { Err(finished) }
}

/// What libvirt's own headers are to these files.
fn headers(folder: &Path) {
    let mut defines = "#pragma once\n".to_owned();
    for define in LIBVIRT.defines {
        let _ = writeln!(defines, "#define {}", define.replacen('=', " ", 1));
    }
    fs::create_dir_all(folder.join("libvirt")).expect("a folder");
    for header in [
        "internal.h",
        "virxdrdefs.h",
        "virsocket.h",
        "lock_driver_lockd.h",
        "libvirt/libvirt.h",
        "libvirt/libvirt-admin.h",
    ] {
        write(&folder.join(header), &defines);
    }
}
