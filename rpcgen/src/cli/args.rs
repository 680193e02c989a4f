//! What is written on the command line.

use std::path::{Path, PathBuf};

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};

use crate::Builder;
use crate::similar::closest;

/// Compiles RPC Language (.x files) to Rust.
#[derive(Debug, Parser)]
#[command(
    name = "rpcgen",
    version,
    args_conflicts_with_subcommands = true,
    arg_required_else_help = true
)]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) compile: Compile,
}

/// What else can be done with .x files.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Says what is allowed in the files and yet seldom meant.
    Lint {
        /// The .x files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        #[command(flatten)]
        read: Read,
        /// How diagnostics are written.
        #[arg(long, value_enum, default_value = "human")]
        message_format: Format,
    },
    /// Says whether programs built from two files understand each other, and whom each change breaks.
    Diff {
        /// The old file.
        old: PathBuf,
        /// The new file.
        new: PathBuf,
        #[command(flatten)]
        read: Read,
    },
    /// Gives files their shape: one declaration a line, indented by four blanks.
    Fmt {
        /// The .x files, written in place.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Only says which files would change.
        #[arg(long)]
        check: bool,
        #[command(flatten)]
        read: Read,
    },
    /// Makes a cargo project of a file: build script, a server that runs, a client, a README.
    New {
        /// The crate's name, and the folder's where none is given.
        name: String,
        /// The .x file.
        file: PathBuf,
        /// Where the project goes.
        #[arg(long, value_name = "FOLDER")]
        path: Option<PathBuf>,
        /// A checkout of the runtime, whose crates are then used by path.
        #[arg(long, value_name = "FOLDER")]
        runtime: Option<PathBuf>,
        #[command(flatten)]
        read: Read,
    },
    /// Writes the resolved file, for other tools.
    Schema {
        /// The .x file.
        file: PathBuf,
        #[command(flatten)]
        read: Read,
        /// As JSON, which is the only form.
        #[arg(long)]
        json: bool,
    },
    /// Writes what a shell needs to complete this program's arguments.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// How diagnostics are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people, on standard error.
    Human,
    /// One JSON object a line, on standard error too.
    Json,
}

/// Compiling.
#[derive(Debug, clap::Args)]
pub(super) struct Compile {
    /// The .x files.
    #[arg(required = true)]
    pub(super) files: Vec<PathBuf>,
    /// Only says what is wrong with the files; writes nothing.
    #[arg(long)]
    pub(super) check: bool,
    /// Where the Rust goes; standard output by default.
    #[arg(short, long, value_name = "FILE.rs", conflicts_with = "check")]
    pub(super) output: Option<PathBuf>,
    /// The folder where the Rust goes, FILE.rs for FILE.x.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["check", "output"])]
    pub(super) out_dir: Option<PathBuf>,
    /// How diagnostics are written.
    #[arg(long, value_enum, default_value = "human")]
    pub(super) message_format: Format,
    #[command(flatten)]
    pub(super) read: Read,
    /// An attribute for a type, or for all by the name `.`; every file must have the type.
    #[arg(long, value_name = "NAME=ATTRIBUTE", value_parser = pair)]
    type_attribute: Vec<(String, String)>,
    /// Strings that become bytes: a typedef's name, `type.field`, or `.` for all.
    #[arg(long, value_name = "PATH")]
    bytes: Vec<String>,
    /// Opaque data that becomes `bytes::Bytes`: a typedef's name, `type.field`, or `.` for all.
    #[arg(long, value_name = "PATH")]
    shared_bytes: Vec<String>,
    /// Types that get a twin which borrows from its input: a type's name, or `.` for all.
    #[arg(long, value_name = "NAME")]
    borrow: Vec<String>,
    /// Derives serde's Serialize and Deserialize.
    #[arg(long)]
    serde: bool,
    /// Leaves the server out.
    #[arg(long)]
    no_server: bool,
    /// Requires every method of the server's trait but NULL, rather than having it answer PROC_UNAVAIL.
    #[arg(long)]
    no_default_methods: bool,
    /// Leaves the client out.
    #[arg(long)]
    no_client: bool,
    /// Adds methods to the client that start a call and do not wait for it.
    #[arg(long)]
    started_calls: bool,
    /// Leaves server and client out.
    #[arg(long)]
    types_only: bool,
    /// The path of the runtime.
    #[arg(long, value_name = "PATH", default_value = "::sunrpc", value_parser = path)]
    root: String,
    /// Gives every included file a module and a file of its own, beside the output.
    #[arg(long, conflicts_with = "check")]
    modules: bool,
    /// Keeps the names of the text.
    #[arg(long)]
    keep_names: bool,
}

