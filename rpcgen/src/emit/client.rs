//! The client of a program version.

use super::Context;
use super::layout::Out;
use super::server::breaks_convention;
use crate::model::{Procedure, Program, Ty, Version};

/// The client and its methods.
pub(super) fn client(context: &Context<'_>, program: &Program, version: &Version, out: &mut Out) {
    let emitter = Emitter { context, program, version };
    emitter.structure(out);
    emitter.methods(out);
}

struct Emitter<'a> {
    context: &'a Context<'a>,
    program: &'a Program,
    version: &'a Version,
}

/// What a method of the client's does.
enum Way {
    Call,
    Start,
}

impl Emitter<'_> {
    fn root(&self) -> &str {
        &self.context.options.root
    }

    fn structure(&self, out: &mut Out) {
        let (name, root) = (&self.version.client, self.root());
        out.blank();
        let number = self.version.name.value.to_string();
        out.pieces(0, &["/// A client of `", &self.program.name.name, "`, version ", &number, "."]);
        self.context.further_docs(out, 0, self.program.doc_of(self.version));
        out.line(0, "#[derive(Clone, Debug)]");
        out.pieces(0, &["pub struct ", name, "(", root, "::client::Client);"]);
        out.blank();
        out.impl_head(&format!("impl {root}::client::ProgramClient"), name);
        out.pieces(4, &["const PROGRAM: u32 = ", &self.program.name.rust, ";"]);
        out.pieces(4, &["const VERSION: u32 = ", &self.version.name.rust, ";"]);
        out.blank();
        out.pieces(4, &["fn new(client: ", root, "::client::Client) -> Self {"]);
        out.line(8, "Self(client)");
        out.line(4, "}");
        out.blank();
        out.pieces(4, &["fn client(&self) -> &", root, "::client::Client {"]);
        out.line(8, "&self.0");
        out.line(4, "}");
        out.line(0, "}");
    }

    fn methods(&self, out: &mut Out) {
        let version = self.version;
        out.blank();
        if version.procedures.iter().any(|procedure| breaks_convention(&procedure.rust)) {
            out.line(0, "#[allow(clippy::wrong_self_convention)]");
        }
        if version.procedures.iter().any(|procedure| procedure.arguments.len() > 6) {
            out.line(0, "#[allow(clippy::too_many_arguments)]");
        }
        self.context.allow_style(out);
        out.pieces(0, &["impl ", &version.client, " {"]);
        let mut is_first = true;
        if !version.procedures.iter().any(|procedure| procedure.name.value == 0) {
            self.null(out);
            is_first = false;
        }
        for procedure in &version.procedures {
            if !is_first {
                out.blank();
            }
            is_first = false;
            self.method(procedure, &Way::Call, out);
            if self.context.options.started_calls {
                out.blank();
                self.method(procedure, &Way::Start, out);
            }
        }
        out.line(0, "}");
    }

    fn null(&self, out: &mut Out) {
        let root = self.root();
        out.line(4, "/// Calls NULL, procedure 0: does nothing.");
        out.pieces(4, &["pub fn null(&self) -> Result<(), ", root, "::client::Error> {"]);
        self.call("call", "0", "&()", out);
        out.line(4, "}");
    }

    fn method(&self, procedure: &Procedure, way: &Way, out: &mut Out) {
        let context = self.context;
        let name = &procedure.name.name;
        let method = match way {
            Way::Call => {
                out.pieces(4, &["/// Calls `", name, "`."]);
                context.further_docs(out, 4, &procedure.doc);
                context.alias(out, 4, name, &procedure.rust);
                procedure.rust.clone()
            }
            Way::Start => {
                out.pieces(4, &["/// Starts a call of `", name, "`, and does not wait for it."]);
                self.name_of_start(procedure)
            }
        };
        let mut parameters = vec!["&self".to_owned()];
        let own = procedure.arguments.iter();
        parameters.extend(
            own.map(|argument| {
                format!("{}: {}", argument.rust, context.borrowed(&argument.ty, ""))
            }),
        );
        let result =
            procedure.result.as_ref().map_or_else(|| "()".to_owned(), |ty| context.rust(ty));
        let root = self.root();
        let result = match way {
            Way::Call => result,
            Way::Start => format!("{root}::client::Pending<{result}>"),
        };
        let tail = format!(" -> Result<{result}, {root}::client::Error> {{");
        out.signature(4, &format!("pub fn {method}"), &parameters, &tail);
        self.body(procedure, way, out);
        out.line(4, "}");
    }

    /// Another procedure may have it.
    fn name_of_start(&self, procedure: &Procedure) -> String {
        let mut name = format!("start_{}", procedure.rust.trim_start_matches("r#"));
        while self.version.procedures.iter().any(|other| other.rust == name) {
            name.push('_');
        }
        name
    }

    fn body(&self, procedure: &Procedure, way: &Way, out: &mut Out) {
        let context = self.context;
        let value = match procedure.arguments.as_slice() {
            [] => "&()".to_owned(),
            [argument] if context.is_scalar(&argument.ty) => format!("&{}", argument.rust),
            [argument] => argument.rust.clone(),
            several => {
                let name = format!("{}Ref", procedure.arguments_type);
                let fields: Vec<String> =
                    several.iter().map(|argument| argument.rust.clone()).collect();
                out.literal(8, &format!("let args = {name}"), &fields, ";");
                "&args".to_owned()
            }
        };
        let verb = match way {
            Way::Call => "call",
            Way::Start => "start",
        };
        let method = match self.codecs(procedure) {
            Some((arguments, result)) => format!("{verb}_as::<{arguments}, {result}, _, _>"),
            None => verb.to_owned(),
        };
        self.call(&method, &procedure.name.rust, &value, out);
    }

    /// The codecs of arguments and result, where not both are types' own.
    fn codecs(&self, procedure: &Procedure) -> Option<(String, String)> {
        let context = self.context;
        let argument = match procedure.arguments.as_slice() {
            [argument] => Some(&argument.ty),
            _ => None,
        };
        let result = procedure.result.as_ref();
        let is_own = |ty: Option<&Ty>| ty.is_none_or(|ty| context.is_own_codec(ty));
        if is_own(argument) && is_own(result) {
            return None;
        }
        let of_result = |length| match result {
            Some(ty) => context.codec_of_at_most(ty, length),
            None => "()".to_owned(),
        };
        let of_argument = |length| match argument {
            Some(ty) => context.codec_of_at_most(ty, length),
            None if procedure.arguments.is_empty() => "()".to_owned(),
            None => format!(
                "{}Ref{}",
                procedure.arguments_type,
                if self.borrows(procedure) { "<'_>" } else { "" }
            ),
        };
        let plain = |ty: Option<&Ty>| ty.map_or(2, |ty| context.codec(ty).len());
        // Both stand in one line.
        let fits = plain(argument).saturating_add(plain(result)) <= 64;
        let length = if fits { usize::MAX } else { 28 };
        Some((of_argument(length), of_result(length)))
    }

    /// The arguments are in a struct with a lifetime.
    fn borrows(&self, procedure: &Procedure) -> bool {
        procedure.arguments.iter().any(|argument| !self.context.is_scalar(&argument.ty))
    }

    fn call(&self, method: &str, number: &str, value: &str, out: &mut Out) {
        let arguments =
            [self.program.name.rust.as_str(), self.version.name.rust.as_str(), number, value];
        out.field_call(8, "", method, &arguments, "");
    }
}
