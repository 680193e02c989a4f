//! What a build script says.

use std::path::{Path, PathBuf};

use crate::diag::Diagnostics;
use crate::render::{self, Style};
use crate::source::{MAX_FILE_BYTES, Sources};
use crate::{emit, parse, preprocess, resolve};

/// Why a file was not compiled: the rendered diagnostics, as `Display` and as `Debug`.
pub struct Error {
    text: String,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

// What a build script's `main` returns is shown by `Debug`.
impl std::fmt::Debug for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\n{}", self.text)
    }
}

impl std::error::Error for Error {}

/// The outcome of compiling: `fn main() -> sunrpc_rpcgen::Result` suits a build script.
pub type Result<T = ()> = std::result::Result<T, Error>;

/// Compiles one `.x` file into `OUT_DIR`: `daytime.x` becomes `daytime.rs`.
///
/// # Errors
///
/// Whatever is wrong with the file, all of it at once.
pub fn compile(file: impl AsRef<Path>) -> Result {
    Builder::new().compile(file)
}

/// How `.x` files are to be compiled.
///
/// ```no_run
/// # fn main() -> sunrpc_rpcgen::Result {
/// sunrpc_rpcgen::Builder::new().serde(true).include_path("../idl").compile("../idl/daytime.x")
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Builder {
    preprocess: preprocess::Options,
    resolve: resolve::Options,
    emit: emit::Options,
    out_dir: Option<PathBuf>,
}

impl Builder {
    /// Everything as [`compile`] has it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a folder in which `#include` looks.
    #[must_use]
    pub fn include_path(mut self, folder: impl Into<PathBuf>) -> Self {
        self.preprocess.include_paths.push(folder.into());
        self
    }

    /// Defines a macro, as `#define NAME VALUE` does.
    #[must_use]
    pub fn define(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.preprocess.defines.push((name.into(), value.into()));
        self
    }

    /// Takes a macro away, as `#undef NAME` does.
    #[must_use]
    pub fn undefine(mut self, name: impl Into<String>) -> Self {
        self.preprocess.undefines.push(name.into());
        self
    }

    /// The Rust type that stands for a type which the text uses and does not define.
    ///
    /// It must implement the runtime's `Encode` and `Decode`, and `Debug`, `Clone` and `PartialEq`.
    #[must_use]
    pub fn extern_path(mut self, name: impl Into<String>, path: impl Into<String>) -> Self {
        self.resolve.externs.insert(name.into(), path.into());
        self
    }

    /// Adds an attribute to the type of this name in the text, or to every type by the name `.`.
    #[must_use]
    pub fn type_attribute(mut self, name: impl Into<String>, attribute: impl Into<String>) -> Self {
        self.emit.type_attributes.push((name.into(), attribute.into()));
        self
    }

    /// Whether types derive serde's `Serialize` and `Deserialize`; off by default.
    #[must_use]
    pub fn serde(mut self, on: bool) -> Self {
        self.emit.serde = on;
        self
    }

    /// Whether the server's half is emitted; on by default.
    #[must_use]
    pub fn server(mut self, on: bool) -> Self {
        self.emit.server = on;
        self
    }

    /// Whether the client's half is emitted; on by default.
    #[must_use]
    pub fn client(mut self, on: bool) -> Self {
        self.emit.client = on;
        self
    }

    /// Emits types and constants, neither server nor client.
    #[must_use]
    pub fn types_only(self) -> Self {
        self.server(false).client(false)
    }

    /// The path of the runtime in emitted code; `::sunrpc` by default.
    #[must_use]
    pub fn root(mut self, path: impl Into<String>) -> Self {
        self.emit.root = path.into();
        self
    }

    /// Whether names stay as the text has them, rather than taking Rust's case.
    #[must_use]
    pub fn keep_names(mut self, on: bool) -> Self {
        self.resolve.keep_names = on;
        self
    }

