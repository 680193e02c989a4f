//! The model to Rust.
//!
//! The text is written as `rustfmt` would leave it, rather than as tokens for a printer: a printer
//! would cost every build script the time to compile a parser of Rust, and every run the time to
//! parse what has just been written.

mod aliases;
mod borrowed;
mod client;
mod constants;
mod docs;
mod enums;
mod layout;
mod modules;
mod procedures;
mod server;
#[cfg(feature = "cli")]
mod skeleton;
mod structs;
mod types;
mod unions;

use std::collections::HashSet;

use crate::model::{Item, Model, TypeKind};
use crate::source::{FileId, Sources};
use aliases::Aliases;
use layout::Out;
pub(crate) use modules::{File, emit_modules};
#[cfg(feature = "cli")]
pub(crate) use skeleton::skeleton;

/// What the user asked of the emitted code.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// The path of the runtime.
    pub(crate) root: String,
    pub(crate) server: bool,
    pub(crate) client: bool,
    /// A method of the server's that is left out answers `PROC_UNAVAIL`.
    pub(crate) default_methods: bool,
    /// The client can start calls.
    pub(crate) started_calls: bool,
    /// Names are the text's: they follow no convention of Rust.
    pub(crate) keep_names: bool,
    /// `serde`'s derives on every type.
    pub(crate) serde: bool,
    /// Attributes by the type's name in the text; `.` is every type.
    pub(crate) type_attributes: Vec<(String, String)>,
}

impl Default for Options {
    fn default() -> Self {
        let root = "::sunrpc".to_owned();
        Self {
            root,
            server: true,
            client: true,
            default_methods: true,
            started_calls: false,
            keep_names: false,
            serde: false,
            type_attributes: Vec::new(),
        }
    }
}

/// What every part of the emitter reads.
struct Context<'a> {
    model: &'a Model,
    sources: &'a Sources,
    options: &'a Options,
    /// The path of the codec: `::sunrpc::xdr`.
    xdr: String,
    aliases: Aliases,
    /// The types of the file.
    type_names: HashSet<&'a str>,
    /// The type parameter for what is written to; no type and no constant of the file has its name.
    sink: &'static str,
    /// The type parameter of the dispatcher, likewise.
    service: &'static str,
}

impl<'a> Context<'a> {
    fn new(model: &'a Model, sources: &'a Sources, options: &'a Options) -> Self {
        let xdr = format!("{}::xdr", options.root);
        let borrowed = model.types.iter().filter_map(|def| def.borrowed.as_deref());
        let owned = model.types.iter().map(|def| def.rust.as_str());
        let type_names: HashSet<&str> = owned.chain(borrowed).collect();
        let is_constant = |name: &str| model.constants.iter().any(|one| one.rust == name);
        let is_free = |name: &&str| !type_names.contains(name) && !is_constant(name);
        let sink = ["S", "K", "Out"].into_iter().find(is_free).unwrap_or("ToSink");
        let service = ["T", "U", "Imp"].into_iter().find(is_free).unwrap_or("ToServe");
        Self {
            model,
            sources,
            options,
            xdr,
            aliases: Aliases::new(model),
            type_names,
            sink,
            service,
        }
    }
}

/// The whole file as Rust.
pub(crate) fn emit(model: &Model, sources: &Sources, options: &Options, file: FileId) -> String {
    let context = Context::new(model, sources, options);
    let mut out = Out::default();
    out.line(0, &first_line(modules::name(sources, file)));
    model.items.iter().for_each(|item| emit_item(&context, *item, &mut out));
    context.emit_aliases(&mut out);
    out.finish()
}

fn first_line(from: &str) -> String {
    format!("// Made by sunrpc-rpcgen from {from}; edit that file instead.")
}

fn emit_item(context: &Context<'_>, item: Item, out: &mut Out) {
    match item {
        Item::Constant(at) => {
            if let Some(constant) = context.model.constants.get(at) {
                constants::constant(context, constant, out);
            }
        }
        Item::Type(id) => type_def(context, id, out),
        Item::Program(at) => {
            if let Some(program) = context.model.programs.get(at) {
                procedures::program(context, program, out);
            }
        }
    }
}

fn type_def(context: &Context<'_>, id: usize, out: &mut Out) {
    let Some(def) = context.model.def(id) else { return };
    match &def.kind {
        TypeKind::Enum(members) => enums::enumeration(context, def, members, out),
        TypeKind::Struct(body) => structs::structure(context, def, body, out),
        TypeKind::Union(body) => unions::union(context, def, body, out),
        TypeKind::Alias(ty) => constants::alias(context, def, ty, out),
    }
}