/// How files are read.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Read {
    /// Defines a macro.
    #[arg(short = 'D', long = "define", value_name = "NAME[=VALUE]", value_parser = definition)]
    defines: Vec<(String, String)>,
    /// Takes a macro away.
    #[arg(short = 'U', long = "undefine", value_name = "NAME")]
    undefines: Vec<String>,
    /// A folder where #include looks.
    #[arg(short = 'I', long = "include", value_name = "FOLDER")]
    include_paths: Vec<PathBuf>,
    /// A file that is read first, as if the files included it.
    #[arg(long = "prelude", value_name = "FILE.x")]
    preludes: Vec<PathBuf>,
    /// A Rust type for a name that the files use and don't define.
    #[arg(long = "extern", value_name = "NAME=PATH", value_parser = pair)]
    externs: Vec<(String, String)>,
}

impl Read {
    pub(super) fn builder(&self) -> Builder {
        let builder = self
            .defines
            .iter()
            .fold(Builder::new(), |builder, (name, value)| builder.define(name, value));
        let builder = self.undefines.iter().fold(builder, Builder::undefine);
        let builder = self.include_paths.iter().fold(builder, Builder::include_path);
        let builder = self.preludes.iter().fold(builder, Builder::prelude);
        self.externs.iter().fold(builder, |builder, (name, path)| builder.extern_path(name, path))
    }
}

impl Compile {
    pub(super) fn builder(&self) -> Builder {
        let builder = self.read.builder();
        let attributes = self.type_attribute.iter();
        let builder = attributes
            .fold(builder, |builder, (name, attribute)| builder.type_attribute(name, attribute));
        let builder = self.bytes.iter().fold(builder, Builder::bytes);
        let builder = self.shared_bytes.iter().fold(builder, Builder::shared_bytes);
        let builder = self.borrow.iter().fold(builder, Builder::borrow);
        builder
            .serde(self.serde)
            .server(!self.no_server && !self.types_only)
            .default_methods(!self.no_default_methods)
            .client(!self.no_client && !self.types_only)
            .started_calls(self.started_calls)
            .root(&self.root)
            .modules(self.modules)
            .keep_names(self.keep_names)
    }
}

fn pair(text: &str) -> std::result::Result<(String, String), String> {
    let is_whole = |&(name, value): &(&str, &str)| !name.is_empty() && !value.is_empty();
    let (name, value) =
        text.split_once('=').filter(is_whole).ok_or("expected a name, `=` and a value")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn path(text: &str) -> std::result::Result<String, String> {
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let is_path = text.strip_prefix("::").unwrap_or(text).split("::").all(is_name);
    is_path.then(|| text.to_owned()).ok_or("expected a path of Rust, such as `::sunrpc`".to_owned())
}

/// As for C's compilers, a macro without a value is 1.
fn definition(text: &str) -> std::result::Result<(String, String), String> {
    let (name, value) = text.split_once('=').unwrap_or((text, "1"));
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !is_name || name.is_empty() || value.contains('\n') {
        return Err("expected NAME or NAME=VALUE".to_owned());
    }
    Ok((name.to_owned(), value.to_owned()))
}

/// What was meant by a file that is not there: a command, or an option without its dashes.
pub(super) fn meant(file: &Path) -> Option<String> {
    let word = file.to_str().filter(|_| !file.exists())?;
    let program = Args::command();
    if program.get_arguments().any(|option| option.get_long() == Some(word)) {
        return Some(format!("rpcgen --{word}"));
    }
    let commands: Vec<&str> = program.get_subcommands().map(|command| command.get_name()).collect();
    closest(word, commands.into_iter()).map(|near| format!("rpcgen {near}"))
}

/// What a shell needs to complete the arguments.
pub(super) fn completions(shell: clap_complete::Shell) -> String {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "rpcgen", &mut text);
    String::from_utf8_lossy(&text).into_owned()
}
