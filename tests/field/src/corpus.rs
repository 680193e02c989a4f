//! The files, and what each takes from C headers.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use sunrpc_tests::{build::top, needs::Need, process::run};

use crate::{
    beside::Beside,
    codec,
    folder::{rpcgen, target},
    schema::{Kind, Schema},
};

/// The packages that `tests/field/fetch` takes `.x` files from.
pub const PACKAGES: [&str; 8] = [
    "rpcsvc-proto",
    "libnsl-dev",
    "libtirpc-dev",
    "libvirt",
    "krb5",
    "nfs-utils",
    "nfs-ganesha",
    "ocamlnet",
];

/// Files with types that C's compiler has no word for, and why.
const BEYOND_C: [(&str, &str); 1] =
    [("ocamlnet_sort1_proto", "a union that contains itself by value, though not in every arm")];

/// What no compiler but the package's own takes: C's `rpcgen` does not either.
const OWN_LANGUAGE: [(&str, &str); 4] = [
    ("ocamlnet_netplex_ctrl", "_int64 before hyper"),
    ("ocamlnet_rfc3530", "_prefix before a body"),
    ("ocamlnet_rpc_auth_gssapi", "_managed before string"),
    ("ocamlnet_rpc_portmapper", "_unboxed before int"),
];
/// What fetches them needs.
pub const XZ: Need = Need::Program("xz", "xz-utils");

/// A `.x` file.
#[derive(Debug)]
pub struct File {
    /// The module that it becomes: package and name.
    pub module: String,
    /// Where it is.
    pub path: PathBuf,
    /// What it defines.
    pub schema: Schema,
    externs: Vec<Extern>,
}

/// A type that a C header defines: the header that C's `rpcgen` makes of another file.
#[derive(Debug)]
struct Extern {
    name: &'static str,
    /// The Rust that stands for it.
    path: String,
}

/// Every file of the packages, or why there is none.
///
/// # Errors
///
/// They were not fetched.
pub fn packages() -> Result<Vec<File>, String> {
    let compared = |(package, path): &(&'static str, PathBuf)| {
        !is_left_out(package, path) && !is_beyond_c(package, path)
    };
    Ok(read(fetched()?.into_iter().filter(compared).collect()))
}

/// The files of the packages that no compiler but their own takes.
#[must_use]
pub fn left_out() -> Vec<PathBuf> {
    let fetched = fetched().unwrap_or_default().into_iter();
    fetched.filter(|(package, path)| is_left_out(package, path)).map(|(_, path)| path).collect()
}

/// Files that the compiler takes, and that nothing here can compare: C has no such types.
pub fn beyond_c() -> Vec<PathBuf> {
    let fetched = fetched().unwrap_or_default().into_iter();
    fetched.filter(|(package, path)| is_beyond_c(package, path)).map(|(_, path)| path).collect()
}

fn is_left_out(package: &str, path: &Path) -> bool {
    let module = module(package, path);
    OWN_LANGUAGE.iter().any(|(other, _)| *other == module)
}

fn is_beyond_c(package: &str, path: &Path) -> bool {
    let module = module(package, path);
    BEYOND_C.iter().any(|(other, _)| *other == module)
}

fn fetched() -> Result<Vec<(&'static str, PathBuf)>, String> {
    let from = target().join("field/x");
    let missing: Vec<&str> =
        PACKAGES.into_iter().filter(|package| !from.join(package).is_dir()).collect();
    if !missing.is_empty() {
        return Err(format!("no .x files of {} (tests/field/fetch)", missing.join(", ")));
    }
    let mut files = Vec::new();
    for package in PACKAGES {
        let mut paths = Vec::new();
        collect(&from.join(package), true, &mut paths);
        files.extend(paths.into_iter().map(|path| (package, path)));
    }
    Ok(files)
}

/// The files of this project.
#[must_use]
pub fn ours() -> Vec<File> {
    let mut paths = Vec::new();
    collect(&top().join("idl"), false, &mut paths);
    let mut files: Vec<_> = paths.into_iter().map(|path| ("idl", path)).collect();
    let mut paths = Vec::new();
    collect(&top().join("idl/dialect"), false, &mut paths);
    files.extend(paths.into_iter().map(|path| ("dialect", path)));
    read(files)
}

