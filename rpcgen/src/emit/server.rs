//! The trait that a service implements, and its dispatcher.

use super::Context;
use super::docs::Docs;
use super::layout::{Out, fits};
use crate::model::{Procedure, Program, Version};

/// The trait and the dispatcher.
pub(super) fn server(context: &Context<'_>, program: &Program, version: &Version, out: &mut Out) {
    let emitter = Emitter { context, program, version };
    emitter.service(out);
    emitter.dispatcher(out);
}

/// One version of one program.
pub(super) struct Emitter<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) program: &'a Program,
    pub(super) version: &'a Version,
}

impl Emitter<'_> {
    fn root(&self) -> &str {
        &self.context.options.root
    }

    /// The procedure of number 0, where it is not a NULL.
    fn has_other_zero(&self) -> bool {
        self.version
            .procedures
            .iter()
            .any(|procedure| procedure.name.value == 0 && !procedure.is_null)
    }

    fn service(&self, out: &mut Out) {
        let version = self.version;
        out.blank();
        let doc = self.program.doc_of(version);
        if doc.is_empty() {
            let (program, number) = (&self.program.name.name, version.name.value.to_string());
            out.pieces(0, &["/// What a server of `", program, "`, version ", &number, ", does."]);
            out.line(0, "///");
        }
        self.context.item_docs_or_none(out, doc, version.span);
        if version.procedures.iter().any(|procedure| breaks_convention(&procedure.rust)) {
            out.line(0, "#[allow(clippy::wrong_self_convention)]");
        }
        if version.procedures.iter().any(|procedure| procedure.arguments.len() > 5) {
            out.line(0, "#[allow(clippy::too_many_arguments)]");
        }
        self.context.allow_style(out);
        out.pieces(0, &["pub trait ", &version.rust, ": Send + Sync + 'static {"]);
        let mut is_first = true;
        if !self.has_other_zero() && !version.procedures.iter().any(|procedure| procedure.is_null) {
            self.null(None, out);
            is_first = false;
        }
        for procedure in &version.procedures {
            if !is_first {
                out.blank();
            }
            is_first = false;
            match procedure.is_null {
                true => self.null(Some(procedure), out),
                false => self.method(procedure, out),
            }
        }
        out.line(0, "}");
    }

    fn null(&self, procedure: Option<&Procedure>, out: &mut Out) {
        match procedure {
            Some(procedure) if !procedure.doc.is_empty() => {
                self.context.item_docs(out, 4, &Docs::of_procedure(procedure));
            }
            _ => out.line(4, "/// NULL, procedure 0: does nothing."),
        }
        self.head("null", &[], "()", " {", out);
        out.line(8, "let _ = call;");
        out.line(8, "Ok(())");
        out.line(4, "}");
    }

    fn method(&self, procedure: &Procedure, out: &mut Out) {
        self.context.item_docs(out, 4, &Docs::of_procedure(procedure));
        match self.context.options.default_methods {
            true => self.unavailable(procedure, out),
            false => self.signature(procedure, ";", out),
        }
    }

    /// The method that answers `PROC_UNAVAIL`.
    pub(super) fn unavailable(&self, procedure: &Procedure, out: &mut Out) {
        self.signature(procedure, " {", out);
        let names: Vec<&str> =
            procedure.arguments.iter().map(|argument| argument.rust.as_str()).collect();
        self.ignore(&names, out);
        out.pieces(8, &["Err(", self.root(), "::server::Fault::ProcUnavail)"]);
        out.line(4, "}");
    }

    fn signature(&self, procedure: &Procedure, end: &str, out: &mut Out) {
        let parameters: Vec<String> = procedure
            .arguments
            .iter()
            .map(|argument| {
                format!("{}: {}", argument.rust, self.context.rust_argument(&argument.ty, false))
            })
            .collect();
        let result =
            procedure.result.as_ref().map_or_else(|| "()".to_owned(), |ty| self.context.rust(ty));
        self.head(&procedure.rust, &parameters, &result, end, out);
    }

    /// `let _ = (call, args);`
    fn ignore(&self, names: &[&str], out: &mut Out) {
        let all = std::iter::once("call").chain(names.iter().copied()).collect::<Vec<_>>();
        let joined = all.join(", ");
        if names.is_empty() {
            out.line(8, "let _ = call;");
        } else if fits(8, &["let _ = (", &joined, ");"]) {
            out.pieces(8, &["let _ = (", &joined, ");"]);
        } else {
            out.line(8, "let _ = (");
            all.iter().for_each(|name| out.pieces(12, &[name, ","]));
            out.line(8, ");");
        }
    }

    fn head(&self, name: &str, parameters: &[String], result: &str, end: &str, out: &mut Out) {
        let root = self.root();
        let mut all = vec!["&self".to_owned(), format!("call: &{root}::server::Call<'_>")];
        all.extend(parameters.iter().cloned());
        let tail = format!(" -> Result<{result}, {root}::server::Fault>{end}");
        out.signature(4, &format!("fn {name}"), &all, &tail);
    }

    fn dispatcher(&self, out: &mut Out) {
        let (version, root) = (self.version, self.root());
        let (name, server) = (&version.rust, &version.server);
        out.blank();
        out.pieces(0, &["/// Decodes calls for a [`", name, "`] and encodes its answers."]);
        out.line(0, "#[derive(Clone, Copy, Debug, Default)]");
        let generic = self.context.service;
        out.pieces(0, &["pub struct ", server, "<", generic, ">(pub ", generic, ");"]);
        out.blank();
        self.context.allow_style(out);
        out.impl_head(
            &format!("impl<{generic}: {name}> {root}::server::Service"),
            &format!("{server}<{generic}>"),
        );
        self.constant_method("program", "u32", &self.program.name.rust, out);
        self.constant_method("version", "u32", &version.name.rust, out);
        self.constant_method(
            "name",
            "&'static str",
            &format!("\"{}\"", self.program.name.name),
            out,
        );
        self.procedure_name(out);
        out.blank();
        self.dispatch(out);
        out.line(0, "}");
    }

    fn constant_method(&self, name: &str, ty: &str, value: &str, out: &mut Out) {
        out.pieces(4, &["fn ", name, "(&self) -> ", ty, " {"]);
        out.line(8, value);
        out.line(4, "}");
        out.blank();
    }

    fn procedure_name(&self, out: &mut Out) {
        out.line(4, "fn procedure_name(&self, procedure: u32) -> Option<&'static str> {");
        out.line(8, "match procedure {");
        if !self.version.procedures.iter().any(|procedure| procedure.name.value == 0) {
            out.line(12, "0 => Some(\"NULL\"),");
        }
        for procedure in &self.version.procedures {
            out.arm(12, &procedure.name.rust, &format!("Some(\"{}\")", procedure.name.name));
        }
        out.line(12, "_ => None,");
        out.line(8, "}");
        out.line(4, "}");
    }

    fn dispatch(&self, out: &mut Out) {
        let root = self.root();
        let parameters = [
            "&self".to_owned(),
            format!("call: &{root}::server::Call<'_>"),
            format!("args: {root}::server::Args<'_>"),
            format!("results: &mut {root}::server::Results<'_>"),
        ];
        out.signature(
            4,
            "fn dispatch",
            &parameters,
            &format!(" -> Result<(), {root}::server::Fault> {{"),
        );
        out.line(8, "match call.procedure() {");
        if !self.version.procedures.iter().any(|procedure| procedure.name.value == 0) {
            self.dispatch_void("0", "null", out);
        }
        for procedure in &self.version.procedures {
            self.dispatch_procedure(procedure, out);
        }
        out.pieces(12, &["_ => Err(", root, "::server::Fault::ProcUnavail),"]);
        out.line(8, "}");
        out.line(4, "}");
    }

    fn dispatch_void(&self, pattern: &str, method: &str, out: &mut Out) {
        out.pieces(12, &[pattern, " => {"]);
        out.line(16, "args.get::<()>()?;");
        out.field_call(16, "", method, &["call"], "?;");
        out.line(16, "results.put(&())");
        out.line(12, "}");
    }

    fn dispatch_procedure(&self, procedure: &Procedure, out: &mut Out) {
        out.pieces(12, &[&procedure.name.rust, " => {"]);
        let mut arguments = vec!["call".to_owned()];
        match procedure.arguments.as_slice() {
            [] => out.line(16, "args.get::<()>()?;"),
            [argument] => {
                let get = format!("args.{}()?", self.context.get(&argument.ty));
                out.assignment(16, "let args", &get);
                arguments.push("args".to_owned());
            }
            several => {
                let generics = if self.context.borrows_several(several) { "<'_>" } else { "" };
                let name = &procedure.arguments_type;
                out.pieces(16, &["let args: ", name, generics, " = args.get()?;"]);
                arguments.extend(several.iter().map(|argument| format!("args.{}", argument.rust)));
            }
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        self.answer(procedure, &arguments, out);
        out.line(12, "}");
    }

    fn answer(&self, procedure: &Procedure, arguments: &[&str], out: &mut Out) {
        let Some(ty) = &procedure.result else {
            out.field_call(16, "", &procedure.rust, arguments, "?;");
            out.line(16, "results.put(&())");
            return;
        };
        let put = format!("results.{}", self.context.put(ty));
        let call = format!("&self.0.{}({})?", procedure.rust, arguments.join(", "));
        if call.len() <= 60 && fits(16, &[&put, "(", &call, ")"]) {
            out.pieces(16, &[&put, "(", &call, ")"]);
            return;
        }
        out.field_call(16, "let answer = ", &procedure.rust, arguments, "?;");
        out.call(16, &put, "&answer", "");
    }
}

/// Clippy expects other receivers of methods with such names.
pub(super) fn breaks_convention(name: &str) -> bool {
    ["from_", "into_", "to_", "as_", "is_"].iter().any(|start| name.starts_with(start))
}