    /// Where the Rust is written; `OUT_DIR` by default.
    #[must_use]
    pub fn out_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.out_dir = Some(folder.into());
        self
    }

    /// Compiles one file from a build script: writes it where it changed, and tells cargo which files were read.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the file, all of it at once; a file that can't be read or written.
    pub fn compile(&self, file: impl AsRef<Path>) -> Result {
        let file = file.as_ref();
        println!("cargo::rerun-if-changed={}", file.display());
        let compiled = self.run(file)?;
        for path in compiled.read.iter().filter(|path| path.as_path() != file) {
            println!("cargo::rerun-if-changed={}", path.display());
        }
        for line in compiled.warnings.lines() {
            println!("cargo::warning={line}");
        }
        let folder = match &self.out_dir {
            Some(folder) => folder.clone(),
            None => std::env::var_os("OUT_DIR").map(PathBuf::from).ok_or_else(|| Error {
                text: "OUT_DIR is not set: call this from build.rs, or say `.out_dir(FOLDER)`"
                    .to_owned(),
            })?,
        };
        let name = file.file_stem().unwrap_or(file.as_os_str());
        write_if_changed(&folder.join(name).with_extension("rs"), &compiled.rust)
    }

    /// The Rust that one file becomes.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the file, all of it at once.
    pub fn generate(&self, file: impl AsRef<Path>) -> Result<String> {
        self.run(file.as_ref()).map(|compiled| compiled.rust)
    }

    /// The Rust that a text becomes; `name` stands for its file in diagnostics.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the text, all of it at once.
    pub fn generate_text(&self, name: &str, text: impl Into<Vec<u8>>) -> Result<String> {
        let mut sources = Sources::default();
        self.finish(sources.add(name.to_owned(), None, text.into()), sources)
            .map(|compiled| compiled.rust)
    }

    fn run(&self, path: &Path) -> Result<Compiled> {
        let bytes = std::fs::read(path)
            .map_err(|error| Error { text: format!("{}: {error}", path.display()) })?;
        let mut sources = Sources::default();
        if bytes.len() > MAX_FILE_BYTES {
            return Err(Error {
                text: format!("{}: larger than {MAX_FILE_BYTES} bytes", path.display()),
            });
        }
        let file = sources.add(path.display().to_string(), Some(path.to_path_buf()), bytes);
        self.finish(file, sources)
    }

    fn finish(&self, file: crate::source::FileId, mut sources: Sources) -> Result<Compiled> {
        let mut diagnostics = Diagnostics::default();
        let stream = preprocess::preprocess(
            file,
            "RPC_HDR",
            &self.preprocess,
            &mut sources,
            &mut diagnostics,
        );
        let items = parse::parse(&stream, &sources, &mut diagnostics);
        let model = match diagnostics.has_errors() {
            true => Default::default(),
            false => resolve::resolve(&items, &self.resolve, &sources, &mut diagnostics),
        };
        diagnostics.sort();
        let text = match diagnostics.list().is_empty() {
            true => String::new(),
            false => render::render(&diagnostics, &sources, Style::Plain),
        };
        if diagnostics.has_errors() {
            return Err(Error { text });
        }
        let name = sources
            .file(file)
            .map_or("", |source| source.name.rsplit(['/', '\\']).next().unwrap_or(""));
        let rust = emit::emit(&model, &sources, &self.emit, name);
        Ok(Compiled {
            rust,
            warnings: text,
            read: sources.paths().map(Path::to_path_buf).collect(),
        })
    }
}

struct Compiled {
    rust: String,
    warnings: String,
    read: Vec<PathBuf>,
}

/// Cargo rebuilds what is newer than its output: a file that stays the same must not be touched.
fn write_if_changed(path: &Path, text: &str) -> Result {
    if std::fs::read(path).is_ok_and(|old| old == text.as_bytes()) {
        return Ok(());
    }
    std::fs::write(path, text)
        .map_err(|error| Error { text: format!("{}: {error}", path.display()) })
}
