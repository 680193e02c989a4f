//! What a build script says.

use std::path::{Path, PathBuf};

use crate::pipeline::{self, Analysis};
use crate::render::{self, Style};
use crate::schema::{self, Schema};
use crate::source::{self, Sources};
use crate::{emit, preprocess, resolve, similar};

/// Why a file was not compiled: the rendered diagnostics, as `Display` and as `Debug`.
pub struct Error {
    text: String,
}

impl Error {
    pub(crate) fn new(text: String) -> Self {
        Self { text }
    }

    pub(crate) fn at(path: &Path, error: &std::io::Error) -> Self {
        Self::new(format!("{}: {error}", path.display()))
    }

    fn unread(path: &Path, error: &std::io::Error) -> Self {
        let near =
            (error.kind() == std::io::ErrorKind::NotFound).then(|| similar::closest_file(path));
        match near.flatten() {
            Some(near) => Self::at(path, error).with_guess(&near.display()),
            None => Self::at(path, error),
        }
    }

    /// The same with what was meant, most likely.
    pub(crate) fn with_guess(self, meant: &dyn std::fmt::Display) -> Self {
        Self::new(format!("{self}; did you mean `{meant}`?"))
    }

    fn unwritten(path: &Path, error: &std::io::Error) -> Self {
        let why = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
                format!("there is no folder `{}`; make it first", folder.display())
            }
            _ => error.to_string(),
        };
        Self::new(format!("{}: can't be written: {why}", path.display()))
    }
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
/// A name given to [`type_attribute`](Self::type_attribute), [`bytes`](Self::bytes), [`shared_bytes`](Self::shared_bytes)
/// or [`borrow`](Self::borrow) that matches nothing in a file is an error of that file: such names are for one file, and
/// what several files share is the rest.
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
    modules: bool,
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

    /// Reads a file first, as if every file compiled included it: for definitions that another `.x` file has and
    /// this one does not name.
    #[must_use]
    pub fn prelude(mut self, file: impl Into<PathBuf>) -> Self {
        self.preprocess.preludes.push(file.into());
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
    /// It must implement the runtime's `Encode` and `Decode`, and `Debug`, `Clone` and `PartialEq`. A name that the text
    /// does not use is no error: many files may share one list.
    #[must_use]
    pub fn extern_path(mut self, name: impl Into<String>, path: impl Into<String>) -> Self {
        self.resolve.externs.insert(name.into(), path.into());
        self
    }

    /// Adds an attribute to the type of this name in the text, or to every type by the name `.`.
    #[must_use]
    pub fn type_attribute(mut self, name: impl Into<String>, attribute: impl Into<String>) -> Self {
        let name = name.into();
        self.resolve.attributed.push(name.clone());
        self.emit.type_attributes.push((name, attribute.into()));
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

    /// Whether the server's methods have a default, which answers `PROC_UNAVAIL`; on by default. Without, whoever
    /// implements the trait is told by the compiler what is left out. NULL keeps its own.
    #[must_use]
    pub fn default_methods(mut self, on: bool) -> Self {
        self.emit.default_methods = on;
        self
    }

    /// Whether the client's half is emitted; on by default.
    #[must_use]
    pub fn client(mut self, on: bool) -> Self {
        self.emit.client = on;
        self
    }

    /// Whether the client has, beside the method `add` of a procedure, one `start_add` that does not wait for the results,
    /// but returns a `Pending`, to wait for or `.await` later: so many calls are under way at once. Off by default. Where a
    /// procedure has that name already, an underscore follows it.
    #[must_use]
    pub fn started_calls(mut self, on: bool) -> Self {
        self.emit.started_calls = on;
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
        self.emit.keep_names = on;
        self
    }

    /// Whether what an included file defines goes to a module and a file of its own (`root.included.rs`), from which
    /// the root takes every name; off by default. It counts where files are written, not for [`Builder::generate`].
    #[must_use]
    pub fn modules(mut self, on: bool) -> Self {
        self.modules = on;
        self
    }

    /// Where the Rust is written; `OUT_DIR` by default.
    #[must_use]
    pub fn out_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.out_dir = Some(folder.into());
        self
    }

    /// Makes strings into bytes (`Vec<u8>`), which need not be UTF-8: those of a typedef's name, of a field
    /// (`type.field`), or all by `.`.
    #[must_use]
    pub fn bytes(mut self, path: impl Into<String>) -> Self {
        self.resolve.bytes.push(path.into());
        self
    }

    /// Makes opaque data into `bytes::Bytes`, which is decoded as a part of the message it came in where the runtime
    /// shares that: of a typedef's name, of a field (`type.field`), or all by `.`.
    ///
    /// A string becomes bytes by its own path, or where [`Builder::bytes`] makes it bytes. Fixed lengths of up to 32
    /// bytes stay arrays. The runtime's feature `bytes` must be on; emitted code names it `ROOT::xdr::bytes::Bytes`.
    #[must_use]
    pub fn shared_bytes(mut self, path: impl Into<String>) -> Self {
        self.resolve.shared_bytes.push(path.into());
        self
    }

    /// Emits for a type `Foo` a twin `FooRef<'a>` that borrows text and opaque data from what it is read from, and has
    /// the server's methods take it: for the type of this name in the text and all it is made of, or for all by `.`.
    ///
    /// By `.`, a procedure's plain `string` and `opaque` arguments become `&str` and `&[u8]` too. What can contain
    /// itself, what other Rust code supplies, and `bytes::Bytes` stay as they are.
    ///
    /// ```
    /// let text = "struct entry { string name<64>; int size; };";
    /// let rust = sunrpc_rpcgen::Builder::new().borrow("entry").generate_text("entry.x", text)?;
    /// assert!(rust.contains("pub struct EntryRef<'a> {"));
    /// assert!(rust.contains("pub name: &'a str,"));
    /// # Ok::<(), sunrpc_rpcgen::Error>(())
    /// ```
    #[must_use]
    pub fn borrow(mut self, name: impl Into<String>) -> Self {
        self.resolve.borrow.push(name.into());
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
        let analysis = self.analyse(file)?;
        for path in analysis.sources.paths().filter(|path| *path != file) {
            println!("cargo::rerun-if-changed={}", path.display());
        }
        refuse_errors(&analysis)?;
        for line in render::render(&analysis.diagnostics, &analysis.sources, Style::Plain).lines() {
            println!("cargo::warning={line}");
        }
        let path =
            self.folder()?.join(file.file_stem().unwrap_or(file.as_os_str())).with_extension("rs");
        self.write(&analysis, &path)
    }

    /// Writes the Rust to a file, and that of included files beside it where they are to be modules.
    pub(crate) fn write(&self, analysis: &Analysis, path: &Path) -> Result {
        if !self.modules {
            return write_if_changed(path, &self.emit(analysis)?);
        }
        let stem = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy();
        for file in self.emit_modules(analysis, &stem)? {
            let name = match file.suffix.as_str() {
                "" => format!("{stem}.rs"),
                suffix => format!("{stem}.{suffix}.rs"),
            };
            write_if_changed(&path.with_file_name(name), &file.text)?;
        }
        Ok(())
    }

    fn folder(&self) -> Result<PathBuf> {
        let by_cargo = || std::env::var_os("OUT_DIR").map(PathBuf::from);
        self.out_dir.clone().or_else(by_cargo).ok_or_else(|| {
            Error::new(
                "OUT_DIR is not set: call this from build.rs, or say `.out_dir(FOLDER)`".to_owned(),
            )
        })
    }

    /// The Rust that one file becomes.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the file, all of it at once.
    pub fn generate(&self, file: impl AsRef<Path>) -> Result<String> {
        self.emit(&self.analyse(file.as_ref())?)
    }

    /// The Rust that a text becomes; `name` stands for its file in diagnostics.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the text, all of it at once.
    pub fn generate_text(&self, name: &str, text: impl Into<Vec<u8>>) -> Result<String> {
        self.emit(&self.analyse_text(name, text.into()))
    }

    /// What a file says of programs and of types on the wire.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the file, all of it at once.
    pub fn schema(&self, file: impl AsRef<Path>) -> Result<Schema> {
        read_schema(&self.analyse(file.as_ref())?)
    }

    /// What a text says; `name` stands for its file in diagnostics.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the text, all of it at once.
    pub fn schema_text(&self, name: &str, text: impl Into<Vec<u8>>) -> Result<Schema> {
        read_schema(&self.analyse_text(name, text.into()))
    }

    pub(crate) fn analyse_text(&self, name: &str, text: Vec<u8>) -> Analysis {
        let mut sources = Sources::default();
        let file = sources.add(name.to_owned(), None, text);
        pipeline::analyse(file, sources, &self.preprocess, &self.resolve)
    }

    /// Reads and resolves a file; what is wrong with its text is in the analysis.
    pub(crate) fn analyse(&self, path: &Path) -> Result<Analysis> {
        let bytes = source::read(path).map_err(|error| Error::unread(path, &error))?;
        let mut sources = Sources::default();
        let file = sources.add(path.display().to_string(), Some(path.to_path_buf()), bytes);
        Ok(pipeline::analyse(file, sources, &self.preprocess, &self.resolve))
    }

    /// The Rust of a file without errors.
    pub(crate) fn emit(&self, analysis: &Analysis) -> Result<String> {
        refuse_errors(analysis)?;
        let Analysis { sources, file, model, .. } = analysis;
        Ok(emit::emit(model, sources, &self.emit, *file))
    }

    fn emit_modules(&self, analysis: &Analysis, stem: &str) -> Result<Vec<emit::File>> {
        refuse_errors(analysis)?;
        let Analysis { sources, file, model, .. } = analysis;
        Ok(emit::emit_modules(model, sources, &self.emit, *file, stem))
    }
}

fn read_schema(analysis: &Analysis) -> Result<Schema> {
    refuse_errors(analysis)?;
    Ok(schema::read(&analysis.model, &analysis.sources))
}

fn refuse_errors(analysis: &Analysis) -> Result {
    if analysis.diagnostics.has_errors() {
        return Err(Error::new(render::render(
            &analysis.diagnostics,
            &analysis.sources,
            Style::Plain,
        )));
    }
    Ok(())
}

/// Cargo rebuilds what is newer than its output: a file that stays the same must not be touched.
pub(crate) fn write_if_changed(path: &Path, text: &str) -> Result {
    if holds(path, text) {
        return Ok(());
    }
    std::fs::write(path, text).map_err(|error| Error::unwritten(path, &error))
}

/// A pipe or a device is only written to: what it gives may never end.
fn holds(path: &Path, text: &str) -> bool {
    std::fs::metadata(path)
        .is_ok_and(|of| of.is_file() && usize::try_from(of.len()) == Ok(text.len()))
        && std::fs::read(path).is_ok_and(|old| old == text.as_bytes())
}
