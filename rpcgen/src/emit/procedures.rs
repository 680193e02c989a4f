//! A program: its numbers, and for each version the trait, the dispatcher and the client.

use super::borrowed::Form;
use super::layout::Out;
use super::{Context, client, constants, server};
use crate::model::{Argument, NamedNumber, Procedure, Program, Version};
use crate::source::Span;

/// Everything that a program becomes.
pub(super) fn program(context: &Context<'_>, program: &Program, out: &mut Out) {
    number(context, &program.name, "The number of the program", &program.doc, out);
    for version in &program.versions {
        number(context, &version.name, "The number of the version", &version.doc, out);
        for procedure in &version.procedures {
            number(context, &procedure.name, "The number of the procedure", &procedure.doc, out);
        }
    }
    for version in &program.versions {
        if context.options.server || context.options.client {
            arguments_types(context, version, out);
        }
        if context.options.server {
            server::server(context, program, version, out);
        }
        if context.options.client {
            client::client(context, program, version, out);
        }
    }
}

fn number(context: &Context<'_>, number: &NamedNumber, what: &str, doc: &[Span], out: &mut Out) {
    if number.emitted {
        return;
    }
    out.blank();
    out.pieces(0, &["/// ", what, " `", &number.name, "`."]);
    context.further_docs(out, 0, doc);
    context.alias(out, 0, &number.name, &number.rust);
    context.allow_style(out);
    let value = constants::number(i128::from(number.value), number.radix);
    out.assignment(0, &format!("pub const {}: u32", number.rust), &value);
}

/// What holds the arguments of procedures that have several.
fn arguments_types(context: &Context<'_>, version: &Version, out: &mut Out) {
    for procedure in version.procedures.iter().filter(|procedure| procedure.arguments.len() > 1) {
        if context.options.server {
            owned(context, procedure, out);
        }
        if context.options.client {
            borrowed(context, procedure, out);
        }
    }
}

/// What the server decodes.
fn owned(context: &Context<'_>, procedure: &Procedure, out: &mut Out) {
    let name = procedure.arguments_type.as_str();
    let form = Form { name, borrows: context.borrows_several(&procedure.arguments) };
    out.blank();
    out.pieces(0, &["/// The arguments of `", &procedure.name.name, "` as the server reads them."]);
    out.line(0, "#[doc(hidden)]");
    out.line(0, "#[derive(Debug)]");
    context.allow_style(out);
    out.pieces(0, &["struct ", &form.declared(), " {"]);
    for argument in &procedure.arguments {
        out.pieces(4, &[&argument.rust, ": ", &context.rust_argument(&argument.ty, true), ","]);
    }
    out.line(0, "}");
    let facts = procedure
        .arguments
        .iter()
        .map(|argument| crate::resolve::of_ty(context.model, &argument.ty).min_len);
    context.decode_head(out, &form.decoded(), facts.fold(0, u32::saturating_add));
    let get =
        |argument: &Argument| format!("{}: from.{}()?", argument.rust, context.get(&argument.ty));
    let parts: Vec<String> = procedure.arguments.iter().map(get).collect();
    out.literal(8, "Ok(Self", &parts, ")");
    context.codec_end(out);
}

impl Context<'_> {
    /// Whether the server takes one of them borrowed.
    pub(super) fn borrows_several(&self, arguments: &[Argument]) -> bool {
        arguments.iter().any(|argument| self.model.borrows_argument(&argument.ty))
    }
}

/// What the client encodes.
fn borrowed(context: &Context<'_>, procedure: &Procedure, out: &mut Out) {
    let name = format!("{}Ref", procedure.arguments_type);
    let borrows = procedure.arguments.iter().any(|argument| !context.is_scalar(&argument.ty));
    out.blank();
    out.pieces(
        0,
        &["/// The arguments of `", &procedure.name.name, "` as the client writes them."],
    );
    out.line(0, "#[doc(hidden)]");
    out.line(0, "#[derive(Debug)]");
    context.allow_style(out);
    out.pieces(0, &["struct ", &name, if borrows { "<'a> {" } else { " {" }]);
    for argument in &procedure.arguments {
        out.pieces(4, &[&argument.rust, ": ", &context.borrowed(&argument.ty, "'a "), ","]);
    }
    out.line(0, "}");
    context.encode_head(out, &name, if borrows { "<'_>" } else { "" });
    for (index, argument) in procedure.arguments.iter().enumerate() {
        let is_last = index.saturating_add(1) == procedure.arguments.len();
        let reference = if context.is_scalar(&argument.ty) { "&" } else { "" };
        let value = format!("{reference}self.{}", argument.rust);
        out.call(
            8,
            &format!("to.{}", context.put(&argument.ty)),
            &value,
            if is_last { "" } else { "?;" },
        );
    }
    context.codec_end(out);
}