/// Those of this project, and those of the packages where they are there.
#[must_use]
pub fn all() -> Vec<File> {
    let mut files = ours();
    files.extend(packages().unwrap_or_default());
    files
}

impl File {
    /// Our compiler, told what C would find in headers.
    #[must_use]
    pub fn rpcgen(&self, arguments: &[&str]) -> Command {
        command(&self.module, &self.path, &self.externs, arguments)
    }

    /// Whether it takes no type from C headers.
    #[must_use]
    pub fn stands_alone(&self) -> bool {
        self.externs.is_empty()
    }

    /// Whether it is one of this project's.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        self.module.starts_with("idl_") || self.module.starts_with("dialect_")
    }

    /// Whether a type of its C headers has this path.
    #[must_use]
    pub fn takes(&self, path: &str) -> bool {
        self.externs.iter().any(|one| one.path == path)
    }
}

/// The types that files take from the header of another: file, other file, and the names.
const FROM_HEADERS: [(&str, &str, &[&str]); 3] = [
    ("libvirt_lxc_protocol", "libvirt_remote_protocol", &["remote_nonnull_domain"]),
    (
        "libvirt_qemu_protocol",
        "libvirt_remote_protocol",
        &["remote_nonnull_domain", "remote_nonnull_string", "remote_string", "remote_domain"],
    ),
    ("libnsl_dev_nis_callback", "libnsl_dev_nis", &["nis_object", "nis_error"]),
];

fn read(paths: Vec<(&str, PathBuf)>) -> Vec<File> {
    let mut files: Vec<File> = Vec::new();
    // Those first whose headers others include.
    let (late, early): (Vec<_>, Vec<_>) = paths.into_iter().partition(|(package, path)| {
        let module = module(package, path);
        FROM_HEADERS.iter().any(|(user, ..)| *user == module)
    });
    for (package, path) in early.into_iter().chain(late) {
        let module = module(package, &path);
        assert!(files.iter().all(|file| file.module != module), "two files become {module}");
        let externs = externs(&module, &files);
        let mut command = command(&module, &path, &externs, &["schema", "--json"]);
        let schema = Schema::read(&run(&mut command).ok().stdout);
        files.push(File { module, path, schema, externs });
    }
    files
}

/// A module's name in Rust.
fn module(package: &str, path: &Path) -> String {
    let stem = path.file_stem().expect("a name").to_string_lossy();
    format!("{package}_{stem}").replace('-', "_")
}

fn externs(module: &str, files: &[File]) -> Vec<Extern> {
    let mut found = Vec::new();
    if module == "libtirpc_dev_rpcb_prot" {
        found.push(Extern { name: "netbuf", path: codec::NETBUF.to_owned() });
    }
    for (user, header, names) in FROM_HEADERS.iter().filter(|(user, ..)| *user == module) {
        let of = files.iter().find(|file| file.module == *header);
        let of = of.unwrap_or_else(|| panic!("{user} needs {header}"));
        found.extend(names.iter().map(|name| {
            let def = of.schema.get(name);
            let path = match def.kind {
                // An alias is no codec: a type of its own stands for it.
                Kind::Typedef { .. } => codec::stand_in(of, def),
                _ => codec::path(of, def),
            };
            Extern { name, path }
        }));
    }
    found
}

fn command(module: &str, path: &Path, externs: &[Extern], arguments: &[&str]) -> Command {
    let folder = path.parent().expect("a folder");
    let beside = Beside::of(module);
    let mut command = rpcgen();
    command.args(arguments).arg(path).arg("-I").arg(folder);
    for define in beside.defines {
        command.arg("-D").arg(define);
    }
    for prelude in beside.preludes(folder) {
        command.arg("--prelude").arg(prelude);
    }
    for Extern { name, path } in externs {
        command.arg("--extern").arg(format!("{name}={path}"));
    }
    command
}

/// The `.x` files of a folder, in the order of their names.
fn collect(folder: &Path, below: bool, found: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() && below {
            collect(&path, below, found);
        } else if path.extension().is_some_and(|extension| extension == "x") {
            found.push(path);
        }
    }
}
