//! `rpcgen lint`: what is allowed and yet seldom meant.

use std::ops::RangeInclusive;

use crate::diag::{Diagnostic, Diagnostics};
use crate::model::{Model, Program, Ty, TypeKind, Version};
use crate::source::Span;

/// Everything that deserves a second look.
pub(super) fn lint(model: &Model) -> Diagnostics {
    let mut found = Diagnostics::default();
    for def in &model.types {
        match &def.kind {
            TypeKind::Enum(_) => {}
            TypeKind::Struct(body) => {
                body.fields.iter().for_each(|field| unbounded(&field.ty, field.span, &mut found));
            }
            TypeKind::Union(body) => {
                let arms = body.arms.iter().map(|arm| (arm.ty.as_ref(), arm.span));
                let default = body.default.iter().map(|arm| (arm.ty.as_ref(), arm.span));
                // Labels of one arm share its declaration.
                let mut last = None;
                for (ty, span) in arms.chain(default) {
                    if let Some(ty) = ty.filter(|_| last.replace(span) != Some(span)) {
                        unbounded(ty, span, &mut found);
                    }
                }
            }
            TypeKind::Alias(ty) => unbounded(ty, def.span, &mut found),
        }
    }
    model.programs.iter().for_each(|program| lint_program(program, &mut found));
    found.sort();
    found
}

fn unbounded(ty: &Ty, span: Span, found: &mut Diagnostics) {
    let (code, what) = match ty {
        Ty::Text(None) => ("L001", "string"),
        Ty::Opaque(None) => ("L001", "opaque data"),
        Ty::Array(_, None) => ("L001", "array"),
        Ty::Optional { of, .. } | Ty::FixedArray { of, .. } => return unbounded(of, span, found),
        _ => return,
    };
    found.push(
        Diagnostic::warning(code, format!("{what} without a bound"))
            .at(span, "the peer may send as much as a message holds")
            .help("write the most that makes sense: `<N>`"),
    );
}

/// Numbers that no authority assigns (RFC 5531 section 13).
const USER_PROGRAMS: RangeInclusive<u32> = 0x2000_0000..=0x3fff_ffff;

fn lint_program(program: &Program, found: &mut Diagnostics) {
    if !USER_PROGRAMS.contains(&program.name.value) {
        found.push(
            Diagnostic::warning(
                "L004",
                format!("`{}` has a number outside of the user's range", program.name.name),
            )
            .at(
                program.name.span,
                format!("{:#x} is assigned by an authority, or reserved", program.name.value),
            )
            .help("0x20000000 to 0x3fffffff are free to use"),
        );
    }
    program.versions.iter().for_each(|version| lint_version(version, found));
}

fn lint_version(version: &Version, found: &mut Diagnostics) {
    for procedure in &version.procedures {
        let arguments = procedure.arguments.iter().map(|argument| &argument.ty);
        procedure
            .result
            .iter()
            .chain(arguments)
            .for_each(|ty| unbounded(ty, procedure.span, found));
    }
    let name = &version.name;
    match version.procedures.iter().find(|procedure| procedure.name.value == 0) {
        None => found.push(
            Diagnostic::warning("L002", format!("`{}` declares no procedure 0", name.name))
                .at(name.span, "every service answers it")
                .help(format!("add `void {}_NULL(void) = 0;`", name.name)),
        ),
        Some(zero) if !zero.is_null => found.push(
            Diagnostic::warning("L002", "procedure 0 takes or returns something")
                .at(zero.span, "clients call it with nothing, to see whether the service is there"),
        ),
        Some(_) => {}
    }
    let mut numbers: Vec<(u32, Span)> =
        version.procedures.iter().map(|procedure| (procedure.name.value, procedure.span)).collect();
    numbers.sort_by_key(|&(number, _)| number);
    for pair in numbers.windows(2) {
        let [(before, at), (after, next)] = *pair else { continue };
        let missing = after.saturating_sub(before).saturating_sub(1);
        let plural = if missing == 1 { "" } else { "s" };
        if missing > 0 {
            found.push(
                Diagnostic::warning(
                    "L003",
                    format!(
                        "`{}` skips {missing} number{plural} between {before} and {after}",
                        name.name
                    ),
                )
                .at(next, format!("this is {after}"))
                .at(at, format!("this is {before}")),
            );
        }
    }
}
