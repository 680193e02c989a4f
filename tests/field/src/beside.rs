//! What files take from what is beside them: macros of C headers, and other `.x` files.

use std::path::{Path, PathBuf};

use sunrpc_tests::build::top;

/// What a file needs beside itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside {
    /// Macros, as `-D` takes them.
    pub defines: &'static [&'static str],
    preludes: &'static [&'static str],
}

impl Beside {
    /// What the file of this module needs.
    #[must_use]
    pub fn of(module: &str) -> Self {
        let found = BESIDE.iter().find(|(name, _)| *name == module);
        let otherwise = if module.starts_with("libvirt") { LIBVIRT } else { Self::default() };
        found.map_or(otherwise, |(_, beside)| *beside)
    }

    /// The files that are read first: from the same folder, or those that stand in `preludes/` here.
    pub fn preludes(self, folder: &Path) -> impl Iterator<Item = PathBuf> {
        let own = top().join("tests/field/preludes");
        let folder = folder.to_owned();
        self.preludes.iter().map(move |name| {
            let beside = folder.join(name);
            if beside.exists() { beside } else { own.join(name) }
        })
    }
}

/// What libvirt's headers define.
pub const LIBVIRT: Beside = Beside {
    defines: &[
        "VIR_UUID_BUFLEN=16",
        "VIR_SECURITY_MODEL_BUFLEN=257",
        "VIR_SECURITY_LABEL_BUFLEN=4097",
        "VIR_SECURITY_DOI_BUFLEN=257",
        "VIR_TYPED_PARAM_INT=1",
        "VIR_TYPED_PARAM_UINT=2",
        "VIR_TYPED_PARAM_LLONG=3",
        "VIR_TYPED_PARAM_ULLONG=4",
        "VIR_TYPED_PARAM_DOUBLE=5",
        "VIR_TYPED_PARAM_BOOLEAN=6",
        "VIR_TYPED_PARAM_STRING=7",
    ],
    preludes: &[],
};

const BESIDE: [(&str, Beside); 4] = [
    ("nfs_ganesha_flex_files_prot", Beside { defines: &[], preludes: &["flex_files.x"] }),
    ("nfs_ganesha_mount", Beside { defines: &["FHSIZE3=64"], preludes: &["nfs23.x"] }),
    ("nfs_ganesha_nfsacl", Beside { defines: &[], preludes: &["nfs23.x"] }),
    ("nfs_ganesha_nfsv41", Beside { defines: &[], preludes: &["authsys_parms.x"] }),
];
