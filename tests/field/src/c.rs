//! The C that `rpcgen` makes of a file, with libtirpc, as a peer.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use sunrpc_tests::process::{Finished, command, run_within};

use crate::{
    corpus::{File, LIBVIRT},
    folder::{PATIENCE, field, write},
    plain,
    schema::TypeDef,
};

/// The files that C's `rpcgen` or a C compiler refuses, and why. C gets their types in plain words instead.
pub const REFUSED: [(&str, &str); 18] = [
    ("libnsl_dev_nis", "sums as constants"),
    ("libnsl_dev_nis_callback", "the header of nis.x"),
    ("libtirpc_dev_rpcb_prot", "defines what libtirpc's headers define"),
    ("libvirt_lxc_protocol", "the header of remote_protocol.x"),
    ("libvirt_qemu_protocol", "the header of remote_protocol.x"),
    ("idl_portmap", "defines what libtirpc's headers define"),
    ("idl_rpcb", "defines what libtirpc's headers define"),
    ("dialect_comments", "// comments"),
    ("dialect_constants", "hexadecimal below zero"),
    ("dialect_lists", "RFC 1833's struct *node"),
    ("dialect_names", "names of libtirpc's headers"),
    ("dialect_namespaces", "namespaces"),
    ("dialect_nested", "types within types"),
    ("dialect_preprocessor", "% behind blanks"),
    ("dialect_programs", "several arguments"),
    ("dialect_repeated", "definitions twice"),
    ("dialect_scalars", "long long"),
    ("dialect_unions", "types within types"),
];

/// Whether C reads the file itself.
#[must_use]
pub fn reads(file: &File) -> bool {
    !REFUSED.iter().any(|(module, _)| *module == file.module)
}

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
    let (text, names): (Vec<u8>, Vec<String>) = if reads(file) {
        let text = fs::read(&file.path).expect("the file is read");
        (text, types(file).iter().map(|def| def.name.clone()).collect())
    } else {
        let names = types(file).iter().map(|def| plain::name(file, def)).collect();
        (plain::text(files, file).into_bytes(), names)
    };
    let mut table = String::new();
    for name in names {
        let _ = writeln!(table, "{{ (xdrproc_t)xdr_{name}, sizeof({name}) }},");
    }
    let made_of = [&text[..], table.as_bytes(), PEER.as_bytes(), RECIPE.as_bytes()].concat();
    let stamp = folder.join("made-of");
    if program.exists() && fs::read(&stamp).is_ok_and(|old| old == made_of) {
        return program;
    }
    fs::write(folder.join("types.x"), text).expect("the text is written");
    write(&folder.join("table.h"), &table);
    write(&folder.join("peer.c"), PEER);
    headers(&folder);
    for (flag, to) in [("-h", "types.h"), ("-c", "types_xdr.c")] {
        // It never writes over a file.
        let _ = fs::remove_file(folder.join(to));
        let _ = ok(command("rpcgen").args([flag, "-o", to, "types.x"]), &folder);
    }
    let gcc = || {
        let mut gcc = command("gcc");
        gcc.args(["-O0", "-w", "-I/usr/include/tirpc", "-I.", "-D__FBSDID(x)="]);
        gcc
    };
    let _ = ok(gcc().args(["-Dxdr_string=checked_string", "-c", "types_xdr.c"]), &folder);
    let _ = ok(gcc().args(["-o", "peer", "peer.c", "types_xdr.o", "-ltirpc"]), &folder);
    fs::write(stamp, made_of).expect("the stamp is written");
    program
}

const PEER: &str = include_str!("../c/peer.c");
/// What else decides how a peer is compiled.
const RECIPE: &str = include_str!("c.rs");

fn ok(command: &mut Command, folder: &Path) -> Finished {
    run_within(command.current_dir(folder), PATIENCE).ok()
}

/// What libvirt's own headers are to these files.
fn headers(folder: &Path) {
    let mut defines = "#pragma once\n".to_owned();
    for define in LIBVIRT {
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
